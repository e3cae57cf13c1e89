"""Every operator's name, what it takes and what it means, by rows of the IAM User Guide's "Condition operators"."""

from __future__ import annotations

import pytest

from leastwise.language.operators import OPERATORS
from leastwise.language.operators.registry import negation, operator
from leastwise.language.values.globs import Glob, glob_of

POSITIVE = {
    "StringEquals": "text",
    "StringEqualsIgnoreCase": "text",
    "StringLike": "pattern",
    "NumericEquals": "plain",
    "NumericLessThan": "plain",
    "NumericLessThanEquals": "plain",
    "NumericGreaterThan": "plain",
    "NumericGreaterThanEquals": "plain",
    "DateEquals": "plain",
    "DateLessThan": "plain",
    "DateLessThanEquals": "plain",
    "DateGreaterThan": "plain",
    "DateGreaterThanEquals": "plain",
    "Bool": "text",
    "BinaryEquals": "plain",
    "IpAddress": "plain",
    "ArnEquals": "pattern",
    "ArnLike": "pattern",
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def test_every_operator_but_null_is_there():
    assert set(POSITIVE) | set(NEGATED) == set(OPERATORS)
    assert POSITIVE == {name: one.takes for name, one in OPERATORS.items() if not one.is_negated}
    assert set(NEGATED) == {name for name, one in OPERATORS.items() if one.is_negated}
    for name, positive in NEGATED.items():
        assert OPERATORS[positive].of == OPERATORS[name].of
        assert OPERATORS[positive].takes == OPERATORS[name].takes
        assert OPERATORS[positive].family == OPERATORS[name].family


def test_a_name_taken_twice_stops():
    with pytest.raises(ValueError, match="StringLike"):
        operator("StringLike", takes="text")(lambda value: None)
    with pytest.raises(ValueError, match="StringNotLike"):
        negation("StringNotLike", of="StringLike")


ROWS = [
    ("StringEquals", ["a*"], ["a*"], ["ab", "A*", ""]),
    ("StringEquals", ["a", ""], ["a", ""], ["b"]),
    ("StringEqualsIgnoreCase", ["aB*"], ["Ab*", "AB*"], ["abc", ""]),
    ("StringLike", ["a*c", "?"], ["ac", "abc", "x", "*"], ["abcd", "", "Abc"]),
    ("NumericEquals", ["10"], ["10", "10.0", "+10", "010"], ["10.1", "x", "", "1e1"]),
    ("NumericLessThan", ["10"], ["9.99", "-100"], ["10", "x"]),
    ("NumericLessThanEquals", ["10"], ["10", "9"], ["10.01", "ten"]),
    ("NumericGreaterThan", ["10"], ["10.001"], ["10", ""]),
    ("NumericGreaterThanEquals", ["10"], ["10", "11"], ["9"]),
    ("NumericEquals", ["ten"], [], ["ten", "10"]),
    ("DateEquals", ["2020-01-01T00:00:00Z"], ["1577836800", "2020", "2020-01-01T01:00:00+01:00"], ["2020-01-02", "x"]),
    ("DateLessThan", ["2020-01-01"], ["2019-12-31T23:59:59Z", "5"], ["2020-01-01T00:00:00Z", "soon"]),
    ("DateLessThanEquals", ["2020-01-01"], ["2020-01-01T00:00:00Z"], ["2020-01-01T00:00:01Z"]),
    ("DateGreaterThan", ["2020-01-01"], ["2020-01-01T00:00:01Z"], ["2020-01-01"]),
    ("DateGreaterThanEquals", ["2020-01-01"], ["2020-01-01"], ["2019"]),
    ("Bool", ["true"], ["true", "TRUE", "True"], ["false", "1", ""]),
    ("Bool", ["yes"], [], ["yes", "true", "false"]),
    ("BinaryEquals", ["QmluYXJ5VmFsdWVJbkJhc2U2NA=="], ["QmluYXJ5VmFsdWVJbkJhc2U2NA=="], ["QmluYXJ5", "x"]),
    ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], ["203.0.113.9", "2001:db8:1234:5678::9"], ["1.2.3.4"]),
    ("IpAddress", ["203.0.113.7"], ["203.0.113.7"], ["203.0.113.8", "::ffff:203.0.113.7"]),
    ("IpAddress", ["public"], [], ["public", "1.2.3.4"]),
    (
        "ArnLike",
        ["arn:aws:sns:*:1:t*"],
        ["arn:aws:sns:eu:1:topic", "arn:aws:sns::1:t:s"],
        ["arn:aws:sns:eu:x:1:t", "*"],
    ),
    ("ArnEquals", ["arn:aws:iam::*:root"], ["arn:aws:iam::1:root"], ["arn:aws:iam::1:user/root", "arn:aws:iam::*"]),
    ("ArnLike", ["arn:aws:s3*"], [], ["arn:aws:s3:::b", "arn:aws:s3*"]),
    ("ArnLike", ["*"], [], ["*", "arn:aws:s3:::b"]),
]


@pytest.mark.parametrize(("name", "values", "inside", "outside"), ROWS)
def test_an_operator_holds_of_these_values(name, values, inside, outside):
    one = OPERATORS[name]
    texts = one.set_of([glob_of(value) if one.takes == "pattern" else value for value in values])
    assert inside == [text for text in inside + outside if text in texts]
    assert outside == [text for text in inside + outside if text in ~texts]


def test_plain_stars_of_a_pattern_stay_plain():
    assert "a*" in OPERATORS["StringLike"].set_of([Glob(("a*",))])
    assert "ab" not in OPERATORS["StringLike"].set_of([Glob(("a*",))])
    assert "arn:aws:s3:::b" not in OPERATORS["ArnLike"].set_of([Glob(("arn:aws:s3:::*",))])


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_no_value_is_no_match(name):
    assert OPERATORS[name].set_of([]).is_empty()
