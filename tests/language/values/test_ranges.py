"""Ranges and points against plain claims about their values."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from examples import EXAMPLES
from leastwise.language.values import ranges
from leastwise.language.values.points import Points
from leastwise.language.values.ranges import Ranges

BOUND_MAKERS = {
    "below": (ranges.below, lambda bound, v: v < bound),
    "at_most": (ranges.at_most, lambda bound, v: v <= bound),
    "above": (ranges.above, lambda bound, v: v > bound),
    "at_least": (ranges.at_least, lambda bound, v: v >= bound),
    "equal_to": (ranges.equal_to, lambda bound, v: v == bound),
}
GRID = [Fraction(n, 2) for n in range(-1, 14)]


def _bound(name, bound):
    make, claim = BOUND_MAKERS[name]
    return make(Fraction(bound)), lambda v: claim(bound, v)


def _both(pair):
    (a, claims_a), (b, claims_b) = pair
    return a & b, lambda v: claims_a(v) and claims_b(v)


def _either(pair):
    (a, claims_a), (b, claims_b) = pair
    return a | b, lambda v: claims_a(v) or claims_b(v)


REGIONS = st.recursive(
    st.builds(_bound, st.sampled_from(sorted(BOUND_MAKERS)), st.integers(0, 6)),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(_both),
        st.tuples(inner, inner).map(_either),
        inner.map(lambda pair: (~pair[0], lambda v: not pair[1](v))),
    ),
    max_leaves=8,
)


@EXAMPLES
@given(REGIONS)
def test_ranges_hold_what_they_claim(told):
    region, claim = told
    inside = [v for v in GRID if claim(v)]
    assert inside == [v for v in GRID if v in region]
    assert region.is_empty() == (not inside)
    assert list(region.cuts) == sorted(set(region.cuts))


@EXAMPLES
@given(REGIONS)
def test_pieces_are_the_range(told):
    region, claim = told
    pieces = list(region.pieces())
    for value in GRID:
        held = any(
            (p.low is None or p.low < value or (p.has_low and p.low == value))
            and (p.high is None or value < p.high or (p.has_high and p.high == value))
            for p in pieces
        )
        assert claim(value) == held


def test_a_run_that_ends_where_it_begins_is_empty():
    assert Ranges() == ranges.between(3, 3)
    assert not ranges.between(3, 4).is_empty()


POINT_SETS = st.builds(Points, st.frozensets(st.integers(0, 3)), st.booleans())


@EXAMPLES
@given(POINT_SETS, POINT_SETS, st.integers(0, 5))
def test_points_join_by_membership(one, other, value):
    assert ((value in one) and (value in other)) == (value in (one & other))
    assert ((value in one) or (value in other)) == (value in (one | other))
    assert (value in one) == (value not in ~one)
    assert (one & ~one).is_empty()
