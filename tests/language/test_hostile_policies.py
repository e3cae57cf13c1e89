"""Documents made to hurt: each ends in a policy or in a `PolicyError`, with messages that a terminal can show."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import EXAMPLES
from leastwise.language.grammar import POLICY_ELEMENTS, STATEMENT_ELEMENTS
from leastwise.language.normalise import normalise
from leastwise.language.parse import parse_policy
from leastwise.language.report import MAX_TOLD
from leastwise.model.errors import PolicyError
from leastwise.model.policy import KINDS

SAMPLE = """{"Version": "2012-10-17", "Statement": [{"Sid": "a", "Effect": "Allow", "Principal": {"AWS": "*"},
"Action": ["s3:Get*", "*"], "Resource": "arn:aws:s3:::${aws:username, 'x'}/*",
"Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": ["a", 1, true]}}}]}"""
PARTS = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "null",
    "1e999",
    "\x00",
    "\ud800",
    "\u202e",
    "`",
    "\n",
    "${",
    "é",
    "%7B",
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=5), parts, max_size=3),
    max_leaves=6,
)
WORDS = st.sampled_from(
    (*POLICY_ELEMENTS, *STATEMENT_ELEMENTS, "AWS", "Service", "StringEquals", "stringEquals", "aws:x", "AWS:X", "Null")
)
NEARLY = st.recursive(
    JUNK | WORDS | st.sampled_from(("2012-10-17", "Allow", "s3:*", "arn:aws:s3:::b", "${", "111122223333")),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(WORDS, parts, max_size=6),
    max_leaves=16,
)


def outcome(source, kind):
    """The policy, or None when faults were told, each fit to be shown."""
    try:
        return parse_policy(source, kind=kind)
    except PolicyError as error:
        for fault in error.faults:
            for line in (fault.message, fault.path, fault.help or "", fault.excerpt or ""):
                assert line.isprintable()
                assert len(line) < 1_000
        return None


@EXAMPLES
@given(st.randoms(use_true_random=False), st.integers(1, 4), st.sampled_from(KINDS))
def test_a_damaged_document(rng: random.Random, cuts, kind):
    text = SAMPLE
    for _ in range(cuts):
        start = rng.randrange(len(text))
        text = text[:start] + rng.choice(PARTS) + text[start + rng.choice((0, 0, 1, 9)) :]
    policy = outcome(text, kind)
    if policy is not None:
        assert policy == parse_policy(json.dumps(policy.document()), kind=kind)


@EXAMPLES
@given(st.dictionaries(WORDS, NEARLY, max_size=4), st.sampled_from(KINDS))
def test_a_document_of_the_wrong_shapes(document, kind):
    policy = outcome(document, kind)
    if policy is not None:
        assert normalise(policy) == normalise(normalise(policy))


@EXAMPLES
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(STATEMENT_ELEMENTS, NEARLY)))
def test_a_statement_of_the_wrong_shapes(statement):
    policy = outcome({"Statement": statement}, "identity")
    if policy is not None:
        assert policy == parse_policy(json.dumps(policy.document()))


@EXAMPLES
@given(st.binary(max_size=40))
def test_bytes_of_any_kind(data):
    assert outcome(data, "identity") is None


def test_faults_have_a_bound():
    bad = [{"Effect": f"x{n}", "Action": "a", "Resource": "b"} for n in range(5_000)]
    with pytest.raises(PolicyError) as caught:
        parse_policy({"Statement": bad})
    assert (MAX_TOLD + 1, "LW-P25") == (len(caught.value.faults), caught.value.faults[-1].code)


def test_notes_have_a_bound():
    odd = [{"Effect": "Allow", "Action": [], "Resource": "*"} for _ in range(5_000)]
    notes = [note.code for note in parse_policy({"Statement": odd}).notes]
    assert [*["LW-P63"] * MAX_TOLD, "LW-Q02"] == notes


@pytest.mark.parametrize("escape", ["\x1b[31m", "\u202e", "a\nb", "\r", "\x00", "\u2028", "`", "\U000e0041"])
def test_the_users_text_cannot_break_a_message(escape):
    document = {"Statement": {"Effect": escape, escape: 1, "Action": escape, "Resource": escape, "Sid": escape}}
    assert None is outcome(document, "scp")
    assert None is outcome(json.dumps(document), "scp")
    assert None is outcome(json.dumps(document, ensure_ascii=False), "scp")


@pytest.mark.parametrize("text", ["${" * 20_000, "${a" * 20_000, "${a, '" * 20_000, "*?" * 20_000, "a:" * 20_000])
def test_long_repeated_text_is_read_in_one_pass(text):
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::" + text}
    condition = {"StringLike": {"a:b": text}}
    policy = parse_policy({"Version": "2012-10-17", "Statement": {**statement, "Condition": condition}})
    assert text == policy.statements[0].conditions["StringLike"]["a:b"][0]
    assert None is outcome({"Statement": {**statement, "Action": text}}, "identity")
    assert None is outcome({"Statement": {**statement, text: 1}}, "identity")


def test_a_long_document_on_one_line_is_read():
    statements = [{"Effect": "Allow", "Action": f"s3:Get{n}", "Resource": "*"} for n in range(20_000)]
    policy = parse_policy(json.dumps({"Statement": statements}))
    assert 20_000 == len(policy.statements)
    assert 20_000 == len(normalise(policy).statements[0].actions)
