"""Sets of IP addresses as ranges of whole numbers: v4 first, v6 after them, so that neither is the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from itertools import count

from leastwise.language.values import ranges
from leastwise.language.values.ranges import Ranges
from leastwise.language.values.typed import Kind, Typed

Addresses = Typed[int, Ranges[int]]

_V6 = 1 << 32
"""Where v6 begins."""
_END = _V6 + (1 << 128)
_OCTETS = {str(value): value for value in range(256)}
_FIRST, _SECOND, _THIRD = ({text: value << bits for text, value in _OCTETS.items()} for bits in (24, 16, 8))
_V4_BITS, _V6_BITS = 32, 128
_LONGEST = 45


def address(text: str) -> int | None:
    """The place of a v4 or v6 address in the line of all addresses; None for any other text."""
    try:
        a, b, c, d = text.split(".")
        return _FIRST[a] | _SECOND[b] | _THIRD[c] | _OCTETS[d]
    except (ValueError, KeyError):
        return _v6(text) if ":" in text and len(text) <= _LONGEST else None


@lru_cache(maxsize=1 << 16)
def _v6(text: str) -> int | None:
    if "%" in text:
        return None
    try:
        return _V6 + int(IPv6Address(text))
    except AddressValueError:
        return None


def inside(block: str) -> Addresses:
    """The addresses of a CIDR block, or the one address; none when the text is neither.

    Bits beyond the prefix are not looked at. A v4 block holds no v6 address, nor the reverse.
    IAM User Guide, "Condition operators": without a prefix IAM takes `/32`.
    """
    return Typed(KIND, _block(block))


def _block(block: str) -> Ranges[int]:
    text, slash, prefix = block.partition("/")
    start = address(text)
    if start is None:
        return Ranges()
    base, bits = (0, _V4_BITS) if start < _V6 else (_V6, _V6_BITS)
    if not slash:
        return ranges.between(start, start + 1)
    if not (prefix.isascii() and prefix.isdigit() and len(prefix) <= 3 and int(prefix) <= bits):
        return Ranges()
    size = 1 << (bits - int(prefix))
    low = base + (start - base) // size * size
    return ranges.between(low, low + size)


def _text(value: int) -> str:
    return str(IPv4Address(value)) if value < _V6 else str(IPv6Address(value - _V6))


def _written(region: Ranges[int]) -> Iterator[str]:
    """Each piece's addresses in turn, its second one first: the first of a block is seldom a host's."""
    runs = [(piece.low or 0, piece.high or 0) for piece in region.pieces()]
    longest = max((high - low for low, high in runs), default=0)
    for step in count():
        if step >= longest:
            return
        for low, high in runs:
            if step < high - low:
                yield _text(low + (step + 1) % (high - low))


def _test(region: Ranges[int]) -> Callable[[int], bool]:
    if len(region.cuts) != 2:
        return region.__contains__
    (low, _), (high, _) = region.cuts
    return lambda value: low <= value < high


def _writes_all(region: Ranges[int]) -> bool:
    """A v4 address is written in one way, a v6 address in many."""
    return not region.cuts or region.cuts[-1][0] <= _V6


KIND: Kind[int, Ranges[int]] = Kind("address", address, ranges.between(0, _END), _test, _written, _writes_all)
