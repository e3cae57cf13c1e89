"""Bucket policies that may be changed beside objects that may only be read."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import GRANTING, allows, among
from leastwise.lint.document import Document, Written
from leastwise.lint.registry import Found, check, named_actions

_CHANGES = ("s3:putbucketpolicy", "s3:putbucketacl")
_ON_OBJECTS = ("s3:getobject", "s3:putobject", "s3:deleteobject")
named_actions("policy-change-undoes-limits", *_CHANGES, *_ON_OBJECTS)


@check(
    "LW412",
    "policy-change-undoes-limits",
    severity="warning",
    kinds=GRANTING,
    source='Amazon S3 User Guide, "Bucket policies for Amazon S3"',
)
def policy_change_undoes_limits(document: Document) -> Iterator[Found]:
    """Some actions on objects, beside the permission to change the bucket's policy or ACL.

    Who may write the bucket's policy can allow themselves the actions that are left out here: that they are left out
    protects nothing.
    """
    missing, changes = set(_ON_OBJECTS), list[tuple[Written, list[str]]]()
    denied: set[str] = set()
    for statement in document.statements:
        if statement.said.effect == "Deny" and not statement.said.is_not_action:
            denied.update(name.lower() for _, names in among(statement, _CHANGES) for name in names)
        if allows(statement):
            missing.difference_update(name.lower() for _, names in among(statement, _ON_OBJECTS) for name in names)
            changes += among(statement, _CHANGES)
    open_changes = [(at, [name for name in names if name.lower() not in denied]) for at, names in changes]
    if missing and len(missing) < len(_ON_OBJECTS):
        for at, names in open_changes:
            if names:
                yield Found(f"`{names[0]}` can give back what is left out here", at, "leave it out as well")
