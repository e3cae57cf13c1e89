"""Sets of decimal numbers, read exactly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import MAX_EMAX, MIN_EMIN, ROUND_FLOOR, Context, Decimal
from functools import lru_cache
from itertools import chain, count, islice

from leastwise.language.values import ranges
from leastwise.language.values.ranges import Piece, Ranges
from leastwise.language.values.typed import Kind, Typed

Numbers = Typed[Decimal, Ranges[Decimal]]

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_SHORT = 64
_ONE = Decimal(1)


def number(text: str) -> Decimal | None:
    """The number that a plain decimal is, exactly; None for any other text, an exponent included."""
    return _short_number(text) if len(text) <= _SHORT else _number(text)


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


_short_number = lru_cache(maxsize=8192)(_number)


def below(bound: str) -> Numbers:
    """Numbers under the bound; none when it is not a number."""
    return _by(ranges.below, bound)


def at_most(bound: str) -> Numbers:
    """The bound and numbers under it; none when it is not a number."""
    return _by(ranges.at_most, bound)


def above(bound: str) -> Numbers:
    """Numbers over the bound; none when it is not a number."""
    return _by(ranges.above, bound)


def at_least(bound: str) -> Numbers:
    """The bound and numbers over it; none when it is not a number."""
    return _by(ranges.at_least, bound)


def equal_to(value: str) -> Numbers:
    """The one number, however it is written; none when it is not a number."""
    return _by(ranges.equal_to, value)


def _by(region: Callable[[Decimal], Ranges[Decimal]], text: str) -> Numbers:
    value = number(text)
    return Typed(KIND, Ranges() if value is None else region(value))


def exact(*values: Decimal) -> Context:
    """A context in which sums and halves of the values are not rounded."""
    size = sum(abs(v.adjusted()) + len(v.as_tuple().digits) for v in values)
    return Context(prec=size + 30, Emax=MAX_EMAX, Emin=MIN_EMIN, rounding=ROUND_FLOOR)


def samples(region: Ranges[Decimal]) -> Iterator[Decimal]:
    """Values of the region, whole ones and ends first, in turn from each of its pieces; no end when it has a run."""
    return _in_turn([_of_piece(piece) for piece in region.pieces()])


def _in_turn(sources: list[Iterator[Decimal]]) -> Iterator[Decimal]:
    while sources:
        still = []
        for source in sources:
            value = next(source, None)
            if value is not None:
                still.append(source)
                yield value
        sources = still


def _of_piece(piece: Piece[Decimal]) -> Iterator[Decimal]:
    low, high = piece.low, piece.high
    if low is not None and low == high:
        yield low
        return
    if low is not None and piece.has_low:
        yield low
    if high is not None and piece.has_high:
        yield high
    yield from _inside(low, high)


def _inside(low: Decimal | None, high: Decimal | None) -> Iterator[Decimal]:
    """Values strictly between, whole ones while there are some, then ever nearer to the low end."""
    context = exact(*(end for end in (low, high) if end is not None))
    if low is None:
        start = Decimal(1) if high is None else context.to_integral_value(high)
        first = start if high is None or start < high else context.subtract(start, _ONE)
        step = _ONE if high is None else -_ONE
        yield from (context.add(first, context.multiply(step, Decimal(n))) for n in count())
        return
    value = context.add(context.to_integral_value(low), _ONE)
    while high is None or value < high:
        yield value
        value = context.add(value, _ONE)
    yield from _halves(low, min(high, context.add(context.to_integral_value(low), _ONE)))


def _halves(low: Decimal, high: Decimal) -> Iterator[Decimal]:
    while True:
        high = exact(low, high).multiply(exact(low, high).add(low, high), Decimal("0.5"))
        yield high


def plain(value: Decimal) -> str:
    """The number as a plain decimal without idle zeros."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _written(region: Ranges[Decimal]) -> Iterator[str]:
    """Each of some values in its plain form, then with zeros that say nothing."""
    some = list(islice(samples(region), _WRITTEN))
    forms = (f"{plain(v)}{'' if '.' in plain(v) else '.'}{'0' * n}" for n in count(1) for v in some)
    return chain(dict.fromkeys(map(plain, some)), forms) if some else iter(())


_WRITTEN = 64


def test(region: Ranges[Decimal]) -> Callable[[Decimal], bool]:
    """Whether a value is in the region."""
    return region.__contains__


KIND: Kind[Decimal, Ranges[Decimal]] = Kind("number", number, ~Ranges(), test, _written)
