"""Sets of a few values, or of all but a few."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Points(Generic[V]):
    """The listed values; with `is_rest`, all others of a domain without end."""

    listed: frozenset[V] = frozenset()
    is_rest: bool = False

    def __contains__(self, value: V) -> bool:
        return (value in self.listed) != self.is_rest

    def __invert__(self) -> Points[V]:
        return Points(self.listed, not self.is_rest)

    def __and__(self, other: Points[V]) -> Points[V]:
        if not self.is_rest:
            return Points(frozenset(value for value in self.listed if value in other))
        return Points(self.listed | other.listed, is_rest=True) if other.is_rest else other & self

    def __or__(self, other: Points[V]) -> Points[V]:
        return ~(~self & ~other)

    def is_empty(self) -> bool:
        """No value is in the set."""
        return not self.listed and not self.is_rest
