"""Whether two policy documents of one type mean the same for every request.

Their normal forms are compared first. Where these differ, a request is looked for on which the documents differ: any
action, resource, principal and context. When there is none, they are equivalent.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from leastwise.decide.theory import Claim, state_of
from leastwise.language.conditions import Clause, clauses_of
from leastwise.language.matching import resource_pattern
from leastwise.language.normalise import normalise, same_form
from leastwise.language.values import TooHard, ValueSet
from leastwise.language.values.globs import arn_glob, glob_of
from leastwise.language.values.texts import Texts
from leastwise.model.policy import Policy, Statement
from leastwise.model.switches import DEFAULT, Switches

_BUDGET = 20_000
_ACTION, _RESOURCE, _PRINCIPAL = _OWN = ("leastwise:action", "leastwise:resource", "leastwise:principal")
_DOMAINS: dict[str, tuple[ValueSet, ...]] = {
    _ACTION: (Texts.globs([glob_of("?*:?*")]),),
    _RESOURCE: (Texts.literals(["*"]) | Texts.globs([arn_glob(glob_of("arn:?*:?*:*:*:?*").steps) or glob_of("*")]),),
}


def equivalent(one: Policy, other: Policy, *, switches: Switches = DEFAULT) -> bool | None:
    """Whether the documents decide every request alike; None when that could not be settled within the budget."""
    if same_form(one, other):
        return True
    atoms = _Atoms(switches)
    compared = [
        tuple(atoms.of(statement, policy) for statement in policy.statements)
        for policy in (normalise(one), normalise(other))
    ]
    try:
        return not _Difference(compared).is_found()
    except TooHard:
        return None


@dataclass(frozen=True, slots=True)
class _Atom:
    """A test of one key that several statements may share; without a clause it is free to hold or not."""

    name: Hashable
    clause: Clause | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A statement as its effect and the tests that must all hold; the account form of a principal grants otherwise."""

    effect: str
    atoms: tuple[_Atom, ...]


class _Atoms:
    """The tests of statements, the same test of several statements once."""

    def __init__(self, switches: Switches) -> None:
        self.switches = switches
        self.known: dict[Hashable, _Atom] = {}

    def of(self, statement: Statement, policy: Policy) -> _Rule:
        """The statement's tests."""
        found = [self._actions(statement), *self._resources(statement, policy), *self._principals(statement)]
        found += [
            self._clause(clause, policy)
            for clause in clauses_of(statement.conditions, has_variables=policy.has_variables, switches=self.switches)
        ]
        return _Rule(statement.effect, tuple(found))

    def _set(self, key: str, accepted: ValueSet, name: Hashable) -> _Atom:
        clause = Clause("StringLike", key, key, (), "single", on_absent=False, is_list=False, accepted=accepted)
        return self.known.setdefault((key, name), _Atom((key, name), clause))

    def _actions(self, statement: Statement) -> _Atom:
        named = Texts.globs(glob_of(pattern.lower()) for pattern in statement.actions)
        accepted = ~named if statement.is_not_action else named
        return self._set(_ACTION, accepted, (statement.is_not_action, statement.actions))

    def _resources(self, statement: Statement, policy: Policy) -> Iterator[_Atom]:
        if not statement.has_resource:
            return
        patterns = [
            resource_pattern(text, policy.kind, policy.has_variables, self.switches) for text in statement.resources
        ]
        name = (statement.is_not_resource, statement.resources, policy.has_variables)
        if any(pattern.template for pattern in patterns):
            yield _Atom((_RESOURCE, name))
            return
        named = Texts.globs(pattern.glob for pattern in patterns if pattern.glob is not None)
        yield self._set(_RESOURCE, ~named if statement.is_not_resource else named, name)

    def _principals(self, statement: Statement) -> Iterator[_Atom]:
        if statement.principals is None:
            return
        values = sorted((kind, value) for kind, several in statement.principals.items() for value in several)
        everyone = ("AWS", "*") in values
        named = Texts.all() if everyone else Texts.literals(f"{kind} {value}" for kind, value in values)
        accepted = ~named if statement.is_not_principal else named
        yield self._set(_PRINCIPAL, accepted, (statement.is_not_principal, tuple(values)))

    def _clause(self, clause: Clause, policy: Policy) -> _Atom:
        name = (clause.operator.lower(), clause.key, tuple(sorted(clause.values)), policy.has_variables)
        return self.known.setdefault(name, _Atom(name, clause if clause.accepted is not None else None))


class _Difference:
    """A search for a request that two sets of rules decide differently."""

    def __init__(self, compared: Sequence[Sequence[_Rule]]) -> None:
        self.compared = compared
        self.assumed: dict[_Atom, bool] = {}
        self.claims: dict[str, list[Claim]] = {}
        self.left = _BUDGET

    def is_found(self) -> bool:
        """Whether there is one; raises TooHard when the budget ends first."""
        self.left -= 1
        if self.left < 0:
            raise TooHard("policies with too many distinct tests")
        outcomes = [self._outcome(rules) for rules in self.compared]
        if None not in outcomes:
            return outcomes[0] != outcomes[1]
        atom = next(self._open_atoms())
        return any(self._with(atom, truth, self.is_found) for truth in (True, False))

    def _with(self, atom: _Atom, truth: bool, then: Callable[[], bool]) -> bool:
        clause = atom.clause
        claims: list[Claim] = []
        if clause is not None and clause.accepted is not None:
            claims = self.claims.setdefault(clause.key, [])
            claims.append(Claim(clause, truth, clause.accepted))
            if not state_of(claims, _DOMAINS.get(clause.key, ()), may_be_absent=clause.key not in _OWN).is_possible:
                claims.pop()
                return False
        self.assumed[atom] = truth
        found = then()
        del self.assumed[atom]
        if claims:
            claims.pop()
        return found

    def _outcome(self, rules: Sequence[_Rule]) -> str | None:
        """Deny, Allow or nothing; None while that is open."""
        for effect in ("Deny", "Allow"):
            answers = [self._matches(rule) for rule in rules if rule.effect == effect]
            if True in answers:
                return effect
            if None in answers:
                return None
        return ""

    def _matches(self, rule: _Rule) -> bool | None:
        answers = [self.assumed.get(atom) for atom in rule.atoms]
        return False if False in answers else None if None in answers else True

    def _open_atoms(self) -> Iterator[_Atom]:
        for rules in self.compared:
            for rule in rules:
                if self._matches(rule) is None:
                    yield from (atom for atom in rule.atoms if atom not in self.assumed)
