"""The solver against every assignment; its traces against a checker that shares nothing with it."""

from itertools import product
from random import Random

import pytest

from leastwise.prove.checking import rup
from leastwise.prove.sat import Solver

PLENTY = 10_000
Clauses = list[list[int]]


def random_clauses(rng: Random, *, variables: int, count: int) -> Clauses:
    sizes = rng.choices((1, 2, 3, 4), (1, 6, 12, 2), k=count)
    return [[rng.choice((1, -1)) * rng.randint(1, variables) for _ in range(size)] for size in sizes]


def three_literals(rng: Random, *, variables: int, count: int) -> Clauses:
    names = range(1, variables + 1)
    return [[rng.choice((1, -1)) * name for name in rng.sample(names, 3)] for _ in range(count)]


def is_satisfiable(clauses: Clauses, variables: int) -> bool:
    return any(
        all(any(signs[abs(literal) - 1] == (literal > 0) for literal in clause) for clause in clauses)
        for signs in product((False, True), repeat=variables)
    )


def solver_of(clauses: Clauses, variables: int) -> Solver:
    solver = Solver()
    assert list(range(1, variables + 1)) == [solver.new_var() for _ in range(variables)]
    for clause in clauses:
        solver.add(clause)
    return solver


def pigeons(holes: int) -> tuple[Clauses, int]:
    """More pigeons than holes, each in one."""
    places = {at: at[0] * holes + at[1] + 1 for at in product(range(holes + 1), range(holes))}
    some = [[places[pigeon, hole] for hole in range(holes)] for pigeon in range(holes + 1)]
    apart = [
        [-places[one, hole], -places[two, hole]]
        for hole in range(holes)
        for one in range(holes + 1)
        for two in range(one)
    ]
    return some + apart, len(places)


def check_answer(solver: Solver, clauses: Clauses, assumptions: list[int], variables: int) -> None:
    answer = solver.solve(assumptions, budget=PLENTY)
    assert answer is is_satisfiable([*clauses, *([literal] for literal in assumptions)], variables)
    if answer:
        assert all(any(solver.value(literal) for literal in clause) for clause in clauses)
        assert all(solver.value(literal) for literal in assumptions)
        return
    assert set(solver.core) <= set(assumptions)
    assert not is_satisfiable([*clauses, *([literal] for literal in solver.core)], variables)
    negated = [-literal for literal in solver.core]
    assert rup.flaw(solver.clauses, solver.trace, claimed=negated) is None


def test_agrees_with_every_assignment() -> None:
    for seed in range(1500):
        rng = Random(seed)
        variables = rng.randint(1, 8)
        clauses = random_clauses(rng, variables=variables, count=rng.randint(0, 5 * variables))
        check_answer(solver_of(clauses, variables), clauses, [], variables)


def test_agrees_under_assumptions_and_as_clauses_are_added() -> None:
    for seed in range(700):
        rng = Random(seed)
        variables = rng.randint(2, 7)
        clauses: Clauses = []
        solver = solver_of([], variables)
        for _ in range(6):
            more = random_clauses(rng, variables=variables, count=rng.randint(0, variables))
            clauses += more
            for clause in more:
                solver.add(clause)
            assumptions = [rng.choice((1, -1)) * rng.randint(1, variables) for _ in range(rng.randint(0, 4))]
            check_answer(solver, clauses, assumptions, variables)


def test_hard_clauses_are_settled_with_a_trace() -> None:
    answers = set()
    for seed in range(12):
        clauses = three_literals(Random(seed), variables=80, count=341)
        solver = solver_of(clauses, 80)
        answer = solver.solve(budget=PLENTY)
        answers.add(answer)
        if answer:
            assert all(any(solver.value(literal) for literal in clause) for clause in clauses)
            continue
        assert solver.trace[-1] == ()
        assert rup.check(solver.clauses, solver.trace)
    assert answers == {True, False}


def test_clauses_are_forgotten_and_the_trace_still_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastwise.prove.sat.KEPT_LEARNED", 40)
    monkeypatch.setattr("leastwise.prove.sat.RESTART", 10)
    monkeypatch.setattr("leastwise.prove.sat.MOST", 1e6)
    clauses, variables = pigeons(6)
    solver = Solver()
    solver._allowed = 40
    for _ in range(variables):
        solver.new_var()
    for clause in clauses:
        solver.add(clause)
    assert solver.solve(budget=100 * PLENTY) is False
    assert len(solver._learned) < len(solver.trace) // 2
    assert rup.check(solver.clauses, solver.trace)


def test_the_same_clauses_give_the_same_run() -> None:
    clauses = three_literals(Random(5), variables=60, count=256)
    first, second = solver_of(clauses, 60), solver_of(clauses, 60)
    assert first.solve([3, -7], budget=PLENTY) is second.solve([3, -7], budget=PLENTY)
    assert first.solve(budget=PLENTY) is second.solve(budget=PLENTY)
    assert first.trace == second.trace


def test_a_budget_stops_the_search_and_asking_again_goes_on() -> None:
    clauses, variables = pigeons(6)
    solver = solver_of(clauses, variables)
    assert solver.solve(budget=10) is None
    assert solver.conflicts == 10
    answers = [solver.solve(budget=50) for _ in range(400)]
    assert answers[0] is None
    assert answers[-1] is False
    assert rup.check(solver.clauses, solver.trace)


def test_variables_may_come_after_a_solve() -> None:
    solver = solver_of([[1, 2]], 2)
    assert solver.solve([-1], budget=PLENTY)
    third = solver.new_var()
    solver.add([-2, third])
    assert solver.solve([-1], budget=PLENTY)
    assert solver.value(third)
    assert not solver.value(-third)
    assert solver.solve([-1, -third], budget=PLENTY) is False
    assert {-1, -third} == set(solver.core)


def test_assumptions_that_contradict_each_other_are_the_core() -> None:
    solver = solver_of([[1, 2]], 3)
    assert solver.solve([3, 1, -1], budget=PLENTY) is False
    assert {1, -1} == set(solver.core)


def test_clauses_are_kept_as_given_but_for_what_adds_nothing() -> None:
    solver = solver_of([[1, 2, 1], [1, -1], [2]], 2)
    assert [(1, 2), (2,)] == solver.clauses
    solver.add([])
    assert solver.solve([1], budget=PLENTY) is False
    assert solver.solve(budget=PLENTY) is False
    assert () == solver.core
    assert [()] == solver.trace
