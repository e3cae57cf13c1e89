"""AWS IAM: who there is, their policies, and what IAM tells about use."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from leastwise.estate.collect.answers import Answer, plain, tags
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.last_accessed import READS as LAST_ACCESSED
from leastwise.estate.collect.last_accessed import last_accessed
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Activity, Group, Iam, InlinePolicy, LastUsed, ManagedPolicy, Role, User

_POLLS: Final = 30
_PAUSE: Final = 2.0
_READS: Final = ("iam.GetAccountAuthorizationDetails", "iam.GenerateCredentialReport", "iam.GetCredentialReport")


@collector("iam", scope="account", reads=_READS, optional=LAST_ACCESSED)
def principals(api: Api) -> Iterator[Iam | Activity]:
    """Users, groups, roles, managed policies, the credential report; when roles and, if asked, services were used."""
    pages = list(api.pages("iam.GetAccountAuthorizationDetails", MaxItems=1000))
    users = tuple(_user(one) for page in pages for one in page.rows("UserDetailList"))
    groups = tuple(_group(one) for page in pages for one in page.rows("GroupDetailList"))
    rows = [one for page in pages for one in page.rows("RoleDetailList")]
    roles = tuple(map(_role, rows))
    everybody: list[User | Group | Role] = [*users, *groups, *roles]
    named = _attached(everybody)
    managed = (one for page in pages for one in page.rows("Policies"))
    policies = tuple(_managed(one) for one in managed if one.text("Arn") in named or not _is_of_aws(one))
    if pages:
        yield Iam(api.account, users, groups, roles, policies)
    asked = [one.arn for one in everybody] if api.asked.last_accessed else []
    used = {one.text("Arn"): _last_used(one) for one in rows}
    yield Activity(api.account, used, tuple(_credentials(api)), last_accessed(api, asked))


def _user(one: Answer) -> User:
    return User(
        one.text("Arn"),
        one.text("UserName"),
        one.text("UserId"),
        one.text("Path"),
        one.text("CreateDate"),
        _inline(one, "UserPolicyList"),
        _arns(one),
        one.texts("GroupList"),
        _boundary(one),
        tags(one),
    )


def _group(one: Answer) -> Group:
    return Group(
        one.text("Arn"),
        one.text("GroupName"),
        one.text("GroupId"),
        one.text("Path"),
        _inline(one, "GroupPolicyList"),
        _arns(one),
    )


def _role(one: Answer) -> Role:
    return Role(
        one.text("Arn"),
        one.text("RoleName"),
        one.text("RoleId"),
        one.text("Path"),
        one.text("CreateDate"),
        trust=plain(one.text("AssumeRolePolicyDocument")),
        inline=_inline(one, "RolePolicyList"),
        attached=_arns(one),
        boundary=_boundary(one),
        tags=tags(one),
        instance_profiles=tuple(profile.text("Arn") for profile in one.rows("InstanceProfileList")),
    )


def _managed(one: Answer) -> ManagedPolicy:
    default = next((each for each in one.rows("PolicyVersionList") if each.flag("IsDefaultVersion")), Answer({}))
    return ManagedPolicy(
        one.text("Arn"),
        one.text("PolicyName"),
        plain(default.text("Document")),
        one.text("DefaultVersionId"),
        one.text("PolicyId"),
        one.text("Path"),
    )


def _inline(one: Answer, name: str) -> tuple[InlinePolicy, ...]:
    rows = one.rows(name)
    return tuple(InlinePolicy(row.text("PolicyName"), plain(row.text("PolicyDocument"))) for row in rows)


def _arns(one: Answer) -> tuple[str, ...]:
    return tuple(row.text("PolicyArn") for row in one.rows("AttachedManagedPolicies"))


def _boundary(one: Answer) -> str | None:
    return one.text("PermissionsBoundary", "PermissionsBoundaryArn") or None


def _attached(principals: Iterable[User | Group | Role]) -> frozenset[str]:
    """Every managed policy that a principal names."""
    named = {arn for one in principals for arn in one.attached}
    bounds = {one.boundary for one in principals if not isinstance(one, Group) and one.boundary}
    return frozenset(named | bounds)


def _is_of_aws(one: Answer) -> bool:
    return one.text("Arn").split(":")[4:5] == ["aws"]


def _last_used(one: Answer) -> LastUsed:
    return LastUsed(one.text("RoleLastUsed", "LastUsedDate"), one.text("RoleLastUsed", "Region"))


def _credentials(api: Api) -> Iterator[dict[str, str]]:
    """The rows of the credential report, which IAM makes anew at most every four hours."""
    for _ in range(_POLLS):
        state = api.call("iam.GenerateCredentialReport")
        if state is None:
            return
        if state.text("State") == "COMPLETE":
            break
        api.wait(_PAUSE)
    else:
        api.note("iam.GenerateCredentialReport", "the report was not ready in time")
        return
    report = api.call("iam.GetCredentialReport")
    if report is not None:
        for row in csv.DictReader(io.StringIO(report.text("Content"))):
            yield {name: value or "" for name, value in row.items() if name}
