"""Trust in IAM Roles Anywhere that it cannot use."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.matching import names_action
from leastwise.lint.document import Document
from leastwise.lint.registry import Found, check
from leastwise.lint.trust import is_granting, services_of

_SERVICE = "rolesanywhere.amazonaws.com"
_NEEDED = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")


@check(
    "LW215",
    "rolesanywhere-actions-missing",
    severity="error",
    aws=("MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY",),
    kinds=("trust",),
    source='IAM Roles Anywhere User Guide, "Trust model in AWS Identity and Access Management Roles Anywhere"',
)
def rolesanywhere_actions_missing(document: Document) -> Iterator[Found]:
    """A trust policy for IAM Roles Anywhere without the actions that the service needs.

    To assume the role the service sets a source identity and session tags as well, so that the trust policy has to
    allow it `sts:AssumeRole`, `sts:SetSourceIdentity` and `sts:TagSession`. They may stand in several statements.
    """
    trusting = [
        (written, statement.said)
        for statement in document.statements
        if is_granting(statement)
        for written in services_of(statement)
        if written.text.lower() == _SERVICE
    ]
    said = [one for _, one in trusting]
    missing = [name for name in _NEEDED if not any(names_action(one, name.lower()) for one in said)]
    if trusting and missing:
        told = " and ".join(f"`{name}`" for name in missing)
        yield Found(f"IAM Roles Anywhere needs {told} too", trusting[0][0], f"add {told} to `Action`")
