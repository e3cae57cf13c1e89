"""Random worlds decided by the engine and by a slow evaluator that shares nothing with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from given import asked, bound
from random_worlds import condition, world
from slow_evaluator import decide

from leastwise import LeastwiseError, Outcome, evaluate

Json = dict
Maker = Callable[[int], tuple[Json, Json]]


def outcomes(request: Json, policies: Json) -> tuple[str, str]:
    """What the slow evaluator says, and what the engine says; a crash of the engine is an answer too."""
    expected, question, known = decide(request, policies) or "DEPENDS", asked(request), bound(policies)
    try:
        return expected, str(evaluate(question, known).outcome)
    except LeastwiseError:
        raise
    except Exception as crash:
        return expected, repr(crash)


def smaller(value: object) -> Iterator[object]:
    """The value with one thing less, anywhere in it."""
    if not isinstance(value, dict | list):
        return
    for place in list(value) if isinstance(value, dict) else range(len(value)):
        less = value.copy()
        del less[place]
        yield less
        for part in smaller(value[place]):
            yield value | {place: part} if isinstance(value, dict) else [*value[:place], part, *value[place + 1 :]]


def still_differ(request: Json, policies: Json) -> bool:
    """Whether the two disagree; not so where one of them cannot read the case."""
    try:
        expected, actual = outcomes(request, policies)
    except (LeastwiseError, LookupError, ValueError):  # a part that the grammar needs was taken out
        return False
    return expected != actual


def shrunk(request: Json, policies: Json) -> tuple[Json, Json]:
    """The same disagreement with nothing left that can be left out."""
    for less in smaller(policies):
        if still_differ(request, less):
            return shrunk(request, less)
    for less in smaller(request["context"]):
        if still_differ({**request, "context": less}, policies):
            return shrunk({**request, "context": less}, policies)
    return request, policies


def told(seed: int, made: Maker) -> str:
    """A disagreement in words."""
    request, policies = shrunk(*made(seed))
    expected, actual = outcomes(request, policies)
    return f"seed {seed}: expected {expected}, the engine says {actual}\n{json.dumps(request)}\n{json.dumps(policies)}"


def agree_on(seeds: range, made: Maker = world) -> Counter[str]:
    """The outcomes of these seeds' worlds, which are the same in both readings."""
    found, differing = Counter(), []
    for seed in seeds:
        expected, actual = outcomes(*made(seed))
        found[expected] += 1
        if expected != actual:
            differing.append(seed)
    assert not differing, "\n\n".join(
        [f"{len(differing)} worlds differ", *(told(seed, made) for seed in differing[:5])]
    )
    return found


def assert_varied(found: Counter[str], expected: set[str]) -> None:
    """Every outcome has its share, so that no agreement is for lack of cases."""
    assert expected == set(found)
    assert min(found.values()) >= found.total() / 10, found


def test_the_engine_decides_as_the_rules_say() -> None:
    assert_varied(agree_on(range(3_000)), set(Outcome))


def test_conditions_hold_as_the_rules_say() -> None:
    assert_varied(agree_on(range(6_000), condition), {Outcome.ALLOW, Outcome.IMPLICIT_DENY})


@pytest.mark.slow
def test_the_engine_decides_many_worlds_as_the_rules_say() -> None:
    assert_varied(agree_on(range(3_000, 63_000)), set(Outcome))


@pytest.mark.slow
def test_many_conditions_hold_as_the_rules_say() -> None:
    assert_varied(agree_on(range(6_000, 66_000), condition), {Outcome.ALLOW, Outcome.IMPLICIT_DENY})
