"""Sets of several families on one key: what they share, and when that is not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import EXAMPLES
from leastwise.language.values import TooHard, addresses, booleans, dates, meet, numbers
from leastwise.language.values.globs import glob_of
from leastwise.language.values.texts import Texts


def like(*patterns: str) -> Texts:
    return Texts.globs(map(glob_of, patterns))


def test_what_is_in_all_is_a_member():
    sets = [numbers.below("5"), like("1*"), ~dates.after("2020-01-01")]
    meeting = meet(sets)
    assert meeting.is_settled
    assert meeting.member is not None
    assert all(meeting.member in one for one in sets)
    assert "x" == meet([]).member


@pytest.mark.parametrize(
    "sets",
    [
        [numbers.below("5"), numbers.above("5")],
        [numbers.below("5"), Texts.literals(["9", "x"])],
        [booleans.equal_to("true"), like("y*")],
        [addresses.inside("10.0.0.0/30"), like("1?.0.0.4")],
        [like("a*"), like("b*"), numbers.below("5")],
    ],
)
def test_what_cannot_be_is_empty(sets):
    meeting = meet(sets)
    assert meeting.is_empty
    assert meeting.is_settled
    assert meeting.member is None


def test_what_is_not_known_is_not_settled():
    meeting = meet([numbers.below("5"), like("*q*")])
    assert not meeting.is_settled
    assert not meeting.is_empty
    with pytest.raises(TooHard):
        (numbers.below("5") & like("*q*")).is_empty()


PIECES = st.sampled_from(
    [
        numbers.below("5"),
        ~numbers.below("5"),
        like("1*"),
        Texts.literals(["", "3"]),
        addresses.inside("10.0.0.0/8"),
        booleans.equal_to("true"),
    ]
)
MIXED_PROBES = ["", "1", "12", "3", "x", "10.0.0.1", "true", "1.5"]


@EXAMPLES
@given(PIECES, PIECES, PIECES)
def test_mixed_algebra_is_by_membership(a, b, c):
    for text in MIXED_PROBES:
        in_a, in_b, in_c = text in a, text in b, text in c
        assert ((in_a and in_b) or in_c) == (text in (a & b) | c) == ((a & b) | c).test()(text)
        assert (in_a and (in_b or in_c)) == (text in a & (b | c))
        assert (not (in_a or in_b)) == (text in ~(a | b))
        assert (in_a and not (in_b and in_c)) == (text in a & ~(b & c))


@EXAMPLES
@given(PIECES, PIECES)
def test_mixed_members_are_members(a, b):
    for one in (a | b, a & b, ~(a | b)):
        try:
            found = one.members(5)
        except TooHard:
            continue
        assert all(text in one for text in found)
        assert one.is_empty() == (not found)
        assert a <= (a | b)
        listed = one.listed(200)
        if listed is not None:
            assert {text for text in MIXED_PROBES if text in one} <= set(listed)
