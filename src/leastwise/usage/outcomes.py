"""How a call ended: succeeded, denied and by which policy, or failed for another reason.

Source: IAM User Guide, "Troubleshoot access denied error messages"; CloudTrail User Guide, "CloudTrail
record contents".
"""

from __future__ import annotations

import re
from typing import NamedTuple

SUCCEEDED = "succeeded"
DENIED = "denied"
FAILED = "failed"


class Outcome(NamedTuple):
    """The end of a call; `denied_by` is a policy type, `denial` is `implicit` or `explicit`."""

    outcome: str = SUCCEEDED
    error_code: str = ""
    denied_action: str = ""
    denied_resource: str = ""
    denied_by: str = ""
    denial: str = ""
    denying_policy: str = ""


SUCCESS = Outcome()

_DENIED_CODES = frozenset(
    {
        "UnauthorizedException",
        "NotAuthorized",
        "AuthorizationError",
        "AuthorizationErrorException",
        "Forbidden",
        "ForbiddenException",
        "KMS.AccessDeniedException",
        "KMSAccessDeniedException",
        "VpceAccessDenied",
        "Client.UnauthorizedAccess",
    }
)

_TYPES = (
    "identity-based policy|identity policy|resource-based policy|permissions boundary|session policy|"
    "service control policy|resource control policy|VPC endpoint policy|role trust policy"
)
_REQUEST = re.compile(
    r"is\s+not\s+authorized\s+to\s+perform:\s+(?P<action>[\w-]+:[\w*]+)"
    r"(?:\s+on\s+resource:\s+(?P<resource>.+?))?"
    r"(?=\s+because\s+no\s|\s+with\s+an\s+explicit\s+deny\s|\s+\(Service:\s|\.?\s*$)",
    re.DOTALL,
)
_IMPLICIT = re.compile(rf"because\s+no\s+(?P<type>{_TYPES})\s+allows\s")
_EXPLICIT = re.compile(
    rf"with\s+an\s+explicit\s+deny\s+in\s+(?:an?|the)\s+(?P<type>{_TYPES})"
    r"(?::\s+(?P<policy>arn:\S+?))?(?=\.?(?:\s|$))"
)
_ENDPOINT = "The request was denied due to a VPC endpoint policy"


def outcome_of(code: str | None, message: str | None) -> Outcome:
    """The outcome that a record's error code and message tell; the message decides before the code."""
    if not code and not message:
        return SUCCESS
    text = message or ""
    request = _REQUEST.search(text)
    if request is None and not _means_denied(code or "", text):
        return Outcome(FAILED, code or "unknown")
    implicit, explicit = _IMPLICIT.search(text), _EXPLICIT.search(text)
    reason = explicit or implicit
    endpoint = "VPC endpoint policy" if text.startswith(_ENDPOINT) else ""
    return Outcome(
        outcome=DENIED,
        error_code=code or "unknown",
        denied_action=request.group("action") if request else "",
        denied_resource=_resource(request),
        denied_by=_policy_type(reason.group("type")) if reason else endpoint,
        denial="explicit" if explicit else "implicit" if implicit else "",
        denying_policy=(explicit.group("policy") or "") if explicit else "",
    )


def _means_denied(code: str, message: str) -> bool:
    return (
        "UnauthorizedOperation" in code
        or code.startswith("AccessDenied")
        or code in _DENIED_CODES
        or "is not authorized to perform" in message
    )


def _resource(request: re.Match[str] | None) -> str:
    found = (request.group("resource") or "") if request else ""
    return found.strip().strip('"')


def _policy_type(text: str) -> str:
    return "identity-based policy" if text == "identity policy" else text
