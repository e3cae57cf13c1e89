"""What a test asks of a key that is absent, of one value, and of the values of a list."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from leastwise.language.operator_names import OperatorName, split_operator
from leastwise.prove.checking.patterns import (
    ANYTHING,
    STAR,
    Language,
    Pattern,
    fits,
    holds_variable,
    in_any_case,
    joined,
    parts_of,
    plain,
    words,
    written,
)
from leastwise.prove.checking.values import Predicate, Read, Relation, Spelt, satisfies
from leastwise.prove.written import RESOURCE, Test

Reach = Literal["bare", "all", "any", "null"]

_PARTS: Final = 6
_SERVICE: Final = 2
_COMPLETED: Final = ("identity", "boundary")
_COMPLETED_WITH_WILDCARD: Final = ("resource", "endpoint")
_NEGATED: Final[Mapping[str, str]] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """What is asked of a key: of one value that it satisfies `predicate`, or with `is_negated` that it does not.

    `on_absent` is what holds of an absent key, `on_present` what `Null` says of a value that is not empty.
    """

    reach: Reach
    predicate: Predicate
    is_negated: bool = False
    on_absent: bool = False
    on_present: bool = False

    def takes(self, text: str) -> bool:
        """Whether one value satisfies it."""
        return satisfies(text, self.predicate) is not self.is_negated


def condition_of(test: Test) -> Condition | None:
    """What the test asks; None when nothing may be concluded from it."""
    if test.on == RESOURCE:
        return _resource(test)
    name = split_operator(test.operator)
    if name is None:
        return None
    if name.base == "Null":
        asked = {value.lower() for value in test.values}
        return Condition("null", Spelt(ANYTHING), on_absent="true" in asked, on_present="false" in asked)
    is_negated = name.base in _NEGATED
    predicate = _predicate(_NEGATED.get(name.base, name.base), test)
    return None if predicate is None else Condition(_reach(name), predicate, is_negated, _on_absent(name, is_negated))


def _reach(name: OperatorName) -> Reach:
    return "all" if name.qualifier == "ForAllValues" else "any" if name.qualifier == "ForAnyValue" else "bare"


def _on_absent(name: OperatorName, is_negated: bool) -> bool:
    if name.qualifier is not None:
        return name.qualifier == "ForAllValues"
    return name.if_exists or is_negated


def _predicate(positive: str, test: Test) -> Predicate | None:
    if positive in _READ:
        family, relation = _READ[positive]
        return Read(family, relation, test.values)
    if positive == "BinaryEquals":
        return Spelt(tuple(pattern for value in test.values for pattern in _bytes(value)))
    if test.has_variables and any(map(holds_variable, test.values)):
        return None
    return Spelt(tuple(p for value in test.values for p in _SPELT[positive](value, test.has_variables)))


_READ: Final[Mapping[str, tuple[Literal["number", "date", "address"], Relation]]] = {
    "NumericEquals": ("number", "is"),
    "NumericLessThan": ("number", "below"),
    "NumericLessThanEquals": ("number", "at most"),
    "NumericGreaterThan": ("number", "above"),
    "NumericGreaterThanEquals": ("number", "at least"),
    "DateEquals": ("date", "is"),
    "DateLessThan": ("date", "below"),
    "DateLessThanEquals": ("date", "at most"),
    "DateGreaterThan": ("date", "above"),
    "DateGreaterThanEquals": ("date", "at least"),
    "IpAddress": ("address", "inside"),
}


def _equal(value: str, has_escapes: bool) -> Language:
    return (written(value, has_escapes=has_escapes, has_wildcards=False),)


def _equal_in_any_case(value: str, has_escapes: bool) -> Language:
    return tuple(map(in_any_case, _equal(value, has_escapes)))


def _like(value: str, has_escapes: bool) -> Language:
    return (written(value, has_escapes=has_escapes, has_wildcards=True),)


def _boolean(value: str, has_escapes: bool) -> Language:
    """`true` or `false` in any case; nothing when the value is neither."""
    said = [word for word in ("true", "false") if fits(word, _equal_in_any_case(value, has_escapes))]
    return tuple(in_any_case(plain(word)) for word in said)


def _arn(value: str, has_escapes: bool) -> Language:
    return arn_like(written(value, has_escapes=has_escapes, has_wildcards=True))


def arn_like(pattern: Pattern) -> Language:
    """The ARNs that match part by part; none when the pattern has not six parts, the first of which can be `arn`."""
    parts = parts_of(pattern)
    if len(parts) < _PARTS or not fits("arn", (parts[0],)):
        return ()
    return (joined([plain("arn"), *parts[1:]]),)


_SPELT: Final[Mapping[str, Callable[[str, bool], Language]]] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _equal_in_any_case,
    "StringLike": _like,
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Bool": _boolean,
}


def _bytes(value: str) -> Language:
    """Every way to write the same bytes in base64, and the text that they are."""
    said = _decoded(value)
    if said is None:
        return ()
    code = b64encode(said).decode()
    kept = code.rstrip("=")
    last = [kept[:-1] + sign + code[len(kept) :] for sign in _BASE64] if len(kept) < len(code) else [code]
    texts = [text for text in last if _decoded(text) == said]
    try:
        return words([*texts, said.decode()])
    except UnicodeDecodeError:
        return words(texts)


_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def _resource(test: Test) -> Condition | None:
    if test.has_variables and any(map(holds_variable, test.values)):
        return None
    language = tuple(pattern for value in test.values for pattern in _resources(value, test))
    return Condition("bare", Spelt(language), is_negated=test.operator == "NotResource")


def _resources(value: str, test: Test) -> Language:
    """The resources that one value of Resource names: ARNs part by part, short ones completed as the kind has it."""
    pattern = written(value, has_escapes=test.has_variables, has_wildcards=True)
    if pattern and all(step == STAR for step in pattern):
        return ANYTHING
    parts = parts_of(pattern)
    missing = _PARTS - len(parts)
    has_wildcard = any(step.letters.is_rest for step in pattern)
    is_completed = test.kind in _COMPLETED or (test.kind in _COMPLETED_WITH_WILDCARD and has_wildcard)
    if missing and not is_completed:
        return ()
    parts += [(STAR,)] * missing
    if any(step.letters.is_rest for step in parts[_SERVICE]):
        return ()
    return (joined(parts),)
