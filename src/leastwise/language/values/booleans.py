"""Sets of truth values, written in any case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from leastwise.language.values.points import Points
from leastwise.language.values.typed import Kind, Typed

Booleans = Typed[bool, Points[bool]]

_VALUES = {"true": True, "false": False}
_LONGEST = 5


def boolean(text: str) -> bool | None:
    """Whether the text says `true` or `false`, in any case; None when it says neither."""
    found = _VALUES.get(text)
    if found is not None or len(text) > _LONGEST or not text.isascii():
        return found
    return _VALUES.get(text.lower())


def equal_to(value: str) -> Booleans:
    """The texts that say the same; none when the value says neither `true` nor `false`."""
    read = boolean(value)
    return Typed(KIND, Points() if read is None else Points(frozenset((read,))))


def _written(region: Points[bool]) -> Iterator[str]:
    words = [word for word, value in _VALUES.items() if value in region]
    yield from words
    for word in words:
        cased = map("".join, product(*((letter, letter.upper()) for letter in word)))
        yield from (text for text in cased if text != word)


def _test(region: Points[bool]) -> Callable[[bool], bool]:
    return region.__contains__


KIND: Kind[bool, Points[bool]] = Kind(
    "boolean", boolean, Points(frozenset((True, False))), _test, _written, lambda region: True
)
