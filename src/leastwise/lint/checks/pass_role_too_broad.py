"""iam:PassRole for any role to any service."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import GRANTING, reach_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements, named_actions

(_ACTION,) = named_actions("pass-role-too-broad", "iam:passrole")

_GUARDS = ("iam:passedtoservice", "iam:associatedresourcearn")


@check_statements(
    "LW410",
    "pass-role-too-broad",
    severity="security-warning",
    kinds=GRANTING,
    aws=(
        "PASS_ROLE_WITH_NOT_RESOURCE",
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        "PASS_ROLE_WITH_STAR_IN_RESOURCE",
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
        "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
    ),
    source='IAM User Guide, "Grant a user permissions to pass a role to an AWS service"',
)
def pass_role_too_broad(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """`iam:PassRole` allowed for every role, or for all but some, to any service.

    Who may pass a role to a service that runs their code acts with that role: every role that a service may assume is
    theirs, an administrator's among them. It is not told where `iam:PassedToService` says to which service.
    """
    at = reach_of(statement, _ACTION)
    if at is not None and not any(one.lowered in _GUARDS for one in statement.conditions):
        message = "any role may be passed to any service"
        yield Found(message, at, "name the roles in `Resource`, or the service in `iam:PassedToService`")
