"""Sets of texts by what they are read as: all that read as a value of some region, and perhaps all that do not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import Any, Generic, Protocol, Self, TypeVar, overload

from leastwise.language.values import mixed
from leastwise.language.values.protocol import ValueSet

V = TypeVar("V")
W = TypeVar("W", contravariant=True)
R = TypeVar("R", bound="Region[Any]")


class Region(Protocol[W]):
    """A set of values as they are read."""

    def __contains__(self, value: W, /) -> bool: ...

    def __and__(self, other: Self, /) -> Self: ...

    def __or__(self, other: Self, /) -> Self: ...

    def __invert__(self) -> Self: ...

    def is_empty(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Kind(Generic[V, R]):
    """How a family reads texts and writes a region's values; `whole` holds all that can be read.

    `written` writes no text twice, the most readable first; `writes_all` says that it writes every text of a region.
    """

    family: str
    read: Callable[[str], V | None]
    whole: R
    test: Callable[[R], Callable[[V], bool]]
    written: Callable[[R], Iterator[str]]
    writes_all: Callable[[R], bool] = lambda region: False


@dataclass(frozen=True, slots=True)
class Typed(Generic[V, R]):
    """The texts that read as a value of the region; with `has_unreadable`, also those that do not read."""

    kind: Kind[V, R]
    region: R
    has_unreadable: bool = False

    @property
    def family(self) -> str:
        """What the texts are read as."""
        return self.kind.family

    def __contains__(self, text: str, /) -> bool:
        value = self.kind.read(text)
        return self.has_unreadable if value is None else value in self.region

    @overload
    def __and__(self, other: Typed[V, R], /) -> Typed[V, R]: ...
    @overload
    def __and__(self, other: ValueSet, /) -> ValueSet: ...
    def __and__(self, other: ValueSet, /) -> ValueSet:
        if not isinstance(other, Typed) or other.kind is not self.kind:
            return mixed.both(self, other)
        return Typed(self.kind, self.region & other.region, self.has_unreadable and other.has_unreadable)

    @overload
    def __or__(self, other: Typed[V, R], /) -> Typed[V, R]: ...
    @overload
    def __or__(self, other: ValueSet, /) -> ValueSet: ...
    def __or__(self, other: ValueSet, /) -> ValueSet:
        if not isinstance(other, Typed) or other.kind is not self.kind:
            return mixed.either(self, other)
        return Typed(self.kind, self.region | other.region, self.has_unreadable or other.has_unreadable)

    def __invert__(self) -> Typed[V, R]:
        return Typed(self.kind, ~self.region & self.kind.whole, not self.has_unreadable)

    def __le__(self, other: ValueSet, /) -> bool:
        return (self & ~other).is_empty()

    def is_empty(self) -> bool:
        """No text is in the set."""
        return not self.has_unreadable and self.region.is_empty()

    def member(self) -> str | None:
        """A text of the set, one that reads if there is one; None when the set is empty."""
        return next(iter(self.members(1)), None)

    def members(self, count: int, /) -> tuple[str, ...]:
        """Up to `count` different texts of the set, some that read and some that do not."""
        readable = islice(self.kind.written(self.region), count)
        if not self.has_unreadable:
            return tuple(readable)
        kept = tuple(islice(readable, max(1, count - count // 4)))
        return tuple(islice(chain(kept, islice(self._unreadable(), count - len(kept))), count))

    def listed(self, limit: int, /) -> tuple[str, ...] | None:
        """Every text of the set when there are at most `limit`; None when there are more or that is not known."""
        if self.is_empty():
            return ()
        if self.has_unreadable or not self.kind.writes_all(self.region):
            return None
        found = self.members(limit + 1)
        return found if len(found) <= limit else None

    def _unreadable(self) -> Iterator[str]:
        plain = chain(("x", "", "x-y"), (f"x-{number}" for number in count()))
        return (text for text in plain if self.kind.read(text) is None)

    def test(self) -> Callable[[str], bool]:
        """The quickest way to ask for membership many times."""
        read, holds, unreadable = self.kind.read, self.kind.test(self.region), self.has_unreadable

        def test(text: str) -> bool:
            value = read(text)
            return unreadable if value is None else holds(value)

        return test
