"""Whether a formula over tests can be true of a request: a SAT search whose models are tried key by key.

A model that no request can have teaches a lemma, the claims that clash, and the search goes on. What it takes is
counted in steps, not in time, so that the answer is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from leastwise.language.conditions import Clause, clauses_of
from leastwise.language.variables import Variable
from leastwise.prove.atoms import Atom
from leastwise.prove.axioms import Axiom
from leastwise.prove.formula import FALSE, TRUE, Formula
from leastwise.prove.sat import Solver
from leastwise.prove.theories import Claim, Clash, Possible, Unsettled, Value, bucket_of, settle
from leastwise.prove.world import World
from leastwise.prove.written import RESOURCE, Test

CONFLICTS: Final = 30_000
"""Conflicts of the SAT search that one class may take."""
ROUNDS: Final = 3_000
"""Models that one class may try."""
UNSETTLED: Final = 2
"""Questions about one key that may turn out too hard before a class is given up."""


@dataclass(frozen=True, slots=True)
class Lemma:
    """Claims of one key that clash, given the axioms named; `clause` is the same over the formula's variables."""

    clause: tuple[int, ...]
    core: tuple[Claim, ...]
    axioms: frozenset[str]

    @property
    def is_of_any_action(self) -> bool:
        """Whether it rests on nothing that differs between actions."""
        return not self.axioms & _OF_ACTIONS


_OF_ACTIONS: Final = frozenset({"resources", "sent-keys", "always-sent", "resource-account"})


@dataclass(frozen=True, slots=True)
class Refuted:
    """No request makes the formula true; `axioms` are those that this rests on."""

    axioms: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Model:
    """Claims that make the formula true, and for each key a value that makes its claims true.

    Opaque atoms of which more would have to be known are in `opaque`.
    """

    claims: tuple[Claim, ...]
    values: Mapping[str, Value]
    opaque: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Undecided:
    """It is not known whether a request makes the formula true; `why` says what was not settled."""

    why: tuple[str, ...]


Answer = Refuted | Model | Undecided


@dataclass(frozen=True, slots=True)
class Outside:
    """A solver that is asked what is too hard here: whether claims of one key cannot all be true in a world."""

    name: str
    refutes: Callable[[Sequence[Claim], World], bool]


@dataclass(slots=True)
class Meter:
    """What the searches of one question took: `by_solver` are the lemmas that a solver had to show."""

    by_solver: int = 0


@dataclass(slots=True)
class Search:
    """One formula in one world, asked until it is refuted or its models are no longer wanted.

    When it is tagged, a refutation names the axioms that it rests on; otherwise its trace is over the formula alone.
    It may begin with lemmas that are known to hold in its world.
    """

    formula: Formula
    new: int
    old: int
    world: World
    lemmas: list[Lemma] = field(default_factory=list)
    axiom_clauses: list[tuple[Axiom | None, tuple[int, ...]]] = field(default_factory=list)
    selectors: dict[str, int] = field(default_factory=dict)
    doubts: dict[str, None] = field(default_factory=dict)
    is_tagged: bool = True
    solver: Solver | None = None
    left: int = ROUNDS
    unsettled: int = 0
    outside: Outside | None = None
    meter: Meter = field(default_factory=Meter)

    def next(self) -> Answer:
        """The next model, or that there is none."""
        if self.new == FALSE or self.old == TRUE or self.new == self.old:
            return Refuted()
        solver = self.solver or self._begin()
        while self.left > 0 and self.unsettled < UNSETTLED and solver.conflicts <= CONFLICTS:
            self.left -= 1
            answer = solver.solve(list(self.selectors.values()), budget=CONFLICTS)
            if answer is None:
                break
            if answer is False:
                return self._refuted(solver)
            model = self._tried(solver)
            if model is not None:
                return model
        return Undecided(tuple(self.doubts) or ("the search took more steps than it may",))

    def coarsest(self, model: Model) -> tuple[Model, Model]:
        """The fewest claims of the model that make the formula true, and these with what ties keys to each other."""
        solver = Solver()
        for _ in range(self.formula.count):
            solver.new_var()
        known = [*self.formula.clauses, *(lemma.clause for lemma in self.lemmas)]
        for clause in (*known, *(clause for _, clause in self.axiom_clauses), (-self.new, self.old)):
            solver.add(clause)
        needed = {self._literal(claim): claim for claim in model.claims}
        if solver.solve(list(needed), budget=CONFLICTS) is not False:
            return model, model
        kept = [literal for literal in needed if literal in set(solver.core)]
        for literal in list(kept):
            rest = [one for one in kept if one != literal]
            if solver.solve(rest, budget=CONFLICTS) is False:
                kept = [one for one in rest if one in set(solver.core)]
        tied = {literal for _, clause in self.axiom_clauses for literal in clause}
        told = self._with_values([needed[literal] for literal in kept])
        asked = self._with_values([claim for literal, claim in needed.items() if literal in {*kept, *tied}])
        return (told, asked) if told and asked else (model, model)

    def _with_values(self, claims: Sequence[Claim]) -> Model | None:
        values: dict[str, Value] = {}
        for key, several in _by_bucket(claims).items():
            found = settle(key, several, self.world)
            if not isinstance(found, Possible):
                return None
            values[key] = found.value
        return Model(tuple(claims), values)

    def block(self, model: Model, why: str) -> None:
        """Do not come back to this model, of which it could not be told whether a request has it."""
        self.doubts[why] = None
        assert self.solver is not None
        claims = (*model.claims, *model.opaque)
        self.solver.add(-self._literal(claim) for claim in claims)

    def _refuted(self, solver: Solver) -> Answer:
        if self.doubts:
            return Undecided(tuple(self.doubts))
        needed = set(solver.core)
        return Refuted(frozenset(name for name, variable in self.selectors.items() if variable in needed))

    def _begin(self) -> Solver:
        formula = self.formula
        self.axiom_clauses = list(_between_keys(formula, self.world))
        solver = self.solver = Solver()
        for _ in range(formula.count):
            solver.new_var()
        for clause in formula.clauses:
            solver.add(clause)
        solver.add((self.new,))
        solver.add((-self.old,))
        for axiom, clause in self.axiom_clauses:
            solver.add((*clause, *self._tags((axiom,) if axiom else ())))
        for lemma in self.lemmas:
            solver.add((*lemma.clause, *self._tags(sorted(lemma.axioms))))
        return solver

    def _tags(self, axioms: Iterable[str]) -> list[int]:
        """What a clause that rests on axioms has besides."""
        return [-self._selector(axiom) for axiom in axioms] if self.is_tagged else []

    def _selector(self, axiom: str) -> int:
        found = self.selectors.get(axiom)
        if found is None:
            assert self.solver is not None
            found = self.selectors[axiom] = self.solver.new_var()
        return found

    def _literal(self, claim: Claim) -> int:
        variable = self.formula.variable_of[claim.atom]
        return variable if claim.holds else -variable

    def _tried(self, solver: Solver) -> Model | None:
        """The model with its values; None after a lemma was learned."""
        claims = [Claim(self.formula.atom_of[abs(literal)], literal > 0) for literal in self._needed(solver)]
        buckets = _by_bucket(claim for claim in claims if claim.atom.accepted is not None)
        values: dict[str, Value] = {}
        is_new = False
        for key, several in buckets.items():
            found = settle(key, several, self.world)
            if isinstance(found, Possible):
                values[key] = found.value
                continue
            is_new = True
            if isinstance(found, Clash):
                self._learn(found)
            else:
                self._doubt(found, several)
        if is_new:
            return None
        opaque = tuple(claim for claim in claims if claim.atom.accepted is None)
        return Model(tuple(claim for claim in claims if claim.atom.accepted is not None), values, opaque)

    def _learn(self, clash: Clash) -> None:
        clause = tuple(-self._literal(claim) for claim in clash.core)
        self.lemmas.append(Lemma(clause, clash.core, clash.axioms))
        assert self.solver is not None
        self.solver.add((*clause, *self._tags(sorted(clash.axioms))))

    def _doubt(self, found: Unsettled, claims: Sequence[Claim]) -> None:
        if self.outside is not None and self.outside.refutes(claims, self.world):
            self.meter.by_solver += 1
            self._learn(Clash(tuple(claims), self.world.axioms))
            return
        self.doubts[f"`{found.key}`: {found.why}"] = None
        self.unsettled += 1
        assert self.solver is not None
        self.solver.add(-self._literal(claim) for claim in claims)

    def _needed(self, solver: Solver) -> list[int]:
        """Literals of atoms, true in the model, that make the formula true by themselves."""
        parts_of = self.formula.parts_of
        found: dict[int, None] = {}
        put_off: list[int] = []
        todo = [self.new, -self.old, *(_chosen(clause, solver) for _, clause in self.axiom_clauses)]
        while todo or put_off:
            literal = todo.pop() if todo else put_off.pop()
            parts = parts_of.get(abs(literal))
            if parts is None:
                if abs(literal) != TRUE:
                    found[literal] = None
            elif literal > 0:
                todo.extend(parts)
            elif todo:
                put_off.append(literal)
            elif not any(-part in found for part in parts):
                todo.append(-self._falsified(parts, solver))
        return list(found)

    def _falsified(self, parts: Sequence[int], solver: Solver) -> int:
        """A part that the model makes false, an atom if there is one, of the resource if there is one."""
        parts_of = self.formula.parts_of
        false = [part for part in parts if not solver.value(part)]
        return min(false, key=lambda part: (abs(part) in parts_of, not self._is_of_resource(part), part))

    def _is_of_resource(self, part: int) -> bool:
        atom = self.formula.atom_of.get(abs(part))
        return atom is not None and atom.key == RESOURCE


def _by_bucket(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    buckets: dict[str, list[Claim]] = {}
    for claim in claims:
        buckets.setdefault(bucket_of(claim.atom), []).append(claim)
    return buckets


def _chosen(clause: Sequence[int], solver: Solver) -> int:
    return next(literal for literal in clause if solver.value(literal))


def _between_keys(formula: Formula, world: World) -> Iterator[tuple[Axiom | None, tuple[int, ...]]]:
    """Clauses that tie keys to each other, for the keys that the formula speaks of."""
    atoms = list(formula.variable_of)
    for atom in atoms:
        if atom.widest is not None:
            yield None, (-formula.atom(atom), formula.atom(_widest(atom)))
    keys = {atom.key for atom in atoms}
    if "request-tags" in world.axioms and "aws:tagkeys" in keys:
        yield from _request_tags(formula, keys)
    if "network" in world.axioms and "aws:sourceip" in keys:
        for other in ("aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip"):
            if other in keys:
                yield "network", (-formula.atom(presence("aws:sourceip")), -formula.atom(presence(other)))
    if "mfa" in world.axioms and {"aws:multifactorauthage", "aws:multifactorauthpresent"} <= keys:
        is_true = _atom_of(("Bool", "aws:multifactorauthpresent", "true"))
        yield "mfa", (-formula.atom(presence("aws:multifactorauthage")), formula.atom(is_true))


def _request_tags(formula: Formula, keys: set[str]) -> Iterator[tuple[Axiom | None, tuple[int, ...]]]:
    for key in sorted(keys):
        if key.startswith("aws:requesttag/"):
            tag = key.partition("/")[2]
            is_there = formula.atom(presence(key))
            is_listed = formula.atom(_atom_of(("ForAnyValue:StringEqualsIgnoreCase", "aws:tagkeys", tag)))
            yield "request-tags", (-is_there, is_listed)
            yield "request-tags", (is_there, -is_listed)


def presence(key: str) -> Atom:
    """That the key is there, with any value at all."""
    return _atom_of(("StringLike", key, "*"))


@lru_cache(maxsize=4096)
def _atom_of(written: tuple[str, str, str]) -> Atom:
    operator, key, value = written
    (clause,) = clauses_of({operator: {key: (value,)}}, has_variables=False)
    return atom_of(clause)


def atom_of(clause: Clause) -> Atom:
    """The atom of a clause without variables."""
    name = (clause.operator.lower(), clause.key, frozenset(clause.values), False)
    test = Test(clause.key, clause.operator, clause.values, has_variables=False)
    return Atom(name, clause.key, clause.accepted, clause, test, told=str(clause))


def _widest(atom: Atom) -> Atom:
    """The resource fits the pattern with anything in the place of its variables."""
    assert atom.test is not None
    values = tuple(_starred(text, atom.variables) for text in atom.test.values)
    test = Test(RESOURCE, "Resource", values, atom.test.kind, atom.test.has_variables)
    name = (RESOURCE, test.kind, test.has_variables, frozenset(values))
    return Atom(name, RESOURCE, atom.widest, None, test, told=f"Resource {', '.join(f'`{v}`' for v in values)}")


def _starred(text: str, variables: Sequence[Variable]) -> str:
    for variable in variables:
        text = text.replace(variable.text, "*")
    return text
