"""iam:CreateServiceLinkedRole for any service."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import GRANTING, reach_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements, named_actions

(_ACTION,) = named_actions("service-linked-role-too-broad", "iam:createservicelinkedrole")


@check_statements(
    "LW411",
    "service-linked-role-too-broad",
    severity="warning",
    kinds=GRANTING,
    aws=(
        "CREATE_SLR_WITH_NOT_RESOURCE",
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        "CREATE_SLR_WITH_STAR_IN_RESOURCE",
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
        "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
    ),
    source='IAM User Guide, "Create a service-linked role"',
)
def service_linked_role_too_broad(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """`iam:CreateServiceLinkedRole` allowed for every service.

    Each service gets the role that it asks for, which SCPs and RCPs do not bind. It is not told where
    `iam:AWSServiceName` names the service.
    """
    at = reach_of(statement, _ACTION)
    if at is not None and not any(one.lowered == "iam:awsservicename" for one in statement.conditions):
        message = "service-linked roles of any service may be created"
        yield Found(message, at, "name the role in `Resource`, or the service in `iam:AWSServiceName`")
