"""Risk scenarios asked of everybody outside the organisation: what lets them at the resources of an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from msgspec import structs

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import Levels, PolicySet
from leastwise.decide.services import ROLE_ACTIONS
from leastwise.estate.assemble import Estate, service_of
from leastwise.estate.binding import binding_of, has_acl
from leastwise.estate.held import Resource
from leastwise.language.values.globs import glob_of
from leastwise.language.values.texts import Texts
from leastwise.model.decision import ALLOW
from leastwise.model.errors import RequestError
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import Principal, Request, Unknown
from leastwise.prove.accounts import EXAMPLE_ACCOUNT, OTHER_ACCOUNTS
from leastwise.prove.actions import action_index
from leastwise.prove.compare import ALL_RESOURCE, Comparison, Options, Side
from leastwise.prove.personas import Persona, outsiders
from leastwise.prove.written import RESOURCE
from leastwise.synthesize.guardrails.matrix import LAYERS, Answer, Row, Standing
from leastwise.synthesize.guardrails.reaching import Confirmed
from leastwise.synthesize.guardrails.resource_forms import bits_on, is_among, texts_on
from leastwise.synthesize.guardrails.risks import Risk
from leastwise.synthesize.guardrails.stops import (
    ALL,
    Found,
    Stops,
    Within,
    compared,
    spoken_by_levels,
    unbound_by_rcps,
)
from leastwise.synthesize.guardrails.witness_facts import known_of

OUTSIDE: Final = "anyone outside the organisation"
_EVERYONE: Final = {"AWS": ("*",)}
_NOT_THEIRS: Final = ("federated", "service")


@dataclass
class Outsiders:
    """The work on one estate, an account after the other; the accounts of an outsider allow whatever they like."""

    estate: Estate
    risks: Sequence[Risk]
    _cells: dict[tuple[object, ...], tuple[Stops, tuple[str, ...]]] = field(default_factory=dict)
    _limits: dict[str, PolicySet] = field(default_factory=dict)
    _found: dict[str, Sequence[Resource]] = field(default_factory=dict)

    def rows(self, accounts: Iterable[str]) -> Iterator[Row]:
        """A row for each account."""
        for account in accounts:
            yield Row(OUTSIDE, account, tuple(self._answer(risk, account) for risk in self.risks))

    @cached_property
    def inside(self) -> tuple[str, ...]:
        """The accounts that are not outside: the organisation's, and those of the snapshot."""
        of_trees = (node.id for tree in self.estate.trees for node in tree.organization.nodes if node.type == "account")
        return tuple(dict.fromkeys((*self.estate.snapshot.accounts, *of_trees)))

    @cached_property
    def stranger(self) -> Principal:
        """One of them."""
        number = next(one for one in (*OTHER_ACCOUNTS, EXAMPLE_ACCOUNT) if one not in self.inside)
        return Principal.of(f"arn:aws:iam::{number}:role/leastwise-example", canonical_id="leastwise-example")

    def _answer(self, risk: Risk, account: str) -> Answer:
        rcp, why = self._rcp(risk, account)
        let_in, witness, open_ = self._resources(risk, account, is_stopped=rcp == "all")
        resource: Stops = "part" if let_in else "unknown" if open_ else "all"
        told: dict[str, Stops] = {"rcp": rcp, "resource": resource, "endpoint": "no policy"}
        cells = tuple(told.get(layer, "does not bind") for layer in LAYERS)
        reasons = tuple(dict.fromkeys((*why, *open_)))
        if witness is not None:
            return Answer(cells, "gap", witness)
        return Answer(cells, _standing(rcp, resource), None, reasons)

    def _rcp(self, risk: Risk, account: str) -> tuple[Stops, tuple[str, ...]]:
        if self.estate.is_managing(account):
            return "does not bind", ()
        levels = self.estate.levels(account, "rcp")
        if levels is None:
            return "unknown", (f"RCPs of account {account}: they are not in the snapshot",)
        if not levels:
            return "no policy", ()
        held = [[one.policy for one in level.policies] for level in levels]
        key = (tuple(tuple(map(id, level)) for level in held), risk.name, self._number(held, account))
        found = self._cells.get(key)
        if found is None:
            found = self._cells[key] = self._asked_of_rcps(risk, account, held)
        return found

    def _number(self, held: Sequence[Sequence[Policy]], account: str) -> str:
        """The account, where one of the policies speaks of it."""
        return account if any(account in repr(policy) for level in held for policy in level) else ""

    def _asked_of_rcps(
        self, risk: Risk, account: str, levels: Sequence[Sequence[Policy]]
    ) -> tuple[Stops, tuple[str, ...]]:
        said = spoken_by_levels(levels, unbound_by_rcps())
        if not said.denied & risk.bits and not risk.bits & ~said.whole:
            return "nothing", ()
        alone = PolicySet(identity=ALL, resource=[ALL_RESOURCE], rcps=levels)
        bits = risk.bits
        found = self._difference(self._limit(risk), alone, account, bits)
        if found.witness is None:
            return ("all", ()) if found.is_none else ("unknown", found.why)
        wanted = replace(self._limit(risk), endpoint=[_as_endpoint(risk.wanted)])
        stopped = self._difference(alone, wanted, account, bits)
        if stopped.is_open:
            return "unknown", stopped.why
        return ("nothing" if stopped.is_none else "part"), ()

    def _limit(self, risk: Risk) -> PolicySet:
        if risk.name not in self._limits:
            limit = _as_endpoint(risk.limit)
            self._limits[risk.name] = PolicySet(identity=ALL, resource=[ALL_RESOURCE], endpoint=[limit])
        return self._limits[risk.name]

    def _difference(self, old: PolicySet, new: PolicySet, account: str, bits: int, within: Within = ()) -> Found:
        """Whether some outsider is allowed more by the new policies."""
        confined = (*self._of_outsiders(account), *within)
        options = Options(within=confined, first_gap_alone=True, owner=account)
        comparison = Comparison(Side(old), Side(new), options)
        entries = list(dict.fromkeys(entry for both in comparison.entries for entry in both))
        known = outsiders(entries, keys=comparison.keys, accounts=self.inside)
        named = self._named_otherwise(new)
        comparison.who = (*named, *(one for one in known if one.principal.kind not in _NOT_THEIRS))
        return compared(comparison, bits)

    def _named_otherwise(self, policies: PolicySet) -> tuple[Persona, ...]:
        """The outsiders whom no statement names, but a grant or an ACL of the resource does."""
        grants = () if isinstance(policies.grants, Unknown) else policies.grants
        acl = () if isinstance(policies.acl, Unknown) else policies.acl
        grantees = [one.grantee for one in grants if self._is_outside(one.grantee) and one.grantee.startswith("arn:")]
        owners = [one.grantee for one in acl if one.grantee not in _GROUPS]
        who = [*map(_principal, grantees), *(replace(self.stranger, canonical_id=one) for one in owners)]
        return tuple(Persona(f"`{one.arn}`", one) for one in who if one is not None)

    def _of_outsiders(self, account: str) -> Within:
        tree = self.estate.tree_of(account)
        if tree is None:
            return ()
        own = tree.organization.id
        return (
            ("aws:principalorgid", ~Texts.literals([own])),
            ("aws:principalorgpaths", ~Texts.globs([glob_of(f"{own}/*")])),
            ("aws:resourceorgid", Texts.literals([own])),
        )

    def _resources(self, risk: Risk, account: str, *, is_stopped: bool) -> tuple[bool, Request | None, tuple[str, ...]]:
        """Whether a resource lets somebody in, a request that all of the estate allows, and what is not known."""
        why = list(self._unread(risk, account))
        is_let_in = False
        for arn in self._open(risk, account):
            alone = self._there(risk, account, arn, ())
            why += alone.why
            if alone.witness is None:
                continue
            is_let_in = True
            if not is_stopped:
                found = self._there(risk, account, arn, None)
                if found.witness is not None:
                    return True, found.witness, tuple(why)
                why += found.why
        return is_let_in, None, tuple(why)

    def _there(self, risk: Risk, account: str, arn: str, rcps: Levels | None) -> Confirmed:
        """What of the scenario outsiders may do there; with `rcps` of None, under those that bind the account."""
        bits = bits_on(arn, risk.bits)
        action = next(action_index().actions(bits)).name
        binding = binding_of(self.estate, self.stranger, action, arn)
        policies = _of_stranger(binding.policies)
        if rcps is not None:
            policies = replace(policies, rcps=rcps)
        found = self._difference(self._limit(risk), policies, account, bits, ((RESOURCE, texts_on([arn])),))
        if found.witness is None:
            return Confirmed(is_none=found.is_none, why=(*found.why, *(binding.doubts if found.is_open else ())))
        return Confirmed(found.witness) if rcps is not None else self._confirmed(found.witness)

    def _confirmed(self, witness: Request) -> Confirmed:
        who = witness.principal
        assert isinstance(who, Principal)
        binding = binding_of(
            self.estate, who, witness.action, witness.resource, context=witness.context, is_complete=True
        )
        owner = binding.request.resource_account or witness.resource_account
        request = structs.replace(binding.request, resource_account=owner)
        outcome = evaluate(request, _of_stranger(binding.policies)).outcome
        if outcome is ALLOW:
            return Confirmed(known_of(request))
        return Confirmed(why=binding.doubts or (f"{witness.action} on {witness.resource} is {outcome}",))

    def _open(self, risk: Risk, account: str) -> Iterator[str]:
        """The resources of the account that may let somebody in from outside."""
        for one in self._opened(account):
            if bits_on(one.arn, risk.bits) and is_among(risk, one.arn):
                yield one.arn
        part = self.estate.snapshot.iam.get(account)
        for role in part.roles if part is not None and _is_of_roles(risk) else ():
            if self._lets_in(self.estate.documents.trust(role).policy) and is_among(risk, role.arn):
                yield role.arn

    @cached_property
    def _by_account(self) -> Mapping[str, Sequence[Resource]]:
        found: dict[str, list[Resource]] = {}
        for one in self.estate.resources.values():
            found.setdefault(one.account, []).append(one)
        return found

    def _opened(self, account: str) -> Sequence[Resource]:
        """The resources of the account that may let somebody in from outside."""
        if account not in self._found:
            held = self._by_account.get(account, ())
            self._found[account] = [one for one in held if not one.bucket and self._may_let_in(one)]
        return self._found[account]

    def _may_let_in(self, held: Resource) -> bool:
        policies = (self.estate.documents.of_resource(held, name) for name in held.policies)
        is_shared = bool(held.shared_with or held.grants or self.estate.shares_of(held.arn))
        has_other_ways = is_shared or (bool(held.acl) and has_acl(held)) or self.estate.is_any_grant_unread(held)
        is_unread = self.estate.unread_about(held.arn) is not None
        return has_other_ways or is_unread or any(one.open_keys or self._lets_in(one.policy) for one in policies)

    def _lets_in(self, policy: Policy) -> bool:
        return any(one.effect == "Allow" and self._names_others(one) for one in policy.statements)

    def _names_others(self, one: Statement) -> bool:
        named = (one.principals or {}).get("AWS", ())
        is_other = any(value == "*" or self._is_outside(value) for value in named)
        return one.is_not_principal or is_other or "CanonicalUser" in (one.principals or {})

    def _is_outside(self, named: str) -> bool:
        account = named.split(":")[4] if named.count(":") > _ARN_COLONS else named
        return account.isdigit() and account not in self.inside

    def _unread(self, risk: Risk, account: str) -> Iterator[str]:
        for one in self.estate.snapshot.not_read:
            if one.account in ("", account) and service_of(one.what) in risk.services:
                yield f"{one.what} was not read: {one.reason}"
        if _is_of_roles(risk) and not self.estate.is_read(account):
            yield f"roles of account {account}: they are not in the snapshot"


_ARN_COLONS: Final = 4
_GROUPS: Final = ("AllUsers", "AuthenticatedUsers", "LogDelivery")


def _principal(arn: str) -> Principal | None:
    try:
        return Principal.of(arn)
    except RequestError:
        return None


def _of_stranger(given: PolicySet) -> PolicySet:
    """The policies, where the stranger's own account allows whatever it likes."""
    return replace(given, identity=ALL, boundary=None, scps=())


def _is_of_roles(risk: Risk) -> bool:
    return any(name.lower() in ROLE_ACTIONS for name in risk.actions)


def _as_endpoint(policy: Policy) -> Policy:
    """The policy as one that limits whoever asks."""
    return replace(
        policy, kind="endpoint", statements=tuple(replace(one, principals=_EVERYONE) for one in policy.statements)
    )


def _standing(rcp: Stops, resource: Stops) -> Standing:
    stopping = [rcp, resource].count("all")
    if stopping:
        return "several layers" if stopping > 1 else "one layer"
    return "unknown" if "unknown" in (rcp, resource) else "together"
