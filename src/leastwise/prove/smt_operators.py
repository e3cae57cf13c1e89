"""Condition operators as a solver has them: what a value must be to fit what a policy has written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final, Literal

from leastwise.language.operator_names import OperatorName, split_operator
from leastwise.prove import smt_readings as read
from leastwise.prove.smt_texts import (
    FALSE,
    NO_TEXT,
    Pattern,
    Unsupported,
    any_case,
    arn_value,
    conj,
    disj,
    glob,
    in_regex,
    neg,
    plain,
    regex,
    word,
)
from leastwise.prove.written import Test

Family = Literal["text", "number", "date", "address", "boolean"]
Accepts = Callable[[str, str, bool], str]
"""That the value of this name fits what a policy has written, with variables or without."""

Expression = Callable[[str, bool], str]
"""The regular expression of what fits a written value."""


def name_of(test: Test) -> OperatorName:
    """The parts of the test's operator; raises Unsupported when AWS has no such operator."""
    name = split_operator(test.operator)
    if name is None:
        raise Unsupported(f"unknown condition operator `{test.operator}`")
    return name


def accepted(value: str, test: Test) -> str:
    """That the value satisfies the test's operator, negation and all, for the values that the policy lists."""
    name = name_of(test)
    base = NEGATIONS.get(name.base, name.base)
    accepts = POSITIVE[base][1]
    one = disj(accepts(value, written, test.has_variables) for written in test.values)
    return one if base == name.base else neg(one)


def families_of(tests: Iterable[Test]) -> set[Family]:
    """What the tests read values as."""
    bases = (name_of(test).base for test in tests)
    return {POSITIVE[NEGATIONS.get(base, base)][0] for base in bases if base != "Null"}


def texts_of(test: Test) -> Iterator[str]:
    """The texts that the test singles out."""
    name = name_of(test)
    for value in test.values:
        if name.base in _EXACT:
            yield plain(value, has_variables=test.has_variables)
        elif name.base in _PATTERNED:
            yield from fixed(glob(value, has_variables=test.has_variables))


def fixed(pattern: Pattern) -> tuple[str, ...]:
    """The one text of a pattern without wildcards."""
    texts = [step for step in pattern if isinstance(step, str)]
    return ("".join(texts),) if len(texts) == len(pattern) else ()


_EXACT = frozenset({"StringEquals", "StringNotEquals"})
_PATTERNED = frozenset({"StringLike", "StringNotLike"})


def _equals(written: str, has_variables: bool) -> str:
    return word(plain(written, has_variables=has_variables))


def _equals_ignoring_case(written: str, has_variables: bool) -> str:
    return any_case(plain(written, has_variables=has_variables))


def _like(written: str, has_variables: bool) -> str:
    return regex(glob(written, has_variables=has_variables))


def _arn_like(written: str, has_variables: bool) -> str:
    pattern = arn_value(written, has_variables=has_variables)
    return NO_TEXT if pattern is None else regex(pattern)


def _binary(written: str, has_variables: bool) -> str:
    return read.encodings(written)


def _text(expression: Expression) -> Accepts:
    def accepts(value: str, written: str, has_variables: bool) -> str:
        return in_regex(value, expression(written, has_variables))

    return accepts


_TEXTS: Final[Mapping[str, Expression]] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "BinaryEquals": _binary,
}


def expressions(test: Test) -> Iterator[str]:
    """The regular expressions of the test's values where these are compared as text."""
    name = name_of(test)
    expression = _TEXTS.get(NEGATIONS.get(name.base, name.base))
    if expression is not None:
        yield from (expression(written, test.has_variables) for written in test.values)


def bool_(value: str, written: str, has_variables: bool) -> str:
    """That the value says the same truth value."""
    said = read.boolean(plain(written, has_variables=has_variables))
    if said is None:
        return FALSE
    return conj([reads(value, "boolean"), f"{value}.boolean" if said else neg(f"{value}.boolean")])


def in_block(value: str, written: str, has_variables: bool) -> str:
    """That the value is an address of the CIDR block."""
    block = read.block(written)
    if block is None:
        return FALSE
    family, low, high = block
    is_v6, address = f"{value}.v6", f"{value}.address"
    return conj(
        [
            reads(value, "address"),
            is_v6 if family == 6 else neg(is_v6),
            f"(<= {low} {address})",
            f"(<= {address} {high})",
        ]
    )


def _number(relation: str) -> Accepts:
    def accepts(value: str, written: str, has_variables: bool) -> str:
        return compared(value, "number", relation, read.number(written))

    return accepts


def _date(relation: str) -> Accepts:
    def accepts(value: str, written: str, has_variables: bool) -> str:
        return compared(value, "date", relation, read.instant(written))

    return accepts


def compared(value: str, family: Family, relation: str, bound: Fraction | None) -> str:
    """That the value reads as a number or date in this relation to the bound; never so without a bound."""
    if bound is None:
        return FALSE
    return conj([reads(value, family), f"({relation} {value}.{family} {real(bound)})"])


def real(value: Fraction) -> str:
    """The number as an SMT-LIB real."""
    size = abs(value)
    text = f"{size.numerator}.0" if size.denominator == 1 else f"(/ {size.numerator}.0 {size.denominator}.0)"
    return text if value >= 0 else f"(- {text})"


def reads(value: str, family: Family) -> str:
    """That the value can be read as one of the family."""
    return f"{value}.reads-{family}"


POSITIVE: Final[Mapping[str, tuple[Family, Accepts]]] = {
    **{name: ("text", _text(expression)) for name, expression in _TEXTS.items()},
    "NumericEquals": ("number", _number("=")),
    "NumericLessThan": ("number", _number("<")),
    "NumericLessThanEquals": ("number", _number("<=")),
    "NumericGreaterThan": ("number", _number(">")),
    "NumericGreaterThanEquals": ("number", _number(">=")),
    "DateEquals": ("date", _date("=")),
    "DateLessThan": ("date", _date("<")),
    "DateLessThanEquals": ("date", _date("<=")),
    "DateGreaterThan": ("date", _date(">")),
    "DateGreaterThanEquals": ("date", _date(">=")),
    "Bool": ("boolean", bool_),
    "IpAddress": ("address", in_block),
}
NEGATIONS: Final[Mapping[str, str]] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}
READABLE: Final[Mapping[str, Family]] = {
    "Bool": "boolean",
    "Numeric": "number",
    "Date": "date",
    "IPAddress": "address",
}
