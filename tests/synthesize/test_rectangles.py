"""Pairs as rectangles: the same pairs, in less text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from leastwise.synthesize.rectangles import Rectangle, rectangles

NAMES = st.sampled_from([f"s3:Action{i}" for i in range(7)])
HELD = st.frozensets(st.sampled_from([f"arn:aws:s3:::bucket-{i}" for i in range(6)]), min_size=1)
PAIRS = st.dictionaries(NAMES, HELD, max_size=7)
OVERHEAD = 60


def text(found: list[Rectangle]) -> int:
    """What the rectangles cost, worked out here on its own."""
    return sum(OVERHEAD + sum(len(name) + 3 for part in one for name in part) for one in found)


def pairs_of(found: list[Rectangle]) -> set[tuple[str, str]]:
    return {(action, resource) for actions, resources in found for action in actions for resource in resources}


@given(PAIRS)
@settings(max_examples=200)
def test_rectangles_hold_exactly_the_pairs(pairs: dict[str, frozenset[str]]) -> None:
    found = rectangles(pairs, overhead=OVERHEAD)
    assert {(action, resource) for action, held in pairs.items() for resource in held} == pairs_of(found)


@given(PAIRS)
@settings(max_examples=100)
def test_rectangles_are_never_longer_than_rows_with_equal_columns(pairs: dict[str, frozenset[str]]) -> None:
    together: dict[frozenset[str], list[str]] = {}
    for action, held in pairs.items():
        together.setdefault(held, []).append(action)
    by_rows: list[Rectangle] = [(tuple(actions), tuple(held)) for held, actions in together.items()]
    assert text(rectangles(pairs, overhead=OVERHEAD)) <= text(by_rows)


def test_rectangles_that_lie_over_each_other_are_found_again() -> None:
    readers = [f"s3:Get{i}" for i in range(20)]
    writers = [f"s3:Put{i}" for i in range(8)]
    logs = [f"arn:aws:s3:::logs-{i}" for i in range(12)]
    data = [f"arn:aws:s3:::data-{i}" for i in range(9)]
    both = readers[:4] + writers
    pairs = {
        a: frozenset(logs if a in readers else ()) | frozenset(data if a in both else ()) for a in readers + writers
    }
    found = rectangles(pairs, overhead=OVERHEAD)
    expected = {(frozenset(readers), frozenset(logs)), (frozenset(both), frozenset(data))}
    assert expected == {(frozenset(actions), frozenset(resources)) for actions, resources in found}


def test_the_order_of_the_pairs_plays_no_part() -> None:
    pairs = {f"s3:A{i}": frozenset(f"r{j}" for j in range(6) if (i * j) % 3) for i in range(6)}
    assert rectangles(pairs, overhead=OVERHEAD) == rectangles(dict(reversed(pairs.items())), overhead=OVERHEAD)


def test_no_pairs_make_no_rectangles() -> None:
    assert [] == rectangles({}, overhead=OVERHEAD)
    assert [] == rectangles({"s3:GetObject": frozenset()}, overhead=OVERHEAD)
