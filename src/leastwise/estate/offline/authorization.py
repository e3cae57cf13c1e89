"""`aws iam get-account-authorization-details`: the answer for one account, or for many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from leastwise.estate.held import (
    Activity,
    Group,
    Iam,
    InlinePolicy,
    LastUsed,
    ManagedPolicy,
    Role,
    User,
)
from leastwise.estate.offline.reading import Json, Reading, account_of, document, member, objects, tags, text, texts

LISTS: Final = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
OPERATION: Final = "iam.GetAccountAuthorizationDetails"


def is_authorization(_reading: Reading, body: Json) -> bool:
    """Whether the object is such an answer."""
    has_details = any(isinstance(body.get(name), list) for name in LISTS[:3])
    return has_details or any("PolicyVersionList" in one for one in objects(body.get("Policies")))


def read_authorization(reading: Reading, body: Json) -> None:
    """Keeps users, groups, roles and policies, each under the account that its ARN names."""
    work = _Reading(reading)
    for one in objects(body.get("UserDetailList")):
        work.user(one)
    for one in objects(body.get("GroupDetailList")):
        work.group(one)
    for one in objects(body.get("RoleDetailList")):
        work.role(one)
    for one in objects(body.get("Policies")):
        work.policy(one)
    if member(body, "IsTruncated") is True:
        reading.fault(OPERATION, "the answer is cut off: `IsTruncated` is true", account=work.first)
    reading.parts += work.parts()


class _Reading:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.users: dict[str, list[User]] = {}
        self.groups: dict[str, list[Group]] = {}
        self.roles: dict[str, list[Role]] = {}
        self.policies: dict[str, list[ManagedPolicy]] = {}
        self.used: dict[str, dict[str, LastUsed]] = {}
        self.first = reading.account

    def parts(self) -> Iterator[Iam | Activity]:
        owned = [one for one in (*self.users, *self.groups, *self.roles, *self.policies) if one != "aws"]
        home = self.first or (owned[0] if owned else "")
        if "aws" in self.policies:
            self.policies.setdefault(home, []).extend(self.policies.pop("aws"))
        for account in sorted({*self.users, *self.groups, *self.roles, *self.policies}):
            yield Iam(
                account,
                tuple(self.users.get(account, ())),
                tuple(self.groups.get(account, ())),
                tuple(self.roles.get(account, ())),
                tuple(self.policies.get(account, ())),
            )
        yield from (Activity(account, used) for account, used in sorted(self.used.items()))

    def user(self, one: Json) -> None:
        arn, account = self._arn(one, "user")
        if arn:
            found = User(
                arn,
                text(one.get("UserName")),
                text(one.get("UserId")),
                text(one.get("Path")) or "/",
                text(one.get("CreateDate")),
                self._inline(one.get("UserPolicyList"), arn),
                _attached(one),
                texts(one.get("GroupList")),
                _boundary(one),
                tags(one.get("Tags")),
            )
            self.users.setdefault(account, []).append(found)

    def group(self, one: Json) -> None:
        arn, account = self._arn(one, "group")
        if arn:
            found = Group(
                arn,
                text(one.get("GroupName")),
                text(one.get("GroupId")),
                text(one.get("Path")) or "/",
                self._inline(one.get("GroupPolicyList"), arn),
                _attached(one),
            )
            self.groups.setdefault(account, []).append(found)

    def role(self, one: Json) -> None:
        arn, account = self._arn(one, "role")
        if not arn:
            return
        trust = document(one.get("AssumeRolePolicyDocument"))
        self.reading.look_at(trust, "trust", f"the trust policy of {arn}")
        found = Role(
            arn,
            text(one.get("RoleName")),
            text(one.get("RoleId")),
            text(one.get("Path")) or "/",
            text(one.get("CreateDate")),
            trust,
            inline=self._inline(one.get("RolePolicyList"), arn),
            attached=_attached(one),
            boundary=_boundary(one),
            tags=tags(one.get("Tags")),
            instance_profiles=tuple(text(each.get("Arn")) for each in objects(one.get("InstanceProfileList"))),
        )
        self.roles.setdefault(account, []).append(found)
        if isinstance(one.get("RoleLastUsed"), Mapping):
            used = LastUsed(
                text(member(one, "RoleLastUsed", "LastUsedDate")), text(member(one, "RoleLastUsed", "Region"))
            )
            self.used.setdefault(account, {})[arn] = used

    def policy(self, one: Json) -> None:
        arn = text(one.get("Arn"))
        account = account_of(arn)
        versions = list(objects(one.get("PolicyVersionList")))
        default = text(one.get("DefaultVersionId"))
        found = next((v for v in versions if v.get("IsDefaultVersion") is True or v.get("VersionId") == default), None)
        if not account or found is None:
            self.reading.fault(OPERATION, f"a managed policy without its default version: `{arn}`", subject=arn)
            return
        body = document(found.get("Document"))
        self.reading.look_at(body, "identity", arn)
        held = ManagedPolicy(
            arn,
            text(one.get("PolicyName")) or arn.rpartition("/")[2],
            body,
            text(found.get("VersionId")) or default,
            text(one.get("PolicyId")),
            text(one.get("Path")) or "/",
        )
        self.policies.setdefault(account, []).append(held)

    def _arn(self, one: Json, kind: str) -> tuple[str, str]:
        """The ARN and account of a principal; two empty texts, and a fault, where it has none."""
        arn = text(one.get("Arn"))
        account = account_of(arn)
        if not account or f":{kind}/" not in arn:
            name = text(one.get(f"{kind.title()}Name"))
            self.reading.fault(OPERATION, f"{kind} `{name}` has no ARN of a {kind}: `{arn}`", subject=arn or name)
            return "", ""
        self.first = self.first or account
        return arn, account

    def _inline(self, value: object, owner: str) -> tuple[InlinePolicy, ...]:
        found = [
            InlinePolicy(text(one.get("PolicyName")), document(one.get("PolicyDocument"))) for one in objects(value)
        ]
        for one in found:
            self.reading.look_at(one.document, "identity", f"the policy `{one.name}` of {owner}")
        return tuple(found)


def _attached(one: Json) -> tuple[str, ...]:
    return tuple(text(each.get("PolicyArn")) for each in objects(one.get("AttachedManagedPolicies")))


def _boundary(one: Json) -> str | None:
    return text(member(one, "PermissionsBoundary", "PermissionsBoundaryArn")) or None
