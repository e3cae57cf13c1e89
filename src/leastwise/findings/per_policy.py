"""What is worked out of a policy once, however many principals hold it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from leastwise.estate.documents import Parsed

T = TypeVar("T")


class PerPolicy(Generic[T]):
    """What a function makes of policies, each asked for once."""

    def __init__(self, make: Callable[[Parsed], T]) -> None:
        self._make = make
        self._made: dict[int, tuple[Parsed, T]] = {}

    def of(self, parsed: Parsed) -> T:
        """What the function makes of the policy."""
        found = self._made.get(id(parsed))
        if found is None:  # INVARIANT: the policy is kept beside what was made of it, so that its id stays its own
            found = self._made[id(parsed)] = (parsed, self._make(parsed))
        return found[1]
