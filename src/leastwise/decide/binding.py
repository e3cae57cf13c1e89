"""Which policies bind a request, and how: a policy set compiled, and from it a shape for each kind of request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from leastwise.catalogue.keys import rcp_services
from leastwise.catalogue.load import load_catalogue
from leastwise.decide import services
from leastwise.decide.facts import RequestFacts
from leastwise.decide.policies import (
    TRUST,
    EncryptionContext,
    Entry,
    Free,
    KeyGrant,
    Levels,
    Policies,
    PolicySet,
    entries_of,
    listed,
)
from leastwise.decide.principals import Form, Open, named_by, namings
from leastwise.decide.shape import Bundle, Either, Every, Fixed, Item, Node, Shape, Some, always, item_of
from leastwise.language.conditions import Clause
from leastwise.language.matching import ResourceTest
from leastwise.model.request import Principal, Unknown
from leastwise.model.switches import Switches

_WITH_IDENTITY = ("user", "role", "root", "federated-user")
_FORMS: tuple[Form, ...] = ("direct", "role", "account")


@dataclass(frozen=True, slots=True)
class Case:
    """What a shape depends on besides the policies.

    `about` are the statements about the action where that is worked out already, for many actions at once.
    """

    principal: Principal
    action: str
    is_same_account: bool
    is_star: bool
    is_out_of_reach_of_rcps: bool
    is_key: bool
    is_role: bool = False
    is_service_taking_its_role: bool = False
    about: frozenset[Entry] | None = None

    @property
    def concerns(self) -> Callable[[Entry], bool]:
        """Whether a statement is about the action."""
        return (lambda entry: entry.names(self.action)) if self.about is None else self.about.__contains__

    @property
    def service(self) -> str:
        """The action's service prefix."""
        return self.action.partition(":")[0]

    @property
    def has_identity(self) -> bool:
        """Whether the principal is one of an account, with policies of its own."""
        return self.principal.kind in _WITH_IDENTITY


@dataclass(frozen=True, slots=True)
class Group:
    """The statements of one policy type, compiled; None when the policies are not known."""

    policy_type: str
    label: str
    entries: tuple[Entry, ...] | None
    level: int = 0
    is_given: bool = True
    by_effect: tuple[tuple[Entry, ...], tuple[Entry, ...]] = field(init=False)

    def __post_init__(self) -> None:
        allows = tuple(entry for entry in self.statements if not entry.is_deny)
        denies = tuple(entry for entry in self.statements if entry.is_deny)
        object.__setattr__(self, "by_effect", (allows, denies))

    def named(self, case: Case, *, is_deny: bool) -> Iterator[Entry]:
        """Its statements of this effect about the case's action."""
        return filter(case.concerns, self.by_effect[is_deny])

    @property
    def statements(self) -> tuple[Entry, ...]:
        """Its statements, none when they are not known."""
        return self.entries or ()

    def unknown(self, does: str) -> Item:
        """The policies' unknown word, as something that may hold."""
        return Item(always, (Free(f"the {self.label} {does}"),), source=self.policy_type)


@dataclass(frozen=True, slots=True)
class Layer:
    """One policy type, or one level of it, as it bears on a request: what of it denies and what allows.

    `skipped` says why it does not bind the request, empty when it does; `is_unknown` that its policies are not known.
    """

    policy_type: str
    label: str
    denies: tuple[Item, ...]
    allows: tuple[Item, ...]
    skipped: str = ""
    is_unknown: bool = False
    level: int = 0


class Plan:
    """A policy set compiled under one set of switches."""

    def __init__(self, policies: PolicySet, switches: Switches) -> None:
        self.policies = policies
        self.switches = switches
        self.identity = self._group(policies.identity, "identity", "identity policy")
        self.boundary = self._optional(policies.boundary, "boundary", "permissions boundary")
        self.session = self._optional(policies.session, "session", "session policy")
        resource_type = _type_of_resource_policies(policies)
        self.resource = self._group(policies.resource, resource_type, _WORDS[resource_type])
        self.endpoint = self._optional(policies.endpoint, "endpoint", "VPC endpoint policy")
        point = policies.access_point
        self.access_point = self._optional(point.policy, "resource", "access point policy") if point else None
        self.scps = self._levels(policies.scps, "scp", "SCP")
        self.rcps = self._levels(policies.rcps, "rcp", "RCP")
        known = listed(policies.resource)
        self.is_public = not isinstance(known, Unknown) and services.is_public(known)

    def _group(self, policies: Policies | None, policy_type: str, label: str) -> Group:
        entries = entries_of(policies, policy_type, self.switches)
        if isinstance(entries, Unknown):
            return Group(policy_type, label, None)
        return Group(policy_type, label, entries, is_given=bool(policies))

    def _optional(self, policies: Policies | None, policy_type: str, label: str) -> Group | None:
        """The group, or None when there is no policy of the type."""
        return self._group(policies, policy_type, label) if policies else None

    def _levels(self, levels: Levels, policy_type: str, label: str) -> tuple[Group, ...]:
        if isinstance(levels, Unknown):
            return (Group(policy_type, f"{label} of some level", None),)
        return tuple(
            replace(self._group(level, policy_type, f"{label} of level {number} of {len(levels)}"), level=number)
            for number, level in enumerate(levels, 1)
        )

    def entries(self) -> Iterator[Entry]:
        """Every statement of every policy that is known."""
        single = [self.identity, self.boundary, self.session, self.resource, self.endpoint, self.access_point]
        for group in (*single, *self.scps, *self.rcps):
            if group is not None:
                yield from group.statements

    def shape(self, case: Case) -> Shape:
        """How the policies combine for the case."""
        return _Shaping(self, case).shape()

    def layers(self, case: Case) -> tuple[Layer, ...]:
        """Each policy type for the case, in the order in which a decision tells them."""
        return tuple(_Shaping(self, case).layers())


_WORDS = {"resource": "resource policy", TRUST: "role's trust policy"}


def _type_of_resource_policies(policies: PolicySet) -> str:
    known = listed(policies.resource)
    return TRUST if not isinstance(known, Unknown) and any(p.kind == TRUST for p in known) else "resource"


@lru_cache(maxsize=1)
def _rcp_services() -> frozenset[str]:
    return frozenset(rcp_services(load_catalogue()))


def binds_rcps(case: Case) -> bool:
    """Whether RCPs bind resources of the action's service at all."""
    return case.service in _rcp_services()


def must_say(case: Case) -> bool:
    """Whether the resource always has a policy of its own, which must allow: a role to be assumed, or a KMS key."""
    return (
        case.is_key or case.action in services.ASSUME_ACTIONS or (case.action in services.ROLE_ACTIONS and case.is_role)
    )


class _Shaping:
    """One shape in the making."""

    def __init__(self, plan: Plan, case: Case) -> None:
        self.plan = plan
        self.case = case
        self.is_bounded = plan.boundary is not None and case.has_identity and case.principal.kind != "root"
        self.owner_root = case.principal.kind == "root" and case.is_same_account
        self.resource = self._mandatory(plan.resource)

    def _mandatory(self, group: Group) -> Group:
        """The group, unknown when it is empty though the resource is bound to have such a policy."""
        if group.is_given or not must_say(self.case):
            return group
        kind, label = (
            (TRUST, _WORDS[TRUST]) if self.case.action in services.ROLE_ACTIONS else ("resource", "key policy")
        )
        return Group(kind, label, None)

    def shape(self) -> Shape:
        rcps = () if self._free_of_rcps() else self.plan.rcps
        scps = () if self._free_of_scps() else self.plan.scps
        endpoint = [self.plan.endpoint] if self.plan.endpoint else []
        ceilings = [
            *(self._ceiling(group) for group in (*rcps, *scps)),
            *(self._named_ceiling(group) for group in endpoint),
        ]
        denies = Bundle(self._denies(rcps, scps))
        never = self.case.action in services.NEVER_DENIED
        return Shape(denies, tuple(ceilings), self._grant(), never)

    def layers(self) -> Iterator[Layer]:
        """Each policy type with its statements, whether it binds or not."""
        for group in self._own_groups():
            yield self._layer(group)
        for named in (self.resource, self.plan.access_point, self.plan.endpoint):
            if named is not None and named.entries != ():
                yield self._layer(named, has_principals=True)
        for group in self.plan.scps:
            yield self._layer(group, skipped=self._free_of_scps())
        for group in self.plan.rcps:
            yield self._layer(group, skipped=self._free_of_rcps())

    def _layer(self, group: Group, *, has_principals: bool = False, skipped: str = "") -> Layer:
        denies, allows = (
            tuple(
                item
                for entry in group.named(self.case, is_deny=is_deny)
                for item in (self._bare(entry, group) if has_principals else (item_of(entry),))
            )
            for is_deny in (True, False)
        )
        return Layer(group.policy_type, group.label, denies, allows, skipped, group.entries is None, group.level)

    def _bare(self, entry: Entry, group: Group) -> Iterator[Item]:
        return (item for _, item in self._items(entry, group))

    def _free_of_rcps(self) -> str:
        case = self.case
        tests = (
            (not binds_rcps(case), f"RCPs do not bind resources of {case.service}"),
            (case.action in services.UNBOUND_BY_RCPS, "RCPs do not bind this action"),
            (case.is_out_of_reach_of_rcps, "the resource is the management account's, or an AWS managed key"),
            (case.principal.is_service_linked, "RCPs do not bind service-linked roles"),
            (case.is_service_taking_its_role, "RCPs do not bind a service that assumes its service-linked role"),
            (case.is_star and not self.plan.switches.rcp_on_star, "the action is authorized on no resource"),
        )
        return next((told for holds, told in tests if holds), "")

    def _free_of_scps(self) -> str:
        principal = self.case.principal
        tests = (
            (not self.case.has_identity, "SCPs bind the principals of member accounts alone"),
            (principal.in_management_account, "the principal is in the management account"),
            (principal.is_service_linked, "SCPs do not bind service-linked roles"),
            (self.case.action.startswith(services.UNBOUND_BY_SCPS), "SCPs do not restrict this task"),
        )
        return next((told for holds, told in tests if holds), "")

    def _ceiling(self, group: Group) -> Some:
        if group.entries is None:
            return Some(group.policy_type, Bundle([group.unknown("allows it")]))
        allows = group.named(self.case, is_deny=False)
        return Some(group.policy_type, Bundle(item_of(entry) for entry in allows))

    def _named_ceiling(self, group: Group) -> Some:
        """A ceiling whose statements name principals."""
        if group.entries is None:
            return self._ceiling(group)
        return Some(group.policy_type, Bundle(item for items in self._by_form(group).values() for item in items))

    def _denies(self, rcps: Sequence[Group], scps: Sequence[Group]) -> Iterator[Item]:
        plain = [*scps, *self._own_groups()]
        named = [*rcps, *self._resource_groups(), *([self.plan.endpoint] if self.plan.endpoint else [])]
        for group in (*plain, *named):
            if group.entries is None:
                yield group.unknown("denies it")
        for group in plain:
            yield from (item_of(entry) for entry in group.named(self.case, is_deny=True))
        for group in named:
            for entry in group.named(self.case, is_deny=True):
                yield from (item for _, item in self._items(entry, group))

    def _own_groups(self) -> Iterator[Group]:
        """The policy types that go with the principal."""
        if self.case.has_identity:
            is_root = self.case.principal.kind == "root"
            own = (self.plan.session,) if is_root else (self.plan.identity, self.plan.boundary, self.plan.session)
            yield from (group for group in own if group is not None)

    def _resource_groups(self) -> Iterator[Group]:
        if not (self.owner_root and self.case.action in services.BUCKET_POLICY_ACTIONS):
            yield self.resource
        if self.plan.access_point is not None:
            yield self.plan.access_point

    def _items(self, entry: Entry, group: Group) -> Iterator[tuple[Form, Item]]:
        point = self.plan.policies.access_point
        asked = point.bucket_resource if point is not None and group is self.resource else None
        for found in namings(
            entry.statement, self.case.principal, is_bounded=self.is_bounded, switches=self.plan.switches
        ):
            if isinstance(found, Open):
                yield "direct", item_of(entry, (Free(found.told),), asked)
            else:
                yield found.form, item_of(entry, found.given, asked)

    def _by_form(self, group: Group) -> dict[Form, list[Item]]:
        found: dict[Form, list[Item]] = {form: [] for form in _FORMS}
        if group.entries is None:
            found["direct"].append(group.unknown("allows it"))
        for entry in group.named(self.case, is_deny=False):
            for form, item in self._items(entry, group):
                found[form].append(item)
        return found

    def _grant(self) -> Node:
        case = self.case
        if case.action in services.NEVER_DENIED | services.NO_PERMISSION:
            return Fixed("none", True, "this action needs no permission")
        if case.action in services.BUCKET_POLICY_ACTIONS:
            if self.owner_root:
                return Fixed("none", True, "the owner's root may always do this")
            if not case.is_same_account:
                return Fixed("resource", False, "other accounts may never do this")
        needed = services.PROVIDER_ACTIONS.get(case.action)
        if needed and case.principal.kind not in ("federated", "anonymous"):
            return Fixed(TRUST, False, "only an identity provider's users may do this")
        through = [self._through(self.resource)]
        if self.plan.access_point is not None:
            through.append(self._through(self.plan.access_point))
        return through[0] if len(through) == 1 else Every(tuple(through))

    def _through(self, group: Group) -> Node:
        """The grant so far as one resource policy takes part in it."""
        forms = self._by_form(group)
        if self._is_shut_out():
            return Fixed("resource", False, "Block Public Access: the bucket policy is public")
        if not self.case.has_identity:
            return Some(group.policy_type, Bundle([*forms["direct"], *self._acl_items(public_only=True)]))
        if self.case.is_same_account:
            return self._same_account(group, forms)
        items = [*(item for form in _FORMS for item in forms[form]), *self._acl_items(), *self._key_grants()]
        return Every((self._own(), *self._limits(), Some(group.policy_type, Bundle(items))))

    def _is_shut_out(self) -> bool:
        """Block Public Access leaves a bucket whose policy is public to its own account and to services."""
        case, plan = self.case, self.plan
        blocked = plan.policies.public_access_block and case.service == "s3" and plan.is_public
        return blocked and not case.is_same_account and case.principal.kind != "service"

    def _same_account(self, group: Group, forms: dict[Form, list[Item]]) -> Node:
        own, limits = self._own(), self._limits()
        by_role = Some(group.policy_type, Bundle(forms["role"]))
        if must_say(self.case):
            handed_on = Every((Some(group.policy_type, Bundle(forms["account"])), own))
            limited: Node = Either((by_role, handed_on)) if by_role.bundle else handed_on
        else:
            limited = Either((by_role, own)) if by_role.bundle else own
        if limits:
            limited = Every((limited, *limits))
        direct = [*forms["direct"], *self._acl_items(), *self._key_grants()]
        if not direct:
            return limited
        return Either((Some(group.policy_type, Bundle(direct)), limited))

    def _own(self) -> Node:
        """The principal's identity policies; the root user needs none."""
        if self.case.principal.kind == "root":
            return Fixed("identity", True, "the root user")
        return self._ceiling(self.plan.identity)

    def _limits(self) -> tuple[Node, ...]:
        """Boundary and session policies, the latter also for a root session that was assumed for a task.

        A federated user without a session policy may do nothing by itself.

        Source: IAM User Guide, "Policies and permissions in IAM", session policies.
        """
        kind = self.case.principal.kind
        boundary = None if kind == "root" else self.plan.boundary
        limits: list[Node] = [self._ceiling(group) for group in (boundary, self.plan.session) if group is not None]
        if kind == "federated-user" and self.plan.session is None:
            limits.append(Fixed("session", False, "a federated user without a session policy"))
        return tuple(limits)

    def _key_grants(self) -> Iterator[Item]:
        """Grants on the key. AWS KMS Developer Guide, "Grants in AWS KMS"."""
        operation = self.case.action.partition(":")[2]
        if not self.case.is_key or operation not in services.GRANT_OPERATIONS:
            return
        grants = self.plan.policies.grants
        if isinstance(grants, Unknown):
            yield Item(always, (Free("a grant on the key allows it"),), source="grant")
            return
        for grant in grants:
            if operation in (name.lower() for name in grant.operations):
                for found in named_by(grant.grantee, self.case.principal):
                    yield _grant_item(grant, found.given)

    def _acl_items(self, *, public_only: bool = False) -> Iterator[Item]:
        acl = self.plan.policies.acl
        if self.case.service != "s3" or not acl:
            return
        if isinstance(acl, Unknown):
            yield Item(always, (Free("an ACL allows it"),), source="acl")
            return
        for grant in acl:
            allowed = self.case.action in services.acl_actions(grant.permission, is_on_object=grant.is_on_object)
            if allowed and self._is_acl_grantee(grant.grantee, public_only):
                yield Item(always, (), source="acl")

    def _is_acl_grantee(self, grantee: str, public_only: bool) -> bool:
        if grantee in ("AllUsers", "AuthenticatedUsers"):
            is_reached = grantee == "AllUsers" or self.case.has_identity
            return is_reached and not self.plan.policies.public_access_block
        return not public_only and grantee == self.case.principal.canonical_id


def _grant_item(grant: KeyGrant, given: tuple[Clause, ...]) -> Item:
    test = always if grant.key == "*" else _is_key(grant.key)
    return Item(test, (EncryptionContext(grant), *given), source="grant")


def _is_key(key: str) -> ResourceTest:
    """The key by its ARN or by its id."""
    return lambda resource, facts: resource == key or resource.endswith(f":key/{key}")


def case_of(facts: RequestFacts, is_out_of_reach_of_rcps: bool) -> Case:
    """What the shape of a request depends on."""
    principal, action = facts.principal, facts.action
    is_key = action.startswith("kms:") and ":key/" in facts.resource
    return Case(
        principal,
        action,
        facts.owner == principal.account,
        facts.resource == "*",
        is_out_of_reach_of_rcps,
        is_key,
        ":role/" in facts.resource,
        principal.kind == "service" and is_role_of(principal, facts.resource),
    )


def is_role_of(service: Principal, resource: str) -> bool:
    """Whether the resource is a role that is linked to the service."""
    return f":role/aws-service-role/{service.name}/" in resource
