"""Ways to assume a role that its principals do not have."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.decide.services import ASSUME_ACTIONS
from leastwise.language.matching import names_action
from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.trust import is_granting, provider_of

_PLAIN = frozenset({"sts:assumerole"})
_OF_PROVIDERS = {
    "saml": frozenset({"sts:assumerolewithsaml"}),
    "oidc": frozenset({"sts:assumerolewithwebidentity"}),
}
_NAMES = {
    "sts:assumerole": "sts:AssumeRole",
    "sts:assumerolewithsaml": "sts:AssumeRoleWithSAML",
    "sts:assumerolewithwebidentity": "sts:AssumeRoleWithWebIdentity",
}


@check_statements(
    "LW202",
    "action-for-another-principal",
    severity="error",
    aws=("MISMATCHED_ACTION_FOR_PRINCIPAL",),
    kinds=("trust",),
    source='IAM User Guide, "Methods to assume a role"',
)
def action_for_another_principal(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A way to assume the role that its principals do not have.

    Users of a SAML provider assume a role by `sts:AssumeRoleWithSAML`, those of an OIDC provider by
    `sts:AssumeRoleWithWebIdentity`, and AWS principals and services by `sts:AssumeRole`. An action that none of the
    statement's principals can call, or a principal that can call none of its actions, lets nobody in.
    """
    ways = [(written, _ways(kind, written.text)) for kind, written in statement.principals]
    if not is_granting(statement) or statement.said.is_not_action or not ways:
        return
    possible = frozenset[str]().union(*(way for _, way in ways))
    asked = [written for written in statement.actions if written.text.lower() in ASSUME_ACTIONS]
    idle = [written for written in asked if written.text.lower() not in possible]
    for written in idle:
        hint = f"write {_told(possible)}"
        yield Found(f"no principal of the statement can call {shown(written.text)}", written, hint)
    offered = frozenset(action for action in ASSUME_ACTIONS if names_action(statement.said, action))
    for written, way in ways if offered and not idle else ():
        if not way & offered:
            hint = f"write {_told(way)}"
            yield Found(f"{shown(written.text)} can call no action of the statement", written, hint)


def _ways(kind: str, principal: str) -> frozenset[str]:
    """How such a principal assumes a role, in lower case; every way where that is not known."""
    if kind == "Federated":
        provider = provider_of(principal)
        return _OF_PROVIDERS[provider.kind] if provider else ASSUME_ACTIONS
    return _PLAIN if kind in ("AWS", "Service") and principal != "*" else ASSUME_ACTIONS


def _told(ways: frozenset[str]) -> str:
    return " or ".join(f"`{_NAMES[way]}`" for way in sorted(ways))
