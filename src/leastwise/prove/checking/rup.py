"""Whether each clause of a trace follows from those before it by unit propagation alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

Clause = Sequence[int]


def check(clauses: Iterable[Clause], trace: Sequence[Clause], *, claimed: Collection[int] = ()) -> bool:
    """Whether the trace shows that the clauses imply the claimed one: unless told, the empty one, a contradiction."""
    return flaw(clauses, trace, claimed=claimed) is None


def flaw(clauses: Iterable[Clause], trace: Sequence[Clause], *, claimed: Collection[int] = ()) -> str | None:
    """Why the trace does not show that the clauses imply the claimed clause; None when it does."""
    if not trace:
        return "the trace is empty"
    known = _Known()
    for clause in clauses:
        known.add(clause)
    for place, clause in enumerate(trace):
        if not known.imply(clause):
            return f"clause {place} of the trace does not follow by unit propagation: `{list(clause)}`"
        known.add(clause)
    if not set(trace[-1]) <= set(claimed):
        return f"the trace ends with `{list(trace[-1])}`, which does not imply `{list(claimed)}`"
    return None


class _Known:
    """Clauses, and the literals that follow from them one by one.

    INVARIANT: of each watched clause the first two literals are not false, or one of them is true.
    """

    def __init__(self) -> None:
        self._watching: defaultdict[int, list[list[int]]] = defaultdict(list)
        self._order: list[int] = []  # the literals taken as true, in order
        self._true: set[int] = set()
        self._is_contradictory = False

    def add(self, clause: Clause) -> None:
        literals = [literal for literal in dict.fromkeys(clause) if -literal not in self._true]
        if len(literals) > 1:
            self._watching[literals[0]].append(literals)
            self._watching[literals[1]].append(literals)
        elif not literals or not self._assume(literals):
            self._is_contradictory = True

    def imply(self, clause: Clause) -> bool:
        """Whether taking every literal of the clause as false leads to a contradiction."""
        if self._is_contradictory:
            return True
        before = len(self._order)
        is_possible = self._assume([-literal for literal in clause])
        self._true.difference_update(self._order[before:])
        del self._order[before:]
        return not is_possible

    def _assume(self, literals: Sequence[int]) -> bool:
        start = len(self._order)
        return all(self._take(literal) for literal in literals) and self._propagate(start)

    def _take(self, literal: int) -> bool:
        if -literal in self._true:
            return False
        if literal not in self._true:
            self._true.add(literal)
            self._order.append(literal)
        return True

    def _propagate(self, start: int) -> bool:
        while start < len(self._order):
            false = -self._order[start]
            start += 1
            watching, self._watching[false] = self._watching[false], []
            for place, clause in enumerate(watching):
                if self._moves(clause, false):
                    continue
                self._watching[false].append(clause)
                if not self._take(clause[0]):
                    self._watching[false] += watching[place + 1 :]
                    return False
        return True

    def _moves(self, clause: list[int], false: int) -> bool:
        """Whether the clause watches another literal in place of the false one; else its first is what is left."""
        if clause[0] == false:
            clause[0], clause[1] = clause[1], clause[0]
        if clause[0] in self._true:
            return False
        for place in range(2, len(clause)):
            if -clause[place] not in self._true:
                clause[1], clause[place] = clause[place], clause[1]
                self._watching[clause[1]].append(clause)
                return True
        return False
