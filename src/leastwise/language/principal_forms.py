"""Principals as a policy names them: the element read, and the forms each type of principal has."""

from __future__ import annotations

import re
from collections.abc import Mapping

from leastwise.language.grammar import PRINCIPAL_TYPES
from leastwise.language.nodes import Members, Text
from leastwise.language.report import Part
from leastwise.language.wording import shown
from leastwise.model.policy import Principals


def read_principals(part: Part) -> Principals:
    """The principals of an element, by type; `"*"` alone is every principal."""
    if isinstance(part.node, Text):
        if part.node.value != "*":
            message = f"the principal {shown(part.node.value)} stands without its type"
            part.fault("LW-P19", message, 'write `{"AWS": "…"}`, or `"*"` for all principals')
        return {"AWS": (part.node.value,)}
    if not isinstance(part.node, Members):
        part.mistyped("the principal", '`"*"` or an object')
        return {}
    found = part.elements(PRINCIPAL_TYPES, "the principal", code="LW-P18", noun="type of principal")
    if not part.node.values:
        part.note("LW-P63", "the principal is empty: the statement matches nothing")
    return {name: _values(name, element) for name, element in found.items()}


def _values(kind: str, element: Part) -> tuple[str, ...]:
    values = []
    for part in element.items():
        value = part.text("a principal")
        if value is not None:
            _check(kind, part, value)
            values.append(value)
    return tuple(values)


def _check(kind: str, part: Part, value: str) -> None:
    if kind == "Federated" and not part.grammar.takes_federated:
        part.note("LW-P61", f"{part.grammar.title} has no use for the federated principal {shown(value)}")
    if value == "*" and kind != "Service":
        return
    if value != "*" and ("*" in value or "?" in value):
        message = f"the principal {shown(value)} has a wildcard in part of it, which most services refuse"
        part.note("LW-P52", message, "write `*` and name principals in `aws:PrincipalArn`")
        return
    if not _FORMS[kind].fullmatch(value):
        part.fault("LW-P19", f"{shown(value)} is no principal of type `{kind}`", _HINTS[kind])
    elif kind == "Federated" and value.startswith("arn:") and not _ACCOUNT_ID.fullmatch(value.split(":")[4]):
        # Access Analyzer's published reference policies name providers of `<ACCOUNT ID>`
        part.note("LW-P65", f"the account in {shown(value)} is not twelve digits: it names nobody")


_ACCOUNT_ID = re.compile(r"\d{12}")
_ACCOUNT = r"(?:\d{12}|aws|cloudfront)"
_FORMS: Mapping[str, re.Pattern[str]] = {
    "AWS": re.compile(
        r"\d{12}|A[A-Z]{3}[A-Z0-9]{12,}"
        rf"|arn:[a-z0-9-]+:iam::{_ACCOUNT}:(?:root|(?:user|role)/\S[^*?]*)"
        rf"|arn:[a-z0-9-]+:sts::{_ACCOUNT}:(?:assumed-role/[^/]+/[^/]+|federated-user/[^/]+)"
    ),
    "Service": re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE),
    "Federated": re.compile(
        r"arn:[a-z0-9-]+:iam::[^:]*:(?:saml-provider|oidc-provider)/\S+|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:[:/]\S*)?"
    ),
    "CanonicalUser": re.compile(r"[0-9a-f]{64}", re.IGNORECASE),
}
"""IAM User Guide, "AWS JSON policy elements: Principal"; CloudFront's origin access identities live in an account of
its own."""

_HINTS: Mapping[str, str] = {
    "AWS": "write an account's twelve digits, or the ARN of a root, user, role or session",
    "Service": "write a service's name, such as `lambda.amazonaws.com`",
    "Federated": "write the ARN of an identity provider, or its name, such as `accounts.google.com`",
    "CanonicalUser": "write the 64 digits of a canonical user id",
}
