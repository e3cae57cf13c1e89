"""The way of a request through everything that binds it, from the compiled policies to an outcome."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from leastwise.decide.binding import Plan, case_of, is_role_of
from leastwise.decide.completions import Search, completions
from leastwise.decide.facts import RequestFacts
from leastwise.decide.policies import PolicySet
from leastwise.decide.shape import Shape, matched
from leastwise.model.decision import DEPENDS, Outcome
from leastwise.model.errors import RequestError
from leastwise.model.request import Principal, Request
from leastwise.model.switches import Switches

_SHAPES = 50_000


class Bound:
    """A policy set compiled under one set of switches, with the shapes that requests have asked of it so far."""

    __slots__ = ("_asking", "_shapes", "plan")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._shapes: dict[tuple[str, int, bool, bool, bool, object], Shape] = {}
        self._asking: dict[int, Principal] = {}  # INVARIANT: keeps alive every principal whose id is in a key

    def shape(self, facts: RequestFacts, is_out_of_reach_of_rcps: bool) -> Shape:
        """The shape of the request, made when none like it was asked before."""
        principal, resource = facts.principal, facts.resource
        is_same_account = facts.owner == principal.account
        special: object = (":key/" in resource) + 2 * (":role/" in resource)
        if principal.kind == "service":
            special = special, is_role_of(principal, resource)
        key = (facts.action, id(principal), is_same_account, resource == "*", is_out_of_reach_of_rcps, special)
        found = self._shapes.get(key)
        return self._made(key, facts, is_out_of_reach_of_rcps) if found is None else found

    def _made(
        self, key: tuple[str, int, bool, bool, bool, object], facts: RequestFacts, is_out_of_reach_of_rcps: bool
    ) -> Shape:
        if ":" not in facts.action:
            raise RequestError(f"cannot make out the action `{facts.action}`", help="write `service:Action`")
        if len(self._shapes) >= _SHAPES:
            self._shapes.clear()
            self._asking.clear()
        self._asking[id(facts.principal)] = facts.principal
        shape = self._shapes[key] = self.plan.shape(case_of(facts, is_out_of_reach_of_rcps))
        return shape


def bound(policies: PolicySet, switches: Switches) -> Bound:
    """The policies compiled, once for each set of switches; sets of the same policies share what was made."""
    for known, found in policies.compiled:
        if known is switches or known == switches:
            return found  # type: ignore[return-value]
    key, held = (policies.identities(), switches), policies.held()
    kept = _BOUNDS.get(key)
    if kept is None:
        if len(_BOUNDS) >= _MOST_BOUNDS:
            _BOUNDS.clear()
        kept = _BOUNDS[key] = (Bound(Plan(policies, switches)), held)
    policies.compiled.append((switches, kept[0]))
    return kept[0]


def reads_alike(policies: PolicySet, one: Switches, other: Switches) -> bool:
    """Whether the policies mean the same under both sets of switches for certain.

    A switch that bears on how policy types combine, or on the facts of a request, is one that they may turn on.
    """
    if any(getattr(one, name) != getattr(other, name) for name in _BEYOND_STATEMENTS):
        return False
    entries = (bound(policies, switches).plan.entries() for switches in (one, other))
    return all(first.reads_as(second) for first, second in zip(*entries, strict=True))


_BEYOND_STATEMENTS = ("star_bypasses_ceilings", "rcp_on_star", "fas_keeps_source_ip")


_BOUNDS: dict[tuple[Hashable, Switches], tuple[Bound, tuple[object, ...]]] = {}
"""INVARIANT: each holds the policies whose identities are in its key, so that none is taken for another."""
_MOST_BOUNDS = 1_024


@dataclass(frozen=True, slots=True)
class Settled:
    """An outcome, the policy type that did not allow in an implicit deny, and the search when something was open."""

    outcome: Outcome
    label: str = ""
    search: Search | None = None


def settle(request: Request, policies: PolicySet, switches: Switches) -> Settled:
    """The outcome of the request: DEPENDS only where two completions of what is unknown give two outcomes."""
    facts = RequestFacts(request, switches)
    shape = bound(policies, switches).shape(facts, request.is_out_of_reach_of_rcps)
    outcome, label = shape.ask(matched, facts, facts.resource)
    return Settled(outcome, label) if outcome is not None else searched(request, shape, switches)


def searched(request: Request, shape: Shape, switches: Switches) -> Settled:
    """The outcome of a request that is open at first sight."""
    search = completions(request, shape, switches)
    if search.is_complete and len(search.found) == 1:
        (only,) = search.found
        return Settled(only, search=search)
    return Settled(DEPENDS, search=search)
