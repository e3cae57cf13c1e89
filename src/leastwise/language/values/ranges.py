"""Sets over an ordered domain, as the cuts at which membership turns."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

V = TypeVar("V", bound=int | Decimal)

BEFORE, AFTER = 0, 1


@dataclass(frozen=True, slots=True)
class Piece(Generic[V]):
    """An unbroken run of values; None for an end that is open for ever."""

    low: V | None
    has_low: bool
    high: V | None
    has_high: bool


@dataclass(frozen=True, slots=True)
class Ranges(Generic[V]):
    """Values between cuts; a cut lies just before (0) or just after (1) a value, and membership turns at each.

    INVARIANT: cuts are in order and differ, so two sets over a domain without gaps are the same exactly when equal.
    """

    cuts: tuple[tuple[V, int], ...] = ()
    from_start: bool = False

    def __contains__(self, value: V) -> bool:
        return bisect_right(self.cuts, (value, BEFORE)) % 2 != self.from_start

    def __invert__(self) -> Ranges[V]:
        return Ranges(self.cuts, not self.from_start)

    def __and__(self, other: Ranges[V]) -> Ranges[V]:
        return _merged(self, other, need=2)

    def __or__(self, other: Ranges[V]) -> Ranges[V]:
        return _merged(self, other, need=1)

    def is_empty(self) -> bool:
        """No value is in the set, given a domain without ends and gaps."""
        return not self.cuts and not self.from_start

    def pieces(self) -> Iterator[Piece[V]]:
        """The runs of values in the set, lowest first."""
        ends: list[tuple[V, int] | None] = [*([None] if self.from_start else []), *self.cuts]
        if len(ends) % 2:
            ends.append(None)
        for low, high in zip(ends[::2], ends[1::2], strict=True):
            yield Piece(
                low[0] if low else None,
                low is not None and low[1] == BEFORE,
                high[0] if high else None,
                high is not None and high[1] == AFTER,
            )


def _merged(one: Ranges[V], other: Ranges[V], *, need: int) -> Ranges[V]:
    """The values that are in at least `need` of both."""
    ours, theirs = frozenset(one.cuts), frozenset(other.cuts)
    inside = [one.from_start, other.from_start]
    first = now = sum(inside) >= need
    cuts = []
    for cut in sorted(ours | theirs):
        inside[0] ^= cut in ours
        inside[1] ^= cut in theirs
        if (sum(inside) >= need) != now:
            now = not now
            cuts.append(cut)
    return Ranges(tuple(cuts), first)


def equal_to(value: V) -> Ranges[V]:
    """The one value."""
    return Ranges(((value, BEFORE), (value, AFTER)))


def below(value: V) -> Ranges[V]:
    """All values under it."""
    return Ranges(((value, BEFORE),), from_start=True)


def at_most(value: V) -> Ranges[V]:
    """The value and all under it."""
    return Ranges(((value, AFTER),), from_start=True)


def above(value: V) -> Ranges[V]:
    """All values over it."""
    return Ranges(((value, AFTER),))


def at_least(value: V) -> Ranges[V]:
    """The value and all over it."""
    return Ranges(((value, BEFORE),))


def between(low: int, high: int) -> Ranges[int]:
    """The whole numbers from `low` up to `high`, `high` left out; none when it is not above `low`."""
    return Ranges(((low, BEFORE), (high, BEFORE))) if low < high else Ranges()
