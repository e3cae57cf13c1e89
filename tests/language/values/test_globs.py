"""Patterns: each fast test against a slow reading, ARN parts, captures, and patterns made to be slow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_globs import STEPS, TEXTS, all_texts, slowly_matches

from examples import EXAMPLES
from leastwise.language.values.automata import runner
from leastwise.language.values.globs import (
    ANY,
    STAR,
    STAR_IN_PART,
    Glob,
    arn_glob,
    capture,
    glob_of,
    literal_glob,
)
from leastwise.language.values.texts import Texts


@EXAMPLES
@given(STEPS, TEXTS)
def test_a_glob_matches_what_a_slow_reading_matches(steps, text):
    expected = slowly_matches(steps, text)
    assert expected == Glob(steps).matches(text)
    assert expected == (text in Texts.globs([Glob(steps)]))
    assert expected == runner(steps)(text)


@EXAMPLES
@given(STEPS)
def test_canonical_steps_keep_the_meaning(steps):
    canonical = Glob(steps).steps
    for text in all_texts("ab:", 5):
        assert slowly_matches(steps, text) == slowly_matches(canonical, text)


@EXAMPLES
@given(st.lists(st.sampled_from([ANY, STAR, "aB", "C", "é"]), max_size=4), st.text("aAbBcCÉé", max_size=6))
def test_case_is_ignored_for_the_letters_of_a_policy(steps, text):
    wanted = tuple(s.lower() if isinstance(s, str) else s for s in steps)
    assert slowly_matches(wanted, text.lower()) == Glob(tuple(steps), ignore_case=True).matches(text)


@pytest.mark.parametrize(
    ("steps", "merged"),
    [
        (("a", "b"), ("ab",)),
        ((STAR, STAR), (STAR,)),
        ((STAR, ANY, STAR, ANY), (ANY, ANY, STAR)),
        ((STAR_IN_PART, STAR), (STAR,)),
        ((STAR, STAR_IN_PART), (STAR,)),
        (("", STAR, "", STAR), (STAR,)),
    ],
)
def test_equal_patterns_are_written_alike(steps, merged):
    assert Glob(merged) == Glob(steps)
    assert hash(Glob(merged)) == hash(Glob(steps))


def test_a_pattern_tells_its_text():
    assert "a${*}b*c?" == str(Glob(("a*b", STAR, "c", ANY)))
    assert "arn:aws:s3:::b/" == glob_of("arn:aws:s3:::b/*").literal_head
    assert "" == glob_of("*x").literal_head
    assert "a*b" == literal_glob("a*b").literal
    assert glob_of("a*").literal is None


ARN_CASES = [
    ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a:b", True, True),
    ("arn:aws:sns:*:1:t", "arn:aws:sns:eu:1:t", True, True),
    ("arn:aws:lambda:*:function:x", "arn:aws:lambda:eu:1:function:x", False, True),
    ("arn:aws:sns:eu*:t", "arn:aws:sns:eu:1:t", None, None),
    ("arn:aws:sns:e*u:1:t", "arn:aws:sns:e:u:1:t", False, False),
    ("arn:aws:sns:?:1:t", "arn:aws:sns:::1:t", False, False),
    ("arn:aws:logs:*:*:log-group:a:*", "arn:aws:logs:eu:1:log-group:a:log-stream:b", True, True),
    ("arn:aws:s3:::*", "*", False, False),
    ("arn:aws:s3:::*", "arn:aws:s3:::", True, True),
]


@pytest.mark.parametrize(("pattern", "arn", "within", "across"), ARN_CASES)
def test_wildcards_stay_in_their_part_of_an_arn(pattern, arn, within, across):
    for expected, ends_cross in ((within, False), (across, True)):
        read = arn_glob(glob_of(pattern).steps, ends_cross=ends_cross)
        assert expected == (None if read is None else read.matches(arn))


@pytest.mark.parametrize("first", ["a", "b*", "arns", "", "?"])
def test_an_arn_begins_with_arn(first):
    assert arn_glob(glob_of(f"{first}:aws:s3:::b").steps) is None
    assert arn_glob(()) is None


@EXAMPLES
@given(st.text("a*?:", max_size=12), st.text("ab:", max_size=12))
def test_an_arn_glob_is_six_globs(pattern, text):
    pattern = "a*n:*:a:" + pattern
    text = "arn:b:a:" + text
    parts, given_parts = pattern.split(":", 5), text.split(":", 5)
    read = arn_glob(glob_of(pattern).steps)
    assert (len(parts) < 6) == (read is None)
    if read is not None:
        fits = len(given_parts) == 6 and all(
            slowly_matches(glob_of(p).steps, t) for p, t in zip(parts, given_parts, strict=True)
        )
        assert fits == read.matches(text)


@EXAMPLES
@given(st.text("a*:", max_size=12), st.text("ab:", max_size=12))
def test_stars_that_end_a_part_may_cross_it(pattern, text):
    parts = ("arn:" + pattern).split(":", 5)
    read = arn_glob(glob_of("arn:" + pattern).steps, ends_cross=True)
    if read is None:
        assert len(parts) < 6
        return
    steps = []
    for number, part in enumerate(parts):
        steps += [":"] * bool(number)
        for at, letter in enumerate(part):
            free = number == 5 or at == len(part) - 1
            steps.append(letter if letter != "*" else STAR if free else STAR_IN_PART)
    assert slowly_matches(tuple(steps), "arn:" + text) == read.matches("arn:" + text)


@EXAMPLES
@given(STEPS, STEPS, TEXTS)
def test_captures_are_all_that_fit_between(before, after, text):
    pieces = {text[i:j] for i in range(len(text) + 1) for j in range(i, len(text) + 1)}
    expected = {piece for piece in pieces if slowly_matches((*before, piece, *after), text)}
    found = capture(before, after, text, 1000)
    assert found is not None
    assert expected == set(found)
    assert len(expected) == len(found)
    if expected:
        assert capture(before, after, text, len(expected) - 1) is None


SLOW_LOOKING = [
    ("*a*" * 50, "a" * 20_000 + "b", True),
    ("*a" * 50, "a" * 20_000 + "b", False),
    ("*a?" * 50 + "*c", "a" * 20_000 + "b", False),
    ("?*" * 200 + "c", "a" * 20_000, False),
    ("*" + "a?" * 40 + "b*c", "a" * 20_000, False),
    ("a*a*" * 30 + "?b", "a" * 20_000, False),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), SLOW_LOOKING)
def test_patterns_made_to_be_slow_end(pattern, text, expected):
    glob = glob_of(pattern)
    assert expected == glob.matches(text)
    assert expected == runner(glob.steps)(text)


def test_arns_made_to_be_slow_end():
    glob = arn_glob(glob_of("arn:*a*a?*a*b:*a*a*a*a?*b:*:*:*a?*a?*b").steps)
    assert glob is not None
    assert glob.matches(f"arn:{'a' * 9000}b:{'a' * 9000}b:::{'a' * 9000}b")
    assert not glob.matches(f"arn:{'a' * 9000}b:{'a' * 9000}:::{'a' * 9000}b")
    assert not glob.matches(f"arn:{'a' * 9000}b:{'a' * 9000}b:::{'a' * 9000}")
    crossing = arn_glob(glob_of("arn:a*a*:a*a*:a*a?a*:*:*a").steps, ends_cross=True)
    assert crossing is not None
    assert not crossing.matches("arn:" + "a:" * 9000)
