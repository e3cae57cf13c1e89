"""Policies that are to be tried: where they take their place, and what decides for whom once they have."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal

from leastwise.decide.policies import Entry, Levels, PolicySet, entries_of
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import Binding, binding_of, has_account, organization_keys
from leastwise.language.matching import names_action
from leastwise.language.variables import Variable
from leastwise.model.errors import InputError
from leastwise.model.policy import Kind, Policy, Statement
from leastwise.model.request import ContextValue, Principal, Unknown
from leastwise.model.switches import DEFAULT
from leastwise.synthesize.one_version import with_variables

Ceiling = Literal["scp", "rcp"]
_CEILINGS: Final[tuple[Ceiling, ...]] = ("scp", "rcp")
_EVERYTHING: Final = Statement(None, ("*",), ("*",))
_NOTHING: Final = Statement(None, ("leastwise:Nothing",), ("*",))
"""What stands where a statement was, so that the others keep their numbers."""

_ALL: Final = Policy((_EVERYTHING,), name="all that is not tried")
_BOUND_BY_SCPS: Final = ("user", "role", "root", "federated-user")


@dataclass(frozen=True, slots=True)
class Placed:
    """An SCP or RCP and where it is put: at every account, at a node, or in the place of one that is attached.

    `target` is empty, the id or name of a node, or the id or name of a policy of the organisation. `instead_of` is the
    id or name of a policy whose place it takes at the node alone.
    """

    policy: Policy
    target: str = ""
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is to be tried; a type that is None or empty stays as it is."""

    identity: tuple[Policy, ...] | None = None
    boundary: Policy | None = None
    scps: tuple[Placed, ...] = ()
    rcps: tuple[Placed, ...] = ()

    @property
    def is_of_ceilings_alone(self) -> bool:
        """Whether only policies are tried that no other policy can make up for."""
        return self.identity is None and self.boundary is None

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Every policy that is tried."""
        boundary = () if self.boundary is None else (self.boundary,)
        return (*(self.identity or ()), *boundary, *(one.policy for one in (*self.scps, *self.rcps)))

    @property
    def types(self) -> tuple[Kind, ...]:
        """The policy types that are tried."""
        tried = (self.identity is not None, self.boundary is not None, bool(self.scps), bool(self.rcps))
        kinds: tuple[Kind, ...] = ("identity", "boundary", "scp", "rcp")
        return tuple(kind for kind, is_tried in zip(kinds, tried, strict=True) if is_tried)


@dataclass
class Trial:
    """A candidate put into an estate, or tried by itself where there is none."""

    candidate: Candidate
    estate: Estate | None = None
    _alone: dict[object, PolicySet | None] = field(default_factory=dict)
    _derived: dict[tuple[str, str], Mapping[str, ContextValue]] = field(default_factory=dict)
    _kept: dict[tuple[str, str], bool] = field(default_factory=dict)
    _pairs: dict[object, tuple[PolicySet | None, PolicySet | None]] = field(default_factory=dict)
    _levels: dict[tuple[str, Ceiling], tuple[_Level, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.estate is not None:
            for kind in _CEILINGS:
                for one in self._placed(kind):
                    self._check(one, kind, self.estate)

    def _check(self, one: Placed, kind: Ceiling, estate: Estate) -> None:
        if one.target and one.target not in _names_in(estate, kind):
            raise InputError(
                f"there is no `{one.target}` in the organisation to try `{one.policy.name}` at",
                help="give the id or name of a root, OU or account, or of an attached policy whose place it takes",
            )
        if one.instead_of and one.instead_of not in _attached_at(estate, kind, one.target):
            raise InputError(
                f"there is no `{one.instead_of}` attached to `{one.target}`",
                help=f"`leastwise {kind} tree` lists what is attached where",
            )

    def alone(self, who: Principal, owner: str) -> PolicySet | None:
        """What of the candidate bears on a request that was allowed, all else letting it through.

        It was allowed, so that no policy that stays denied it, and each policy type that stays let it through. A Deny
        that stays is therefore left out, and Allows that all stay are taken to allow. None where the candidate does
        not bind the principal.
        """
        is_shared = self.candidate.is_of_ceilings_alone
        key = (who.account if is_shared else who.arn, who.kind in _BOUND_BY_SCPS, owner)
        if key not in self._alone:
            self._alone[key] = self._made(who, owner)
        return self._alone[key]

    def keeps(self, who: Principal, action: str) -> bool:
        """Whether the identity policies, which alone are tried, allow the action as today's do, and deny no more of it.

        A request that was allowed stays so, whatever it turned on.
        """
        tried = self.candidate.identity
        if tried is None or self.candidate.types != ("identity",):
            return False
        key = (who.arn, action)
        if key not in self._kept:
            before, after = _about(self._today(who), action), _about(tried, action)
            is_allowed = any(effect == "Allow" for effect, _ in before)
            lost = {one for one in before - after if one[0] == "Allow"}
            more = {one for one in after - before if one[0] == "Deny"}
            self._kept[key] = is_allowed and not lost and not more
        return self._kept[key]

    def ceilings(self, who: Principal, owner: str) -> tuple[PolicySet | None, PolicySet | None]:
        """The SCPs and RCPs that bind the request where the candidate changes some, before and after."""
        key = ("ceilings", who.account, who.kind in _BOUND_BY_SCPS, owner)
        if key not in self._pairs:
            self._pairs[key] = self._ceilings(who, owner)
        return self._pairs[key]

    def _ceilings(self, who: Principal, owner: str) -> tuple[PolicySet | None, PolicySet | None]:
        scps = self.levels(who.account, "scp") if who.kind in _BOUND_BY_SCPS else ()
        rcps = self.levels(owner or who.account, "rcp")
        if not any(one.before != one.after for one in (*scps, *rcps)):
            return None, None
        leaving = [_LETTING_IN]
        return (
            PolicySet((_ALL,), resource=leaving, scps=[one.before for one in scps], rcps=[one.before for one in rcps]),
            PolicySet((_ALL,), resource=leaving, scps=[one.after for one in scps], rcps=[one.after for one in rcps]),
        )

    def _made(self, who: Principal, owner: str) -> PolicySet | None:
        tried = self.candidate
        identity = (_ALL,) if tried.identity is None else tuple(_left(self._today(who), tried.identity))
        scps = self._tried(who.account, "scp") if who.kind in _BOUND_BY_SCPS else []
        rcps = self._tried(owner or who.account, "rcp")
        if tried.is_of_ceilings_alone and not scps and not rcps:
            return None
        leaving = [_LETTING_IN if tried.is_of_ceilings_alone else _leaving(who.account)]
        return PolicySet(identity=identity, boundary=tried.boundary, resource=leaving, scps=scps, rcps=rcps)

    def _today(self, who: Principal) -> tuple[Policy, ...]:
        holder = self.estate.holder(who) if self.estate else None
        if self.estate is None or holder is None:
            return ()
        return tuple(one.policy for one in self.estate.identity(holder))

    def _tried(self, account: str, kind: Ceiling) -> list[Sequence[Policy]]:
        """The levels of the account that the candidate changes, without what stays."""
        changed = (one for one in self.levels(account, kind) if one.before != one.after)
        return [tuple(_left(one.before, one.after)) for one in changed]

    def levels(self, account: str, kind: Ceiling) -> tuple[_Level, ...]:
        """The levels of the account before and after, from the root; where it has none, those that are tried."""
        key = (account, kind)
        if key not in self._levels:
            self._levels[key] = self._levels_of(account, kind)
        return self._levels[key]

    def _levels_of(self, account: str, kind: Ceiling) -> tuple[_Level, ...]:
        placed = self._placed(kind)
        known = self.estate.levels(account, kind) if self.estate else None
        if not known:
            at_all = [one.policy for one in placed if one.target in ("", account)]
            return tuple(_Level((), (policy, *_beside(policy))) for policy in at_all)
        found = []
        for level in known:
            before = tuple(one.policy for one in level.policies)
            names = {level.node, level.name, level.name.partition("/")[2]}
            names |= {"", account} if level is known[-1] else set()
            found.append(_Level(before, tuple(_put(before, placed, names))))
        return tuple(found)

    def _placed(self, kind: Ceiling) -> tuple[Placed, ...]:
        return self.candidate.scps if kind == "scp" else self.candidate.rcps

    def whole(
        self, who: Principal, action: str, resource: str, context: Mapping[str, ContextValue]
    ) -> tuple[Binding, PolicySet]:
        """Everything that binds the request today, and the policies with the candidate in its place."""
        assert self.estate is not None
        binding = binding_of(self.estate, who, action, resource, context=context)
        given, candidate = binding.policies, self.candidate
        owner = self.estate.owner(resource) or who.account
        return binding, replace(
            given,
            identity=given.identity if candidate.identity is None else candidate.identity,
            boundary=given.boundary if candidate.boundary is None else candidate.boundary,
            scps=self._after(given.scps, who.account, "scp") if who.kind in _BOUND_BY_SCPS else given.scps,
            rcps=self._after(given.rcps, owner, "rcp"),
        )

    def _after(self, given: Levels, account: str, kind: Ceiling) -> Levels:
        return [one.after for one in self.levels(account, kind)] if self._placed(kind) else given

    @cached_property
    def keys(self) -> frozenset[str]:
        """The context keys, in lower case, that the candidate and what it stands beside read."""
        return frozenset(key for policy in self._read for key in keys_of(policy))

    @cached_property
    def reads_principals(self) -> bool:
        """Whether the answer may differ from one principal of an account to another."""
        if not self.candidate.is_of_ceilings_alone or self.candidate.rcps:
            return True
        return any(key.startswith("aws:principal") or key in _OF_PRINCIPALS for key in self.keys)

    @cached_property
    def reads_owners(self) -> bool:
        """Whether the answer may turn on whose a resource is, or on its tags."""
        reads_tags = any(key.startswith("aws:resourcetag/") for key in self.keys)
        return bool(self.candidate.rcps) or reads_tags or not self.keys.isdisjoint(_OF_OWNERS)

    def derived(self, who: Principal, owner: str) -> Mapping[str, ContextValue]:
        """The context keys that the organisation tree tells."""
        key = (who.account if has_account(who) else "", owner)
        if key not in self._derived:
            self._derived[key] = organization_keys(self.estate, who, owner or None) if self.estate else {}
        return self._derived[key]

    def scoped(self, actions: Iterable[str]) -> frozenset[str] | None:
        """Those of the actions, in lower case, whose resources bear on the answer; None for all of them."""
        if self.reads_owners:
            return None
        narrow = [
            entry
            for policy in self._read
            for entry in compiled(policy)
            if entry.statement.is_not_resource or "*" not in entry.statement.resources
        ]
        return frozenset(name for name in map(str.lower, actions) if any(entry.names(name) for entry in narrow))

    @cached_property
    def _read(self) -> tuple[Policy, ...]:
        """The candidate, and every policy of a level that it changes."""
        found = {id(one): one for one in self.candidate.policies}
        accounts = self.estate.snapshot.accounts if self.estate else ()
        for kind in _CEILINGS:
            for account in accounts if self._placed(kind) else ():
                changed = (level for level in self.levels(account, kind) if level.before != level.after)
                found.update((id(one), one) for level in changed for one in (*level.before, *level.after))
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Level:
    before: tuple[Policy, ...]
    after: tuple[Policy, ...]


_OF_OWNERS: Final = frozenset(
    {"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"}
)
_OF_PRINCIPALS: Final = ("aws:username", "aws:userid", "aws:federatedprovider", "aws:sourceidentity")


_LETTING_IN: Final = Policy((replace(_EVERYTHING, principals={"AWS": ("*",)}),), "resource", name="whatever let it in")
"""A resource's policy for a request that was let in, when only ceilings are tried."""


def _leaving(account: str) -> Policy:
    """The policy of a resource that leaves it to the principal's account."""
    return Policy((replace(_EVERYTHING, principals={"AWS": (account,)}),), "resource", name="the account")


def _names_in(estate: Estate, kind: Ceiling) -> Iterator[str]:
    """What a policy of the type can be put at, or in the place of."""
    for tree in estate.trees:
        for node in tree.organization.nodes:
            yield from (node.id, node.name, f"{node.type}/{node.name or node.id}")
        for policy in tree.organization.policies:
            if policy.type == kind:
                yield from (policy.id, policy.name)


def _attached_at(estate: Estate, kind: Ceiling, target: str) -> Iterator[str]:
    """The ids and names of the policies of the type at the node itself."""
    for tree in estate.trees:
        for node in tree.organization.nodes:
            if target in (node.id, node.name, f"{node.type}/{node.name or node.id}"):
                for parsed in tree.attached(node, kind):
                    yield from _titles(parsed.policy)


def _put(before: tuple[Policy, ...], placed: Sequence[Placed], names: set[str]) -> Iterator[Policy]:
    """The policies of a level with those that are tried in their places."""
    here = [one for one in placed if one.target in names]
    for policy in before:
        titles = _titles(policy)
        taken = [one.policy for one in placed if one.target and one.target in titles]
        taken += [one.policy for one in here if one.instead_of and one.instead_of in titles]
        yield from taken or (policy,)
    yield from (one.policy for one in here if not one.instead_of)


def _titles(policy: Policy) -> tuple[str, ...]:
    """The name and the id of a policy of an organisation, which together are what it is called."""
    name, found, rest = policy.name.rpartition(" (")
    return (name, rest.removesuffix(")")) if found else (policy.name,)


def _beside(policy: Policy) -> tuple[Policy, ...]:
    """What stands beside a policy that only denies, which would let nothing through by itself."""
    if policy.kind == "rcp":  # it is attached wherever RCPs are on, and cannot be detached
        return (replace(_ALL, statements=(_for_everyone("rcp"),), kind="rcp", name="RCPFullAWSAccess"),)
    has_allow = any(one.effect == "Allow" for one in policy.statements)
    return () if has_allow else (replace(_ALL, kind=policy.kind, name="FullAWSAccess"),)


def _left(before: Sequence[Policy], after: Sequence[Policy]) -> Iterator[Policy]:
    """The new policies of a type without what the old ones had, when the old ones let the request through."""
    before, after = tuple(map(with_variables, before)), tuple(map(with_variables, after))
    had = {_bare(one) for policy in before for one in policy.statements}
    allowed = {_bare(one) for policy in before for one in policy.statements if one.effect == "Allow"}
    allows = {_bare(one) for policy in after for one in policy.statements if one.effect == "Allow"}
    is_allowed_still = bool(before) and allowed <= allows
    if is_allowed_still:
        kind = before[0].kind
        yield replace(_ALL, statements=(_for_everyone(kind),), kind=kind)
    for policy in after:
        settled = (is_allowed_still if one.effect == "Allow" else _bare(one) in had for one in policy.statements)
        kept = (_NOTHING if is_so else one for one, is_so in zip(policy.statements, settled, strict=True))
        yield replace(policy, statements=tuple(kept))


def _for_everyone(kind: Kind) -> Statement:
    return _EVERYTHING if kind != "rcp" else replace(_EVERYTHING, principals={"AWS": ("*",)})


def _about(policies: Iterable[Policy], action: str) -> set[tuple[str, Hashable]]:
    """What the statements about the action say of it: each one's effect, resources and conditions."""
    plain = (
        replace(one, actions=(action,), is_not_action=False)
        for policy in map(with_variables, policies)
        for one in policy.statements
        if names_action(one, action.lower())
    )
    return {(one.effect, _bare(one)) for one in plain}


def _bare(one: Statement) -> Hashable:
    """The statement as it is compared: without its Sid and place, whatever the order of its lists."""
    blocks = ((operator, key, values) for operator, block in one.conditions.items() for key, values in block.items())
    named = None if one.principals is None else frozenset((k, frozenset(v)) for k, v in one.principals.items())
    return (
        one.effect,
        (one.is_not_action, frozenset(map(str.lower, one.actions))),
        (one.is_not_resource, frozenset(one.resources)),
        (one.is_not_principal, named),
        frozenset((operator, key.lower(), frozenset(values)) for operator, key, values in blocks),
    )


def keys_of(policy: Policy) -> frozenset[str]:
    """The context keys, in lower case, that the policy reads, in conditions and as policy variables."""
    found: set[str] = set()
    for entry in compiled(policy):
        variables = (*(v for clause in entry.clauses for v in clause.variables), *_of_patterns(entry))
        found |= {clause.key for clause in entry.clauses} | {variable.key for variable in variables}
    return frozenset(found)


def _of_patterns(entry: Entry) -> Iterator[Variable]:
    return (variable for pattern in entry.patterns for variable in pattern.variables)


def compiled(policy: Policy) -> tuple[Entry, ...]:
    """The statements of the policy, ready to be asked."""
    found = entries_of(policy, policy.kind, DEFAULT)
    assert not isinstance(found, Unknown)
    return found
