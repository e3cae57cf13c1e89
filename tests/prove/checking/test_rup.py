"""The checker of traces takes what follows by unit propagation and nothing else."""

from itertools import product
from random import Random

from leastwise.prove.checking import rup

ALL_SIGNS = [[1, 2], [1, -2], [-1, 2], [-1, -2]]


def test_a_refutation_is_taken() -> None:
    assert rup.check(ALL_SIGNS, [[1], []])


def test_a_step_that_propagation_does_not_give_is_refused() -> None:
    assert rup.flaw(ALL_SIGNS, [[]]) == "clause 0 of the trace does not follow by unit propagation: `[]`"
    assert not rup.check([[1, 2]], [[1]], claimed=[1])


def test_the_end_must_be_what_is_claimed() -> None:
    assert rup.check([[1], [-1, 2]], [[2]], claimed=[2, 3])
    assert rup.flaw([[1], [-1, 2]], [[2]]) == "the trace ends with `[2]`, which does not imply `[]`"
    assert rup.flaw([[1]], []) == "the trace is empty"


def test_an_empty_clause_is_a_contradiction() -> None:
    assert rup.check([[]], [[]])
    assert not rup.check([], [[]])


def test_what_is_always_true_follows() -> None:
    assert rup.check([], [[1, -1]], claimed=[1, -1])


def naive(clauses: list[list[int]], trace: list[list[int]]) -> bool:
    known = list(clauses)
    for clause in trace:
        if not leads_to_contradiction(known, {-literal for literal in clause}):
            return False
        known.append(clause)
    return True


def leads_to_contradiction(clauses: list[list[int]], true: set[int]) -> bool:
    while True:
        before = len(true)
        for clause in clauses:
            left = {literal for literal in clause if -literal not in true}
            if not left:
                return True
            if len(left) == 1:
                true |= left
        if any(-literal in true for literal in true):
            return True
        if len(true) == before:
            return False


def test_agrees_with_a_naive_reading() -> None:
    for seed in range(2000):
        rng = Random(seed)
        names = [sign * name for sign, name in product((1, -1), range(1, rng.randint(3, 6)))]
        clauses = [rng.choices(names, k=rng.randint(1, 3)) for _ in range(rng.randint(2, 14))]
        trace = [rng.choices(names, k=rng.randint(0, 3)) for _ in range(rng.randint(1, 4))]
        assert naive(clauses, trace) is rup.check(clauses, trace, claimed=trace[-1])
