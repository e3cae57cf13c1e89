"""The principals and managed policies that `GetAccountAuthorizationDetails` tells of, from AWS or from a file."""

from __future__ import annotations

from leastwise.estate.answers import Answer
from leastwise.estate.held import Group, InlinePolicy, LastUsed, ManagedPolicy, Role, User

OPERATION = "iam.GetAccountAuthorizationDetails"


def user_of(one: Answer) -> User:
    """A user, of a part of `UserDetailList`."""
    return User(
        one.text("Arn"),
        one.text("UserName"),
        one.text("UserId"),
        _path(one),
        one.text("CreateDate"),
        _inline(one, "UserPolicyList"),
        _attached(one),
        one.texts("GroupList"),
        _boundary(one),
        tags_of(one),
    )


def group_of(one: Answer) -> Group:
    """A group, of a part of `GroupDetailList`."""
    return Group(
        one.text("Arn"),
        one.text("GroupName"),
        one.text("GroupId"),
        _path(one),
        _inline(one, "GroupPolicyList"),
        _attached(one),
    )


def role_of(one: Answer) -> Role:
    """A role, of a part of `RoleDetailList`."""
    return Role(
        one.text("Arn"),
        one.text("RoleName"),
        one.text("RoleId"),
        _path(one),
        one.text("CreateDate"),
        one.document("AssumeRolePolicyDocument"),
        inline=_inline(one, "RolePolicyList"),
        attached=_attached(one),
        boundary=_boundary(one),
        tags=tags_of(one),
        instance_profiles=tuple(profile.text("Arn") for profile in one.rows("InstanceProfileList")),
    )


def managed_of(one: Answer) -> ManagedPolicy | None:
    """A managed policy in its default version, of a part of `Policies`; None where that is not in it."""
    default = one.text("DefaultVersionId")
    versions = one.rows("PolicyVersionList")
    found = next((v for v in versions if v.flag("IsDefaultVersion") or v.text("VersionId") == default), None)
    if found is None:
        return None
    arn = one.text("Arn")
    return ManagedPolicy(
        arn,
        one.text("PolicyName") or arn.rpartition("/")[2],
        found.document("Document"),
        found.text("VersionId") or default,
        one.text("PolicyId"),
        _path(one),
    )


def last_used_of(one: Answer) -> LastUsed:
    """When and where a role was last used, of a part of `RoleDetailList`."""
    return LastUsed(one.text("RoleLastUsed", "LastUsedDate"), one.text("RoleLastUsed", "Region"))


def tags_of(one: Answer) -> dict[str, str]:
    """The tags of an IAM principal."""
    return {row.text("Key"): row.text("Value") for row in one.rows("Tags")}


def _path(one: Answer) -> str:
    return one.text("Path") or "/"


def _inline(one: Answer, name: str) -> tuple[InlinePolicy, ...]:
    return tuple(InlinePolicy(row.text("PolicyName"), row.document("PolicyDocument")) for row in one.rows(name))


def _attached(one: Answer) -> tuple[str, ...]:
    return tuple(row.text("PolicyArn") for row in one.rows("AttachedManagedPolicies"))


def _boundary(one: Answer) -> str | None:
    return one.text("PermissionsBoundary", "PermissionsBoundaryArn") or None
