"""Sets of byte strings, written in base64."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Iterator
from itertools import count

from leastwise.language.values.points import Points
from leastwise.language.values.typed import Kind, Typed

Binaries = Typed[bytes, Points[bytes]]


def binary(text: str) -> bytes | None:
    """The bytes that base64 text stands for; None for any other text."""
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        return None


def equal_to(value: str) -> Binaries:
    """The base64 texts of the same bytes; none when the value is not base64."""
    read = binary(value)
    return Typed(KIND, Points() if read is None else Points(frozenset((read,))))


def _written(region: Points[bytes]) -> Iterator[str]:
    endless = (str(number).encode() for number in count())
    values = (value for value in endless if value in region) if region.is_rest else iter(sorted(region.listed))
    return (b64encode(value).decode() for value in values)


def _test(region: Points[bytes]) -> Callable[[bytes], bool]:
    return region.__contains__


KIND: Kind[bytes, Points[bytes]] = Kind("binary", binary, Points(is_rest=True), _test, _written)
