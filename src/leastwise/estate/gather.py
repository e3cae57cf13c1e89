"""What sources of an estate gave, put together: one value of each kind for an account, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from leastwise.estate.held import (
    Activity,
    Group,
    Iam,
    IdentityCenter,
    ManagedPolicy,
    NotRead,
    Organization,
    Part,
    Resource,
    Resources,
    Role,
    Share,
    User,
)

Name = tuple[str, ...]
AWS_MANAGED = ":iam::aws:policy/"
"""What the ARN of a policy that AWS manages holds."""


@dataclass(frozen=True)
class Snapshot:
    """An estate at one moment.

    `iam`, `activity` and `resources` are by account. `aws_policies` are the policies that AWS manages, by ARN. `taken`
    is when, as an ISO time, `source` from what: `aws` or `files`. What is in `not_read` is not known, which is not the
    same as there being none.
    """

    taken: str = ""
    source: str = "files"
    iam: Mapping[str, Iam] = field(default_factory=dict)
    activity: Mapping[str, Activity] = field(default_factory=dict)
    resources: Mapping[str, tuple[Resources, ...]] = field(default_factory=dict)
    organizations: tuple[Organization, ...] = ()
    identity_centers: tuple[IdentityCenter, ...] = ()
    aws_policies: Mapping[str, ManagedPolicy] = field(default_factory=dict)
    not_read: tuple[NotRead, ...] = ()

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts of which anything is held, in their order."""
        return tuple(sorted({*self.iam, *self.activity, *self.resources}))


def gathered(parts: Iterable[Part], *, taken: str = "", source: str = "files") -> Snapshot:
    """The parts as a snapshot, in an order that is the same however they came.

    Of two different values with one ARN the first is kept, and the other told in `not_read`.
    """
    work = _Gathering()
    for part in parts:
        _ADD[type(part)](work, part)
    return work.snapshot(taken, source)


@dataclass
class _Gathering:
    iam: dict[str, list[Iam]] = field(default_factory=dict)
    activity: dict[str, list[Activity]] = field(default_factory=dict)
    resources: dict[str, dict[tuple[str, str], list[Resources]]] = field(default_factory=dict)
    organizations: dict[str, list[Organization]] = field(default_factory=dict)
    centers: list[IdentityCenter] = field(default_factory=list)
    aws_policies: dict[str, ManagedPolicy] = field(default_factory=dict)
    not_read: dict[NotRead, None] = field(default_factory=dict)

    def add_iam(self, part: Part) -> None:
        assert isinstance(part, Iam)
        own = []
        for policy in part.policies:
            if AWS_MANAGED not in policy.arn:
                own.append(policy)
            elif _version(policy) >= _version(self.aws_policies.get(policy.arn)):
                self.aws_policies[policy.arn] = policy
        self.iam.setdefault(part.account, []).append(msgspec.structs.replace(part, policies=tuple(own)))

    def add_activity(self, part: Part) -> None:
        assert isinstance(part, Activity)
        self.activity.setdefault(part.account, []).append(part)

    def add_resources(self, part: Part) -> None:
        assert isinstance(part, Resources)
        by_source = self.resources.setdefault(part.account, {})
        by_source.setdefault((part.collector, part.region), []).append(part)

    def add_organization(self, part: Part) -> None:
        assert isinstance(part, Organization)
        self.organizations.setdefault(part.id, []).append(part)

    def add_center(self, part: Part) -> None:
        assert isinstance(part, IdentityCenter)
        self.centers.append(part)

    def add_not_read(self, part: Part) -> None:
        assert isinstance(part, NotRead)
        self.not_read[part] = None

    def snapshot(self, taken: str, source: str) -> Snapshot:
        iam = {account: self._iam(account, found) for account, found in sorted(self.iam.items())}
        resources = {
            account: self._sets([found for _, found in sorted(by_source.items())], account)
            for account, by_source in sorted(self.resources.items())
        }
        organizations = tuple(self._organization(found) for _, found in sorted(self.organizations.items()))
        centers = self._once(self.centers, "", lambda one: (one.instance,))
        activity = {account: self._activity(account, found) for account, found in sorted(self.activity.items())}
        return Snapshot(
            taken,
            source,
            iam,
            activity,
            resources,
            organizations,
            centers,
            dict(sorted(self.aws_policies.items())),
            tuple(sorted(self.not_read, key=msgspec.structs.astuple)),
        )

    def _iam(self, account: str, found: Sequence[Iam]) -> Iam:
        return Iam(
            account,
            self._once([one for part in found for one in part.users], account, _arn),
            self._once([one for part in found for one in part.groups], account, _arn),
            self._once([one for part in found for one in part.roles], account, _arn),
            self._once([one for part in found for one in part.policies], account, _arn),
        )

    def _sets(self, several: Sequence[Sequence[Resources]], account: str) -> tuple[Resources, ...]:
        """What each source told, a resource that several tell in the first alone."""
        every = (one for found in several for part in found for one in part.resources)
        left = {_place(one): one for one in self._once(list(every), account, _place)}
        return tuple(self._resources(found, left) for found in several)

    def _resources(self, found: Sequence[Resources], left: dict[Name, Resource]) -> Resources:
        """The set of one source, of the resources that are left, which it takes."""
        first = found[0]
        places = sorted({_place(one) for part in found for one in part.resources if _place(one) in left})
        resources = tuple(left.pop(place) for place in places)
        shares = self._once([one for part in found for one in part.shares], first.account, _arn)
        tagged = self._once([one for part in found for one in part.tagged], first.account, lambda one: (one.arn,))
        return Resources(first.account, first.collector, first.region, resources, shares, tagged)

    def _organization(self, found: Sequence[Organization]) -> Organization:
        first = found[0]
        managing = next((one.management_account for one in found if one.management_account), "")
        nodes = self._once([one for part in found for one in part.nodes], managing, lambda one: (one.id,))
        policies = self._once([one for part in found for one in part.policies], managing, lambda one: (one.id,))
        delegations = self._once(
            [one for part in found for one in part.delegations], managing, lambda one: (one.account,)
        )
        enabled = tuple(sorted({one for part in found for one in part.enabled}))
        return Organization(first.id, managing, nodes, policies, delegations, enabled)

    def _once(self, values: Sequence[T], account: str, name: Callable[[T], Name]) -> tuple[T, ...]:
        """The values of each name, in their order; the first part of a name is what it is told by."""
        kept: dict[Name, T] = {}
        for value in values:
            key = name(value)
            if kept.setdefault(key, value) != value:
                reason = "it stands twice, with different content: the first is kept"
                self.not_read[NotRead("duplicate", reason, account, subject=key[0])] = None
        return tuple(kept[key] for key in sorted(kept))

    def _activity(self, account: str, found: Sequence[Activity]) -> Activity:
        """One account's, of which a row without an ARN is a row of its own."""
        roles = self._once([pair for part in found for pair in part.roles.items()], account, lambda pair: (pair[0],))
        rows = [row for part in found for row in part.credentials]
        used = [pair for part in found for pair in part.last_accessed.items()]
        return Activity(
            account,
            dict(roles),
            self._once(
                rows, account, lambda row: (row.get("arn", ""), "" if "arn" in row else str(sorted(row.items())))
            ),
            dict(self._once(used, account, lambda pair: (pair[0],))),
        )


T = TypeVar("T")
_ADD: Mapping[type, Callable[[_Gathering, Part], None]] = {
    Iam: _Gathering.add_iam,
    Activity: _Gathering.add_activity,
    Resources: _Gathering.add_resources,
    Organization: _Gathering.add_organization,
    IdentityCenter: _Gathering.add_center,
    NotRead: _Gathering.add_not_read,
}


def _arn(one: User | Group | Role | ManagedPolicy | Share) -> Name:
    return (one.arn,)


def _place(one: Resource) -> Name:
    """What tells a resource from others; the account's own settings and policies are one of each kind in a Region."""
    return (one.arn, one.type, one.region) if one.is_of_account else (one.arn,)


def _version(policy: ManagedPolicy | None) -> int:
    number = policy.version.removeprefix("v") if policy else ""
    return int(number) if number.isdecimal() else 0
