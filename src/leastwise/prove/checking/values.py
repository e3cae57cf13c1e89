"""Whether one value can be as several tests ask: text by text, or by the places between which nothing changes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from leastwise.prove.checking.patterns import ANYTHING, Language, Letters, Pattern, Step, fits, plain
from leastwise.prove.checking.readings import (
    Family,
    Place,
    Point,
    Reading,
    block_of,
    instant_of,
    number_of,
    reading_of,
)
from leastwise.prove.checking.search import is_nothing, listed

Relation = Literal["is", "below", "at most", "above", "at least", "inside", "reads"]


@dataclass(frozen=True, slots=True)
class Spelt:
    """The value is a text of the language."""

    language: Language


@dataclass(frozen=True, slots=True)
class Read:
    """The value reads as one of the family that stands so to one of the bounds; `reads` asks for no bound."""

    family: Family
    relation: Relation
    bounds: tuple[str, ...] = ()


Predicate = Spelt | Read
Signed = tuple[Predicate, bool]
"""A predicate, and whether the value is to satisfy it."""


def satisfies(text: str, predicate: Predicate) -> bool:
    """Whether the text satisfies the predicate."""
    if isinstance(predicate, Spelt):
        return fits(text, predicate.language)
    return _stands(reading_of(text), predicate)


def is_impossible(asked: Sequence[Signed]) -> bool:
    """Whether no text satisfies the predicates as their signs say; False too when that is not shown."""
    spelt = [(one.language, sign) for one, sign in asked if isinstance(one, Spelt)]
    read = [(one, sign) for one, sign in asked if isinstance(one, Read)]
    few = next((texts for language, sign in spelt if sign and (texts := listed(language)) is not None), None)
    if few is not None:
        return not any(_satisfies_all(text, asked) for text in few)
    if not read:
        return is_nothing(spelt)
    forms = {reading.form for reading in _readings(read) if all(_stands(reading, p) is sign for p, sign in read)}
    if any(not is_nothing([*spelt, (_FORMS[form], True)]) for form in sorted(forms)):
        return False
    families = {one.family for one, _ in read}
    return not ({"number", "date"} <= families and any(_fits_year(text, told, spelt, read) for text, told in _years()))


def _satisfies_all(text: str, asked: Iterable[Signed]) -> bool:
    return all(satisfies(text, predicate) is sign for predicate, sign in asked)


def _fits_year(text: str, told: Reading, spelt: list[tuple[Language, bool]], read: list[tuple[Read, bool]]) -> bool:
    is_read = all(_stands(told, one) is sign for one, sign in read)
    return is_read and all(fits(text, language) is sign for language, sign in spelt)


@lru_cache(maxsize=1)
def _years() -> tuple[tuple[str, Reading], ...]:
    """Four digits are a number and a year, which no other text is."""
    return tuple((text, reading_of(text)) for text in (f"{year:04}" for year in range(10_000)))


def _stands(reading: Reading, asked: Read) -> bool:
    if asked.family == "address":
        return reading.address is not None and _is_within(reading.address, asked)
    value = reading.number if asked.family == "number" else reading.date
    if value is None or asked.relation == "reads":
        return value is not None
    compared = _COMPARED[asked.relation]
    return any(compared(value, bound) for bound in _bounds(asked))


def _is_within(place: Place, asked: Read) -> bool:
    blocks = [block for text in asked.bounds if (block := block_of(text))]
    return asked.relation == "reads" or any(low <= place <= high for low, high in blocks)


_COMPARED: Final[Mapping[Relation, Callable[[Point, Point], bool]]] = {
    "is": operator.eq,
    "below": operator.lt,
    "at most": operator.le,
    "above": operator.gt,
    "at least": operator.ge,
}


@lru_cache(maxsize=4096)
def _bounds(asked: Read) -> tuple[Point, ...]:
    """The policy's values that can be read; the others are satisfied by nothing."""
    read = number_of if asked.family == "number" else instant_of
    return tuple((bound, 0) for text in asked.bounds if (bound := read(text)) is not None)


def _readings(asked: Iterable[tuple[Read, bool]]) -> Iterator[Reading]:
    """One reading of each kind that the predicates can tell apart.

    Four digits are a number and a year, which differ: where both count, they are few enough to try all.
    """
    tests = [one for one, _ in asked]
    yield Reading("other")
    for point in _points(tests):
        yield Reading("number", number=point, date=point)
        yield Reading("date", date=point)
    for place in _places(tests):
        yield Reading(f"v{place[0]}", address=place)


def _points(tests: Iterable[Read]) -> set[Point]:
    """The bounds, and what is next to them on either side: between two bounds nothing changes."""
    bounds = {bound for one in tests if one.family != "address" for bound, _ in _bounds(one)}
    return {(bound, side) for bound in bounds or {Decimal(0)} for side in (-1, 0, 1)}


def _places(tests: Iterable[Read]) -> set[Place]:
    """The first and the last address of each block, and their neighbours."""
    found: set[Place] = {(4, 0), (6, 0)}
    for block in (block_of(text) for one in tests if one.family == "address" for text in one.bounds):
        if block is not None:
            (version, low), (_, high) = block
            end = (1 << (32 if version == 4 else 128)) - 1
            found |= {(version, number) for number in (low - 1, low, high, high + 1) if 0 <= number <= end}
    return found


_DIGIT: Final = Step(Letters(frozenset("0123456789")))
_DIGITS: Final = (_DIGIT, Step(_DIGIT.letters, repeats=True))
_POINT: Final = plain(".")
_SIGN: Final = Step(Letters(frozenset("+-")))


def _numbers() -> Iterator[Pattern]:
    for sign in ((), (_SIGN,)):
        yield (*sign, *_DIGITS)
        yield (*sign, *_DIGITS, *_POINT, Step(_DIGIT.letters, repeats=True))
        yield (*sign, *_POINT, *_DIGITS)


_FORMS: Final[Mapping[str, Language]] = {
    "other": ANYTHING,
    "number": tuple(_numbers()),
    "date": ((_DIGIT,) * 4 + (Step(Letters(frozenset("0123456789-:TZ+.")), repeats=True),),),
    "v4": ((*_DIGITS, *_POINT, *_DIGITS, *_POINT, *_DIGITS, *_POINT, *_DIGITS),),
    "v6": ((Step(Letters(frozenset("0123456789abcdefABCDEF:.")), repeats=True),),),
}
"""At least all texts that can be read in this way."""
