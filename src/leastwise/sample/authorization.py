"""An account's principals and policies, as `aws iam get-account-authorization-details` prints them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from leastwise.sample.aws_policies import AWS_POLICIES, AWS_PREFIX
from leastwise.sample.chance import number, unique_id
from leastwise.sample.rhythm import last_day
from leastwise.sample.values import Account, Group, Json, ManagedPolicy, Principal, Role, User

_REVISED = 7
"""One of so many customer managed policies has an older version."""
_DRAFT: Json = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}],
}
_AWS_MADE = "2015-02-06T18:39:46+00:00"


def authorization_details(account: Account, today: date) -> Json:
    """The whole dump, not truncated; AWS managed policies as far as something uses them."""
    holders: tuple[Principal | Group, ...] = (*account.principals, *account.groups)
    attached = Counter(arn for holder in holders for arn in set(holder.attached))
    boundaries = Counter(role.boundary for role in account.roles if role.boundary)
    used = sorted(arn for arn in attached if arn.startswith(AWS_PREFIX))
    return {
        "UserDetailList": [_user(user) for user in account.users],
        "GroupDetailList": [_group(group) for group in account.groups],
        "RoleDetailList": [_role(role, today) for role in account.roles],
        "Policies": [
            *(_managed(policy, attached[policy.arn], boundaries[policy.arn]) for policy in account.policies),
            *(_aws_managed(arn, attached[arn]) for arn in used),
        ],
        "IsTruncated": False,
    }


def principal_id(principal: Principal | Group) -> str:
    """The unique id of a principal."""
    return unique_id(_PREFIXES[type(principal)], principal.arn)


def moment(day: date, *names: object) -> str:
    """A moment of the day, as the AWS CLI prints it."""
    second = number("moment", day, *names) % 86_400
    return f"{day}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}+00:00"


def _user(user: User) -> Json:
    found: Json = {
        "Path": user.path,
        "UserName": user.name,
        "UserId": principal_id(user),
        "Arn": user.arn,
        "CreateDate": moment(user.created, user.arn),
    }
    if user.inline:
        found["UserPolicyList"] = _inline(user.inline)
    return found | {
        "GroupList": list(user.groups),
        "AttachedManagedPolicies": _attached(user.attached),
        "Tags": _tags(user.tags),
    }


def _group(group: Group) -> Json:
    return {
        "Path": "/",
        "GroupName": group.name,
        "GroupId": principal_id(group),
        "Arn": group.arn,
        "CreateDate": moment(group.created, group.arn),
        "GroupPolicyList": _inline(group.inline),
        "AttachedManagedPolicies": _attached(group.attached),
    }


def _role(role: Role, today: date) -> Json:
    last = last_day(role.habits, today)
    found = _role_head(role) | {
        "InstanceProfileList": [_profile(role)] if role.session == "instance" else [],
        "RolePolicyList": _inline(role.inline),
        "AttachedManagedPolicies": _attached(role.attached),
    }
    if role.boundary:
        found["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": role.boundary,
        }
    used = {"LastUsedDate": moment(last, role.arn, "used"), "Region": role.region} if last else {}
    return found | {"Tags": _tags(role.tags), "RoleLastUsed": used}


def _role_head(role: Role) -> Json:
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": principal_id(role),
        "Arn": role.arn,
        "CreateDate": moment(role.created, role.arn),
        "AssumeRolePolicyDocument": role.trust,
    }


def _profile(role: Role) -> Json:
    return {
        "Path": role.path,
        "InstanceProfileName": role.name,
        "InstanceProfileId": unique_id("AIPA", role.arn),
        "Arn": f"arn:aws:iam::{role.account}:instance-profile{role.path}{role.name}",
        "CreateDate": moment(role.created, role.arn),
        "Roles": [_role_head(role)],
    }


def _managed(policy: ManagedPolicy, attachments: int, bounded: int) -> Json:
    made = moment(policy.created, policy.arn)
    is_revised = number("revised", policy.arn) % _REVISED == 0
    head = _policy_head(policy.arn, made, (attachments, bounded), "v2" if is_revised else "v1")
    if policy.description:
        head["Description"] = policy.description
    versions = [_version(policy.document, "v2" if is_revised else "v1", made)]
    if is_revised:
        versions.append(_version(_DRAFT, "v1", made) | {"IsDefaultVersion": False})
    return head | {"PolicyVersionList": versions}


def _aws_managed(arn: str, attachments: int) -> Json:
    version = f"v{number(arn) % 9 + 2}"
    head = _policy_head(arn, _AWS_MADE, (attachments, 0), version)
    return head | {"PolicyVersionList": [_version(AWS_POLICIES[arn.removeprefix(AWS_PREFIX)], version, _AWS_MADE)]}


def _policy_head(arn: str, made: str, counts: tuple[int, int], version: str) -> Json:
    path, _, name = arn.partition(":policy/")[2].rpartition("/")
    return {
        "PolicyName": name,
        "PolicyId": unique_id("ANPA", arn),
        "Arn": arn,
        "Path": f"/{path}/" if path else "/",
        "DefaultVersionId": version,
        "AttachmentCount": counts[0],
        "PermissionsBoundaryUsageCount": counts[1],
        "IsAttachable": True,
        "CreateDate": made,
        "UpdateDate": made,
    }


def _version(document: Json, version: str, made: str) -> Json:
    return {"Document": document, "VersionId": version, "IsDefaultVersion": True, "CreateDate": made}


def _inline(policies: Iterable[tuple[str, Json]]) -> list[Json]:
    return [{"PolicyName": name, "PolicyDocument": document} for name, document in policies]


def _attached(arns: Sequence[str]) -> list[Json]:
    return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns]


def _tags(tags: Iterable[tuple[str, str]]) -> list[Json]:
    return [{"Key": key, "Value": value} for key, value in tags]


_PREFIXES: dict[type[Principal | Group], str] = {Role: "AROA", User: "AIDA", Group: "AGPA"}
