"""Requests with the policies that bind them, put where a snapshot of an estate holds such policies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from msgspec.structs import replace as with_fields

from leastwise.decide.facts import owner_of
from leastwise.decide.policies import Levels, Policies, PolicySet, listed
from leastwise.estate.gather import Snapshot, gathered
from leastwise.estate.held import (
    Acl,
    Grant,
    Iam,
    InlinePolicy,
    ManagedPolicy,
    Node,
    NotRead,
    Organization,
    OrganizationPolicy,
    Part,
    PolicyType,
    Resource,
    Resources,
    Role,
    User,
)
from leastwise.model.policy import Policy
from leastwise.model.request import Principal, Request, Unknown, principal_of

ORGANIZATION, ROOT = "o-exampleorg", "r-root"
ENDPOINT = "arn:aws:ec2:us-east-1:111122223333:vpc-endpoint/vpce-1a2b3c"
_TRUST_ACTIONS = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity")
_FULL: Mapping[PolicyType, str] = {"scp": "p-FullAWSAccess", "rcp": "p-RCPFullAWSAccess"}
_OBJECT = re.compile(r"(arn:aws:s3:::[^/]+)/.*")
_POINT = re.compile(r"(arn:aws:s3:[^:]+:\d{12}:accesspoint/[^/]+)(/object/.*)?")


class NotHeldError(ValueError):
    """A snapshot has no place for a part of the case."""


def snapshot_of(asked: Iterable[tuple[Request, PolicySet]]) -> Snapshot:
    """A snapshot of one estate that holds the policies of all the requests; raises NotHeldError."""
    parts: list[Part] = []
    for request, policies in asked:
        parts += _Placed(request, policies).parts()
    found = gathered(parts)
    if any(one.what == "duplicate" for one in found.not_read):
        raise NotHeldError("cases that tell the same part of an estate otherwise")
    return found


@dataclass
class _Placed:
    """One request and its policies, on their way into a snapshot."""

    request: Request
    given: PolicySet
    not_read: list[NotRead] = field(default_factory=list)

    @property
    def who(self) -> Principal:
        who = self.request.principal
        return principal_of(who) if isinstance(who, str) else who

    @property
    def owner(self) -> str:
        told = owner_of(self.request.resource)
        if told and self.request.resource_account not in (None, told):
            raise NotHeldError("an owner other than the ARN's")
        return self.request.resource_account or told or self.who.account

    def parts(self) -> list[Part]:
        if listed(self.given.session) or self.who.kind == "federated-user":
            raise NotHeldError("a session")
        accounts = {one for one in (self.who.account, self.owner) if one.isdigit()}
        found: list[Part] = [Iam(account) for account in sorted(accounts)]
        found += [*self._iam(), *self._resources(), *self._organization(sorted(accounts))]
        return [*found, *self.not_read]

    def _iam(self) -> Iterable[Iam]:
        who, is_role = self._holder(), self._is_on_role
        trust = self._text(self.given.resource) if is_role and self.given.resource else None
        role = Role(self.request.resource, self.request.resource.rpartition("/")[2], trust=trust or "")
        if isinstance(who, Role) and trust is not None and who.arn == role.arn:
            who, trust = with_fields(who, trust=trust), None
        if who is not None:
            boundary = self.given.boundary
            held = [_boundary(who.arn, boundary)] if isinstance(boundary, Policy) else []
            kinds = {"users": (who,)} if isinstance(who, User) else {"roles": (who,)}
            yield Iam(self.who.account, policies=tuple(held), **kinds)
        if trust is not None:
            yield Iam(self.owner, roles=(role,))

    def _holder(self) -> User | Role | None:
        who, known = self.who, listed(self.given.identity)
        if who.kind not in ("user", "role"):
            if known or self.given.boundary or who.tags:
                raise NotHeldError("policies of a principal that is no user and no role")
            return None
        arn = (
            (who.entity or f"arn:{who.partition}:iam::{who.account}:role/{who.name}") if who.kind == "role" else who.arn
        )
        boundary = None if self.given.boundary is None else _boundary_arn(arn)
        texts = () if isinstance(known, Unknown) else tuple(map(_text, known))
        inline = tuple(InlinePolicy(f"own-{number}", text) for number, text in enumerate(texts))
        attached = (f"arn:aws:iam::{who.account}:policy/not-there",) if isinstance(known, Unknown) else ()
        kind = User if who.kind == "user" else Role
        return kind(arn, who.name, inline=inline, attached=attached, boundary=boundary, tags=dict(who.tags or {}))

    @property
    def _is_on_role(self) -> bool:
        return self.request.action.lower().startswith(_TRUST_ACTIONS) and ":role/" in self.request.resource

    def _resources(self) -> Iterable[Resources]:
        if listed(self.given.endpoint):
            held = Resource(ENDPOINT, self.owner, "ec2:vpc-endpoint", policies=self._own(self.given.endpoint))
            yield _resources(held)
        if self.request.resource == "*":
            if listed(self.given.resource) or self.owner != self.who.account:
                raise NotHeldError("a policy, or an owner, of no resource")
            return
        if not self._is_on_role:
            yield from map(_resources, self._held())

    def _held(self) -> Iterable[Resource]:
        point = self.given.access_point
        if point is None:
            yield self._resource(_OBJECT.sub(r"\1", self.request.resource))
            return
        name, bucket = _POINT.fullmatch(self.request.resource), point.bucket_resource.partition("/")[0]
        if name is None or isinstance(point.policy, Unknown):
            raise NotHeldError("an access point that is not known")
        own = {} if point.policy is None else {"policy": _text(point.policy)}
        yield Resource(name[1], owner_of(name[1]), "s3:accesspoint", policies=own, bucket=bucket)
        yield self._resource(bucket)

    def _resource(self, arn: str) -> Resource:
        grants, acl = self.given.grants, self.given.acl
        if isinstance(acl, Unknown) or any(one.is_on_object for one in acl):
            raise NotHeldError("an ACL that is not known, or of an object")
        if isinstance(grants, Unknown):
            self.not_read.append(NotRead("kms.ListGrants", "access denied", self.owner, subject=arn))
        if isinstance(listed(self.given.resource), Unknown):
            self.not_read.append(NotRead("sqs.GetQueueAttributes", "access denied", self.owner, subject=arn))
        return Resource(
            arn,
            self.owner,
            "kms:key" if ":key/" in arn else f"{arn.split(':')[2]}:resource",
            policies=self._own(self.given.resource),
            grants=()
            if isinstance(grants, Unknown)
            else tuple(
                Grant(
                    one.grantee,
                    one.operations,
                    context_equals=None if one.context_equals is None else dict(one.context_equals),
                    context_subset=dict(one.context_subset),
                )
                for one in grants
            ),
            acl=tuple(Acl(one.grantee, one.permission) for one in acl),
            settings={"RestrictPublicBuckets": True} if self.given.public_access_block else {},
        )

    def _own(self, policies: Policies) -> dict[str, str]:
        text = self._text(policies)
        return {} if text is None else {"policy": text}

    def _text(self, policies: Policies) -> str | None:
        """Policies of one resource as its one policy; None where there is none, or it is not known."""
        known = listed(policies)
        if isinstance(known, Unknown) or not known:
            if isinstance(known, Unknown) and (self._is_on_role or policies is self.given.endpoint):
                raise NotHeldError("a policy that is not known")
            return None
        if len({one.version for one in known}) > 1:
            raise NotHeldError("policies of several versions")
        return _text(replace(known[0], statements=tuple(one for policy in known for one in policy.statements)))

    def _organization(self, accounts: Sequence[str]) -> Iterable[Organization]:
        """The accounts in one organisation; every level of their policies is an OU, the last the account."""
        levels: dict[PolicyType, Levels] = {"scp": self.given.scps, "rcp": self.given.rcps}
        managing = self._managing()
        enabled = tuple(kind for kind, found in levels.items() if isinstance(found, Unknown) or found)
        if not enabled and not managing:
            return
        for kind in enabled:
            if isinstance(levels[kind], Unknown):
                self.not_read.append(NotRead("organizations.ListPoliciesForTarget", "access denied", subject=kind))
        tree = _Tree(levels)
        root = Node(ROOT, "Root", "root", scps=(_FULL["scp"],), rcps=(_FULL["rcp"],))
        of_whom: tuple[tuple[PolicyType, str], ...] = (("scp", self.who.account), ("rcp", self.owner))
        nodes = [root]
        for account in accounts:
            nodes += tree.way(account, [kind for kind, bound in of_whom if bound == account])
        yield Organization(ORGANIZATION, managing, tuple(nodes), tuple(tree.policies), enabled=enabled)

    def _managing(self) -> str:
        if self.who.in_management_account:
            return self.who.account
        return self.owner if self.request.resource_in_management_account else ""


class _Tree:
    """Nodes that hold levels of policies, and the policies."""

    def __init__(self, levels: Mapping[PolicyType, Levels]) -> None:
        self.levels = levels
        self.policies: list[OrganizationPolicy] = []

    def way(self, account: str, kinds: Sequence[PolicyType]) -> list[Node]:
        """What is between the root and the account."""
        ids = {kind: self._ids(kind) if kind in kinds else [] for kind in _FULL}
        depth = max(1, *map(len, ids.values()))
        padded = {kind: [(_FULL[kind],)] * (depth - len(found)) + found for kind, found in ids.items()}
        names = [*(f"ou-{account}-{number}" for number in range(depth - 1)), account]
        return [
            Node(
                name,
                name,
                "account" if name == account else "ou",
                names[number - 1] if number else ROOT,
                padded["scp"][number],
                padded["rcp"][number],
            )
            for number, name in enumerate(names)
        ]

    def _ids(self, kind: PolicyType) -> list[tuple[str, ...]]:
        levels = self.levels[kind]
        return [] if isinstance(levels, Unknown) else [self._level(kind, level) for level in levels]

    def _level(self, kind: PolicyType, level: Policies) -> tuple[str, ...]:
        known = listed(level)
        if isinstance(known, Unknown):
            return (f"p-{kind}-not-there",)
        made = [
            OrganizationPolicy(f"p-{kind}-{len(self.policies) + number}", one.name, kind, _text(one))
            for number, one in enumerate(known)
        ]
        self.policies += made
        return tuple(one.id for one in made)


def _text(policy: Policy) -> str:
    return json.dumps(policy.document())


def _boundary_arn(arn: str) -> str:
    return f"arn:aws:iam::{arn.split(':')[4]}:policy/boundary-of-{arn.rpartition('/')[2]}"


def _boundary(arn: str, policy: Policy) -> ManagedPolicy:
    own = _boundary_arn(arn)
    return ManagedPolicy(own, own.rpartition("/")[2], _text(policy))


def _resources(one: Resource) -> Resources:
    return Resources(one.account, one.type.partition(":")[0], resources=(one,))
