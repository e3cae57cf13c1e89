"""The same choice of patterns proved to be the best one, where the extra `exact` is installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from leastwise.synthesize.action_patterns import bits
from leastwise.synthesize.pattern_lists import Choice, Problem

_A_CHARACTER: Final = 1e-7
"""The hazard that a character counts as, so that of equal choices the shorter is taken."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """A choice that the solver found, and the least hazard that it proved any choice to have."""

    choices: list[Choice]
    bound: float
    is_proved: bool


def is_installed() -> bool:
    """Whether the solver is there."""
    return find_spec("ortools") is not None


def proved_least_drift(problems: Sequence[Problem], *, room: int, seconds: float = 60.0) -> Optimum | None:
    """The choice of least drift within `room`; None when there is none or none was found in time.

    Raises ImportError where the extra is not installed.
    """
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("SCIP")
    solver.SetTimeLimit(int(seconds * 1000))
    chosen = [[(solver.BoolVar(""), one) for one in problem.patterns] for problem in problems]
    for problem, variables in zip(problems, chosen, strict=True):
        covering: list[list[object]] = [[] for _ in range(problem.names)]
        for variable, one in variables:
            for place in bits(one.covers):
                covering[place].append(variable)
        for several in covering:
            solver.Add(solver.Sum(several) >= 1)
    flat = [pair for variables in chosen for pair in variables]
    solver.Add(solver.Sum([variable * one.characters for variable, one in flat]) <= room)
    solver.Minimize(
        solver.Sum([variable * (one.drift.hazard + _A_CHARACTER * one.characters) for variable, one in flat])
    )
    status = solver.Solve()
    if status not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
        return None
    found = [frozenset(one for variable, one in variables if variable.solution_value() > 0.5) for variables in chosen]
    bound = max(0.0, solver.Objective().BestBound() - _A_CHARACTER * room)
    return Optimum(found, bound, status == pywraplp.Solver.OPTIMAL)
