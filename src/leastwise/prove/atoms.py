"""Statements as tests that hold or not: one atom for each test, whichever statements share it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from leastwise.decide.facts import RequestFacts
from leastwise.decide.policies import Entry, ResourceClause
from leastwise.decide.shape import Item, always
from leastwise.language.conditions import Clause
from leastwise.language.context import Facts
from leastwise.language.matching import ResourcePattern
from leastwise.language.values import ValueSet
from leastwise.language.values.globs import Glob
from leastwise.language.values.steps import STAR
from leastwise.language.values.texts import Texts
from leastwise.language.variables import Variable, filled
from leastwise.model.request import Unknown
from leastwise.prove.written import RESOURCE, Test

Pins = Mapping[str, str | None]
"""Keys to the one value that they are taken to have, or None for absent: what policy variables are filled from."""

NO_PINS: Final[Pins] = {}


@dataclass(frozen=True, slots=True)
class Atom:
    """A test of one key, or of the resource, that holds or does not.

    `accepted` holds the single values that satisfy it; None when it is opaque, so that nothing is known of it but that
    it holds or not. `test` is None where no policy writes it, such as the unknown word of an unknown policy.
    """

    name: Hashable
    key: str = ""
    accepted: ValueSet | None = field(default=None, compare=False)
    clause: Clause | None = field(default=None, compare=False)
    test: Test | None = field(default=None, compare=False)
    variables: tuple[Variable, ...] = field(default=(), compare=False)
    widest: Texts | None = field(default=None, compare=False)
    told: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.told


class Atoms:
    """The atoms of the statements of one question, each once, under one choice of pins."""

    def __init__(self, pins: Pins = NO_PINS) -> None:
        self.pins = pins
        self._facts = Facts(pins, is_complete=False)
        self._known: dict[Hashable, Atom] = {}

    def of(self, item: Item) -> tuple[tuple[Atom, bool], ...] | None:
        """The literals that must all hold for the item to match; None when it never does."""
        found = tuple(self._literals(item))
        return None if None in found else found  # type: ignore[return-value]

    def __iter__(self) -> Iterator[Atom]:
        """The tests met so far."""
        return iter(list(self._known.values()))

    def variables(self) -> tuple[Variable, ...]:
        """The policy variables in the tests met so far."""
        return tuple(dict.fromkeys(v for atom in self._known.values() for v in atom.variables))

    def asked_of(self, key: str) -> Iterator[ValueSet]:
        """The sets of values that the tests met so far ask of a key."""
        return (atom.accepted for atom in self._known.values() if atom.key == key and atom.accepted is not None)

    def _literals(self, item: Item) -> Iterator[tuple[Atom, bool] | None]:
        entry = item.entry
        if entry is not None and entry.statement.has_resource and entry.resource is not always:
            yield from self._resource(item, entry)
        elif entry is None and item.resource is not always:
            name = ("resource of", item.source, id(item.resource))
            yield self._opaque(name, f"the resource of the {item.source}"), True
        for atom in item.atoms:
            if isinstance(atom, Clause):
                yield self._clause(atom), True
            elif not isinstance(atom, ResourceClause):
                yield self._opaque(("free", str(atom)), str(atom)), True

    def _resource(self, item: Item, entry: Entry) -> Iterator[tuple[Atom, bool] | None]:
        if item.asked is not None:
            if not entry.resource(item.asked, self._facts):
                yield None
            return
        statement = entry.statement
        if any(pattern.glob is not None and pattern.glob.steps == (STAR,) for pattern in entry.patterns):
            if statement.is_not_resource:
                yield None
            return
        yield self._resource_atom(entry), not statement.is_not_resource

    def _resource_atom(self, entry: Entry) -> Atom:
        policy, statement = entry.policy, entry.statement
        name = (RESOURCE, policy.kind, policy.has_variables, frozenset(statement.resources))
        found = self._known.get(name)
        if found is None:
            globs = [glob for pattern in entry.patterns for glob in self._globs(pattern)]
            known = [glob for glob in globs if glob is not None]
            is_opaque = len(known) < len(globs)
            accepted = None if is_opaque else Texts.globs(known)
            widest = Texts.globs([*known, *(p.widest() for p in entry.patterns if p.template)]) if is_opaque else None
            variables = tuple(dict.fromkeys(v for p in entry.patterns for v in p.variables))
            test = Test(RESOURCE, "Resource", statement.resources, policy.kind, policy.has_variables)
            told = f"Resource {', '.join(f'`{text}`' for text in statement.resources)}"
            found = Atom(name, RESOURCE, accepted, None, test, variables, widest, told)
            self._known[name] = found
        return found

    def _globs(self, pattern: ResourcePattern) -> Iterator[Glob | None]:
        """The pattern with its variables filled from the pins; None for what is not known, nothing for no match."""
        if pattern.glob is not None:
            yield pattern.glob
            return
        if not pattern.template:
            return
        steps = filled(pattern.template, self._facts, is_literal=pattern.has_literal_values)
        if steps is None:
            return
        yield None if isinstance(steps, Unknown) or pattern.is_account_open else Glob(steps)

    def _clause(self, clause: Clause) -> Atom:
        has_variables = clause.has_variables and any("${" in value for value in clause.values)
        name = (clause.operator.lower(), clause.key, frozenset(clause.values), has_variables)
        found = self._known.get(name)
        if found is None:
            accepted = clause.accepted_by(self._facts)
            known = None if isinstance(accepted, Unknown) else accepted
            test = Test(clause.key, clause.operator, clause.values, has_variables=has_variables)
            found = Atom(name, clause.key, known, clause, test, clause.variables, told=str(clause))
            self._known[name] = found
        return found

    def _opaque(self, name: Hashable, told: str) -> Atom:
        return self._known.setdefault(name, Atom(name, told=told))


def facts_of(atom: Atom, facts: RequestFacts) -> bool | None:
    """Whether the atom holds of a request; None when that is not known."""
    if atom.clause is not None:
        return atom.clause.check(facts)
    return None if atom.accepted is None else facts.resource in atom.accepted
