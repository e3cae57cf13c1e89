"""`aws iam get-account-authorization-details`: the answer for one account, or for many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from leastwise.estate.answers import Answer
from leastwise.estate.authorization import OPERATION, group_of, last_used_of, managed_of, role_of, user_of
from leastwise.estate.held import Activity, Group, Iam, InlinePolicy, LastUsed, ManagedPolicy, Role, User
from leastwise.estate.offline.reading import Json, Reading, account_of, member, objects, text

LISTS: Final = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


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
        if account := self._account(one, "user"):
            found = user_of(Answer(one))
            self._look_at(found.arn, found.inline)
            self.users.setdefault(account, []).append(found)

    def group(self, one: Json) -> None:
        if account := self._account(one, "group"):
            found = group_of(Answer(one))
            self._look_at(found.arn, found.inline)
            self.groups.setdefault(account, []).append(found)

    def role(self, one: Json) -> None:
        account = self._account(one, "role")
        if not account:
            return
        found = role_of(Answer(one))
        self.reading.look_at(found.trust, "trust", f"the trust policy of {found.arn}")
        self._look_at(found.arn, found.inline)
        self.roles.setdefault(account, []).append(found)
        if isinstance(one.get("RoleLastUsed"), Mapping):
            self.used.setdefault(account, {})[found.arn] = last_used_of(Answer(one))

    def policy(self, one: Json) -> None:
        arn = text(one.get("Arn"))
        account, found = account_of(arn), managed_of(Answer(one))
        if not account or found is None:
            self.reading.fault(OPERATION, f"a managed policy without its default version: `{arn}`", subject=arn)
            return
        self.reading.look_at(found.document, "identity", arn)
        self.policies.setdefault(account, []).append(found)

    def _account(self, one: Json, kind: str) -> str:
        """The account of a principal; empty, with a fault, where it has no ARN of its kind."""
        arn = text(one.get("Arn"))
        account = account_of(arn)
        if not account or f":{kind}/" not in arn:
            name = text(one.get(f"{kind.title()}Name"))
            self.reading.fault(OPERATION, f"{kind} `{name}` has no ARN of a {kind}: `{arn}`", subject=arn or name)
            return ""
        self.first = self.first or account
        return account

    def _look_at(self, owner: str, inline: tuple[InlinePolicy, ...]) -> None:
        for one in inline:
            self.reading.look_at(one.document, "identity", f"the policy `{one.name}` of {owner}")
