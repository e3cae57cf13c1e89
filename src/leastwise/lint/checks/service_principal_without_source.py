"""Services that anyone may send."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document
from leastwise.lint.registry import Found, check
from leastwise.lint.trust import SOURCE_KEYS, SUBSTITUTES, asks, is_denied_by, is_granting, needs, services_of

_OTHER_TIES = ("kms:encryptioncontext", "kms:calleraccount", "lambda:eventsourcetoken", "sts:externalid")
"""Keys that tie the call of a service to a customer where AWS's own guides use them."""


@check(
    "LW205",
    "service-principal-without-source",
    severity="security-warning",
    aws=("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",),
    kinds=("resource",),
    source='IAM User Guide, "The confused deputy problem"',
)
def service_principal_without_source(document: Document) -> Iterator[Found]:
    """An Allow to an AWS service, for whomever it may call.

    A service calls for all its customers. Without a condition on the resource or account for which it calls, another
    customer may have it use this resource. Add `aws:SourceArn`, `aws:SourceAccount`, `aws:SourceOrgID` or
    `aws:SourceOrgPaths`. It is not found beside a key that ties the call to a customer otherwise, such as the
    encryption context of a key, or where a Deny of the document turns on one of the four.
    """
    if is_denied_by(document, SOURCE_KEYS.__contains__):
        return
    for statement in document.statements:
        is_tied = needs(statement, SOURCE_KEYS.__contains__) or asks(statement, _is_tie)
        for written in services_of(statement) if is_granting(statement) and not is_tied else ():
            message = f"{shown(written.text)} is allowed for whichever customer it calls"
            yield Found(message, written, "add a condition on `aws:SourceArn` or `aws:SourceAccount`")


def _is_tie(key: str) -> bool:
    return key in SUBSTITUTES or key.startswith(_OTHER_TIES)
