"""What may come of a request of which something is not known: every outcome that is possible, each with a way to it.

The unknown is settled statement by statement: a clause is assumed to hold and not to hold, as long as some value of its
key, or its absence, fits all that was assumed. So an outcome is named only when some completion gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product

import msgspec

from leastwise.decide.domains import absence_is_possible, domain_of
from leastwise.decide.facts import RequestFacts
from leastwise.decide.policies import Atom, ResourceClause
from leastwise.decide.shape import Item, Shape, matched
from leastwise.decide.theory import ABSENT, FRESH, Claim, State, state_of
from leastwise.language.conditions import Clause
from leastwise.language.context import Facts
from leastwise.language.values.globs import capture
from leastwise.language.values.steps import STAR, Steps
from leastwise.language.variables import Template, Variable
from leastwise.model.decision import Completion, Outcome
from leastwise.model.request import UNKNOWN, Request, Unknown
from leastwise.model.switches import Switches

_BUDGET = 4_000
"""Assumptions tried for one request before the search stops with what it found."""
_CAPTURES = 32
_COMBINATIONS = 128


@dataclass(slots=True)
class Search:
    """The outcomes found of those wanted, each with one completion; `is_complete` says that no other is possible."""

    wanted: frozenset[Outcome]
    found: dict[Outcome, Completion] = field(default_factory=dict)
    is_complete: bool = True
    left: int = _BUDGET

    @property
    def is_done(self) -> bool:
        """Whether all that can be conceived has been found."""
        return len(self.found) == len(self.wanted)


def completions(request: Request, shape: Shape, switches: Switches) -> Search:
    """Every outcome that some completion of the unknown gives."""
    facts = RequestFacts(request, switches)
    search = Search(shape.conceivable(matched, facts, facts.resource))
    for bound in _bindings(shape, facts, search):
        filled = msgspec.structs.replace(request, context={**request.context, **bound}) if bound else request
        _Walk(search, shape, RequestFacts(filled, switches), bound).go()
    search.is_complete = search.is_complete or search.is_done
    return search


class _Walk:
    """One search through the assumptions about clauses."""

    def __init__(self, search: Search, shape: Shape, facts: RequestFacts, bound: Mapping[str, str | None]) -> None:
        self.search = search
        self.shape = shape
        self.facts = facts
        self.bound = bound
        self.assumed: dict[Atom, bool] = {}
        self.keys: dict[str, list[Claim]] = {}
        self.open: Atom | None = None
        self.known: dict[frozenset[tuple[int, bool]], State] = {}

    def go(self) -> None:
        """Try each assumption about the first clause that is open, and so on."""
        self.search.left -= 1
        if self.search.left < 0:
            self.search.is_complete = False
            return
        self.open = None
        outcome, _ = self.shape.ask(self.match, self.facts, self.facts.resource)
        if outcome is not None:
            self._add(outcome)
            return
        self._branch(self.open)

    def _branch(self, atom: Atom | None) -> None:
        assert atom is not None  # an outcome is open only because of a clause
        for truth in (True, False):
            if not self.search.is_done and self._assume(atom, truth):
                self.go()
                self._retract(atom)

    def match(self, item: Item, facts: Facts) -> bool | None:
        """As `shape.matched`, with what is assumed."""
        is_open: Atom | None = None
        for atom in item.atoms:
            got = atom.check(facts)
            if got is None:
                got = self.assumed.get(atom)
            if got is False:
                return False
            if got is None and is_open is None:
                is_open = atom
        if is_open is None:
            return True
        self.open = self.open or is_open
        return None

    def _assume(self, atom: Atom, truth: bool) -> bool:
        if isinstance(atom, Clause):
            accepted = atom.accepted_by(self.facts)
            if not isinstance(accepted, Unknown):
                claims = self.keys.setdefault(atom.key, [])
                claims.append(Claim(atom, truth, accepted))
                if not self._state(atom.key).is_possible:
                    claims.pop()
                    return False
        self.assumed[atom] = truth
        return True

    def _retract(self, atom: Atom) -> None:
        del self.assumed[atom]
        if isinstance(atom, Clause) and self.keys.get(atom.key):
            self.keys[atom.key] = [claim for claim in self.keys[atom.key] if claim.clause is not atom]

    def _state(self, key: str) -> State:
        claims = self.keys[key]
        name = frozenset((id(claim.clause), claim.holds) for claim in claims)
        found = self.known.get(name)
        if found is None:
            may_be_absent = absence_is_possible(key, self.facts)
            found = state_of(claims, domain_of(key, self.facts), may_be_absent=may_be_absent)
            self.known[name] = found
        return found

    def _add(self, outcome: Outcome) -> None:
        if outcome in self.search.found:
            return
        told = {key: ABSENT if value is None else value for key, value in self.bound.items()}
        for key, claims in self.keys.items():
            if claims:
                told[claims[0].clause.written_key] = self._state(key).told
        for atom, truth in self.assumed.items():
            if not isinstance(atom, Clause) or isinstance(atom.accepted_by(self.facts), Unknown):
                told[str(atom)] = "yes" if truth else "no"
        self.search.found[outcome] = Completion(outcome, tuple(told.items()))


def _bindings(shape: Shape, facts: RequestFacts, search: Search) -> Iterator[dict[str, str | None]]:
    """Values for the unknown keys that stand as policy variables: those that would fit, none, and another.

    A variable that stands beside another unknown has no value that would fit; it keeps another value, and the search is
    not complete.
    """
    wanted: dict[str, dict[str | None, None]] = {}
    for item in _items(shape):
        for atom in item.atoms:
            for variable in atom.variables:
                if facts[variable.key] is UNKNOWN:
                    fitting = _fitting(atom, variable, facts)
                    if fitting is None:
                        search.is_complete = False
                    wanted.setdefault(variable.key, {}).update(dict.fromkeys(fitting or ()))
    for key, values in wanted.items():
        values.update(dict.fromkeys(_tested(shape, key, facts)))
        values[FRESH] = None
        if absence_is_possible(key, facts):
            values[None] = None
    combinations = product(*wanted.values())
    yield from (dict(zip(wanted, values, strict=True)) for values in islice(combinations, _COMBINATIONS))
    search.is_complete = search.is_complete and next(combinations, None) is None


def _items(shape: Shape) -> Iterator[Item]:
    yield from shape.denies.items
    for _, bundle in shape.bundles():
        yield from bundle.items


def _tested(shape: Shape, key: str, facts: RequestFacts) -> Iterator[str]:
    """Values that tell apart what clauses ask of the key itself."""
    for item in _items(shape):
        for atom in item.atoms:
            if isinstance(atom, Clause) and atom.key == key and atom.accepted is not None:
                yield from (*atom.accepted.members(2), *(~atom.accepted).members(2))


def _fitting(atom: Atom, variable: Variable, facts: RequestFacts) -> tuple[str, ...] | None:
    """Values of the variable that make the atom's text fit what the request holds; None when that is not known."""
    found: list[str] = []
    for steps, text in _texts(atom, facts):
        if text is None:
            return None
        if variable not in steps:
            continue
        place = steps.index(variable)
        captured = capture(_widened(steps[:place]), _widened(steps[place + 1 :]), text, _CAPTURES)
        if captured is None:
            return None
        found.extend(captured)
    return tuple(found)


def _widened(steps: Template) -> Steps:
    return tuple(STAR if isinstance(step, Variable) else step for step in steps)


def _texts(atom: Atom, facts: RequestFacts) -> Iterator[tuple[Template, str | None]]:
    if isinstance(atom, ResourceClause):
        yield from ((pattern.template, atom.asked(facts)) for pattern in atom.entry.patterns if pattern.template)
    elif isinstance(atom, Clause):
        value = facts[atom.key]
        texts = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else (None,)
        if value is None:
            return
        yield from ((steps, text) for steps in atom.templates for text in texts)
