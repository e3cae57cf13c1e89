"""What every set of request values offers, and the one way it may fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol


class TooHard(Exception):  # noqa: N818
    """A question about a set took more steps than are allowed; the answer is not known."""


class ValueSet(Protocol):
    """An exact set of request values, each of them text; `==` says that two are built alike.

    Sets of one `family` join within it, exactly; sets of several join to a `Mixed` one, which may be `TooHard`.
    """

    @property
    def family(self) -> str:
        """Which sets this one joins with."""
        ...

    def __contains__(self, text: str, /) -> bool: ...

    def __and__(self, other: ValueSet, /) -> ValueSet: ...

    def __or__(self, other: ValueSet, /) -> ValueSet: ...

    def __invert__(self) -> ValueSet: ...

    def __le__(self, other: ValueSet, /) -> bool: ...

    def is_empty(self) -> bool:
        """No text is in the set; raises `TooHard` when that takes too long to settle."""
        ...

    def member(self) -> str | None:
        """A text of the set, readable where there is one; None when the set is empty."""
        ...

    def members(self, count: int, /) -> tuple[str, ...]:
        """Up to `count` different texts of the set; one at least when it is not empty."""
        ...

    def listed(self, limit: int, /) -> tuple[str, ...] | None:
        """Every text of the set when there are at most `limit`; None when there are more or that is not known."""
        ...

    def test(self) -> Callable[[str], bool]:
        """The quickest way to ask for membership many times."""
        ...


def union(sets: Iterable[ValueSet]) -> ValueSet | None:
    """Every text that is in one of the sets; None when there is no set."""
    level = list(sets)
    while len(level) > 1:
        joined = [a | b for a, b in zip(level[::2], level[1::2], strict=False)]
        level = joined + level[len(joined) * 2 :]
    return level[0] if level else None
