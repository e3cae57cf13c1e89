"""Sets of texts: the algebra by membership, exact emptiness, members, and families of hard questions."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_globs import PLAIN_STEPS, STEPS, all_texts, slowly_matches

from examples import EXAMPLES
from leastwise.language.values import TooHard, union
from leastwise.language.values.automata import Machine
from leastwise.language.values.globs import Glob, arn_glob, glob_of, literal_glob
from leastwise.language.values.texts import Texts

EVERY_SHORT = all_texts("aAb:z", 4)


def of(*patterns: str) -> Texts:
    return Texts.globs(map(glob_of, patterns))


class Told:
    """A set and the claim that says what is in it."""

    def __init__(self, texts, claim):
        self.texts, self.claim = texts, claim


def _leaf(steps, ignore_case):
    if ignore_case:
        lowered = tuple(s.lower() if isinstance(s, str) else s for s in steps)
        return Told(Texts.globs([Glob(steps, True)]), lambda t: slowly_matches(lowered, t.lower()))
    return Told(Texts.globs([Glob(steps)]), lambda t: slowly_matches(steps, t))


def _listed(words):
    return Told(Texts.literals(words), lambda t: t in words)


def _joined(pair, is_and):
    a, b = pair
    if is_and:
        return Told(a.texts & b.texts, lambda t: a.claim(t) and b.claim(t))
    return Told(a.texts | b.texts, lambda t: a.claim(t) or b.claim(t))


LEAVES = st.one_of(
    st.builds(_leaf, STEPS.map(lambda s: s[:4]), st.booleans()),
    st.builds(_listed, st.sets(st.text("ab:", max_size=2), max_size=3)),
)
SETS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(_joined, st.tuples(inner, inner), st.booleans()),
        inner.map(lambda a: Told(~a.texts, lambda t: not a.claim(t))),
    ),
    max_leaves=5,
)


@EXAMPLES
@given(SETS, st.lists(st.text("aAb:zB", max_size=7), min_size=1, max_size=8))
def test_algebra_is_by_membership(told, texts):
    test = told.texts.test()
    for text in texts:
        assert told.claim(text) == (text in told.texts) == test(text) == (text not in ~told.texts)


@EXAMPLES
@given(SETS)
def test_emptiness_and_members_are_exact(told):
    shorts = [text for text in EVERY_SHORT if told.claim(text)]
    found = told.texts.members(5)
    assert all(told.claim(text) for text in found)
    assert len(found) == len(set(found))
    assert told.texts.is_empty() == (not found)
    assert len(found) >= min(5, len(shorts))
    if found:
        assert told.claim(told.texts.member())
    else:
        assert told.texts.member() is None


@EXAMPLES
@given(SETS, SETS)
def test_a_subset_has_no_text_outside(one, other):
    if one.texts <= other.texts:
        assert all(other.claim(text) for text in EVERY_SHORT if one.claim(text))
    else:
        outside = (one.texts & ~other.texts).member()
        assert outside is not None
        assert one.claim(outside) and not other.claim(outside)


@EXAMPLES
@given(st.lists(PLAIN_STEPS, min_size=1, max_size=3), st.lists(PLAIN_STEPS, min_size=1, max_size=3))
def test_both_searches_agree(some, others):
    from leastwise.language.values import searching

    whole = Texts.globs(map(Glob, some)) & ~Texts.globs(map(Glob, others))
    if whole.finite is not None:
        return
    for branch in searching._branches(whole.formula):
        results = []
        for search in (searching.search, searching.search_by_choice):
            machine = Machine()
            goal = searching._goal(branch, machine)
            text, _ = search(machine, goal, head="", budget=50_000)
            assert text is None or text in whole
            results.append(text is None)
        assert results[0] == results[1]


def test_sets_without_wildcards_are_lists():
    assert frozenset({"a", "b"}) == (Texts.literals("ab") | Texts.globs([literal_glob("a")])).finite
    assert frozenset({"ab"}) == (Texts.literals(["ab", "b"]) & of("a*")).finite
    assert Texts.none() == Texts.literals("a") & Texts.literals("b")
    assert Texts.all() == ~Texts.none()
    assert Texts.all() == of("*")
    assert Texts.all() == of("a*") | ~of("a*")
    assert Texts.none() == of("a*") & ~of("a*")


def test_all_members_are_listed_when_few():
    few = of("?") & ~(Texts.all() & ~Texts.literals(["a", "b", "cc"]))
    assert ("a", "b") == few.listed(2)
    assert few.listed(1) is None
    assert of("a*").listed(50) is None
    assert () == Texts.none().listed(0)


def test_members_are_readable():
    assert "arn:aws:s3:::b/x" == of("arn:aws:s3:::b/*").member()
    assert "x" == Texts.all().member()
    assert "x" == (~Texts.literals(["a"])).member()
    read = arn_glob(glob_of("arn:aws:iam::*:role/?").steps)
    assert read is not None
    assert "arn:aws:iam::x:role/x" == Texts.globs([read]).member()


def test_a_union_of_many_sets_is_their_union():
    words = [str(number) for number in range(1000)]
    assert Texts.literals(words) == union(Texts.literals([word]) for word in words)
    assert union([]) is None


EMPTY_FAMILIES = [
    of("*a" + "?" * 40) & ~of("*" + "?" * 41),
    of("*a" + "?" * 40) & ~of("*?" + "?" * 39),
    of("*a" + "?" * 20) & of("*b" + "?" * 20),
    Texts.all() & ~of(*("?" * size for size in range(63)), "?" * 63 + "*"),
    of(*(f"arn:aws:s3:::bucket{n}/*" for n in range(300))) & ~of(*(f"arn:aws:s3:::bucket{n}*" for n in range(10))),
    of("*a*") & of("*b*") & of("*c*") & of("*d*") & of("???"),
]
FULL_FAMILIES = [
    of(*()) | Texts.all() & ~of(*("?" * size for size in range(63))),
    of("*a" + "?" * 20) & ~of("*b" + "?" * 20),
    of(*(f"svc{n % 30}:Get{n}*" for n in range(300)), "zz:x*") & ~of(*(f"svc{n}:*" for n in range(30))),
]


@pytest.mark.parametrize("texts", EMPTY_FAMILIES)
def test_hard_empty_sets_are_known_empty(texts):
    assert texts.is_empty()
    assert texts.member() is None


@pytest.mark.parametrize("texts", FULL_FAMILIES)
def test_hard_sets_give_a_member(texts):
    assert texts.member() in texts


def test_forty_substrings_meet():
    met = Texts.all()
    for number in range(40):
        met &= of(f"*s{number:02}*")
    assert met.member() in met


def test_too_much_work_is_said():
    met = of("?" * 29)
    for letter in "abcdefghijklmnopqrstuvwxyz0123":
        met &= of(f"*{letter}*")
    with pytest.raises(TooHard):
        met.is_empty()


def test_random_subsets_agree_with_short_texts():
    draw = random.Random(7)
    texts = all_texts("ab", 7)
    for _ in range(300):
        one, other = ("".join(draw.choice("ab*?") for _ in range(draw.randint(1, 5))) for _ in range(2))
        is_subset = of(one) <= of(other)
        seen = all(slowly_matches(glob_of(other).steps, t) for t in texts if slowly_matches(glob_of(one).steps, t))
        # A text outside needs at most a letter for each step of both and one that is in neither.
        assert is_subset <= seen
        if seen and not is_subset:
            assert set((of(one) & ~of(other)).member()) - set("ab")
