"""Counts of texts: every short text tried, closed forms, and a budget that is kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_globs import STEPS, all_texts, slowly_matches

from examples import EXAMPLES
from leastwise.language.values import TooHard, counting
from leastwise.language.values.counting import count, texts_up_to
from leastwise.language.values.globs import Glob, arn_glob, glob_of
from leastwise.language.values.steps import Steps
from leastwise.language.values.texts import Texts

LETTERS = "aAb:zB"
LENGTH = 4
SHORT = all_texts(LETTERS, LENGTH)

Claim = Callable[[str], bool]
Told = tuple[Texts, Claim]


def pattern(steps: Steps, ignore_case: bool) -> Told:
    """A pattern and, letter by letter, what it matches."""
    if ignore_case:
        lowered = tuple(step.lower() if isinstance(step, str) else step for step in steps)
        return Texts.globs([Glob(steps, True)]), lambda text: slowly_matches(lowered, text.lower())
    return Texts.globs([Glob(steps)]), lambda text: slowly_matches(steps, text)


def listed(words: frozenset[str]) -> Told:
    return Texts.literals(words), lambda text: text in words


def met(pair: tuple[Told, Told]) -> Told:
    (one, ours), (other, theirs) = pair
    return one & other, lambda text: ours(text) and theirs(text)


def joined(pair: tuple[Told, Told]) -> Told:
    (one, ours), (other, theirs) = pair
    return one | other, lambda text: ours(text) or theirs(text)


def turned(told: Told) -> Told:
    texts, claim = told
    return ~texts, lambda text: not claim(text)


LEAVES = st.one_of(
    st.builds(pattern, STEPS.map(lambda steps: steps[:5]), st.booleans()),
    st.builds(listed, st.frozensets(st.text("ab:", max_size=3), max_size=3)),
)
SETS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.tuples(inner, inner).map(met), st.tuples(inner, inner).map(joined), inner.map(turned)),
    max_leaves=6,
)


@EXAMPLES
@given(SETS, st.integers(0, LENGTH))
def test_a_count_is_the_number_of_texts(told: Told, length: int) -> None:
    texts, claim = told
    expected = sum(len(text) <= length and claim(text) for text in SHORT)
    assert expected == count(texts, length, len(LETTERS))


@EXAMPLES
@given(SETS, SETS)
def test_counts_add_up(one: Told, other: Told) -> None:
    (a, _), (b, _) = one, other
    assert count(a, 30) + count(b, 30) == count(a | b, 30) + count(a & b, 30)
    assert texts_up_to(30) == count(a, 30) + count(~a, 30)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (Texts.all(), texts_up_to(100)),
        (Texts.none(), 0),
        (Texts.literals(["a", "b", "c" * 101]), 2),
        (Texts.globs([glob_of("arn:aws:s3:::logs/*")]), texts_up_to(100 - len("arn:aws:s3:::logs/"))),
        (Texts.globs([glob_of("a?")]), 256),
        (Texts.globs([glob_of("a?", ignore_case=True)]), 512),
        (Texts.globs([glob_of("é", ignore_case=True), glob_of("É")]), 2),
        (Texts.globs([glob_of("a*"), glob_of("*b")]), 2 * texts_up_to(99) - texts_up_to(98)),
        (~Texts.globs([glob_of("a*")]), texts_up_to(100) - texts_up_to(99)),
    ],
)
def test_closed_forms(texts: Texts, expected: int) -> None:
    assert expected == count(texts)


def test_a_wildcard_in_a_part_takes_no_colon() -> None:
    glob = arn_glob(glob_of("arn:aws:s3:*:1:k").steps)
    assert glob is not None
    room = 100 - len("arn:aws:s3::1:k")
    assert texts_up_to(room, 255) == count(Texts.globs([glob]))


def test_letters_beyond_the_alphabet_widen_it() -> None:
    assert 2 == count(Texts.globs([glob_of("a?")]) & ~Texts.literals(["ac"]), 2, 1)
    assert 4 == count(Texts.globs([glob_of("?")]) | Texts.literals(["a", "b", "c"]), 1, 2)


def test_beyond_the_budget_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "BUDGET", 5_000)
    hard = Texts.globs([glob_of("*a" + "?" * 20 + "b*")]) & ~Texts.globs([glob_of("*b" + "?" * 20 + "a*")])
    with pytest.raises(TooHard, match="more than 5000 states"):
        count(hard)
