"""The catalogue's actions as the bits of one integer, so that sets of actions join, meet and compare at once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, reduce
from itertools import compress
from operator import or_

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.services import Action
from leastwise.language.values.globs import glob_of
from leastwise.model.policy import Statement

_LAST = "\U0010ffff"
"""A character after all those of an action's name."""

_MANY = 1000
"""So many names are found faster all at once than one by one."""

_DIGITS = bytes.maketrans(b"01", b"\0\1")


class ActionIndex:
    """Known actions, each at one place in the order of their names in lower case; a set of them is an integer.

    An action is looked up by its name when it is asked for, so that no service is read for nothing. Bit `i` of a set
    is the action at place `i`; `everything` holds them all.
    """

    __slots__ = ("_action", "everything", "lowered", "names")

    def __init__(self, names: Iterable[str], action: Callable[[str], Action | None]) -> None:
        self.names: tuple[str, ...] = tuple(names)
        self.lowered: tuple[str, ...] = tuple(map(str.lower, self.names))
        self._action = action
        self.everything: int = (1 << len(self.names)) - 1

    def bits_of(self, pattern: str) -> int:
        """The actions that one value of `Action` names; none when it names no known one."""
        return _bits_of(self, pattern.lower())

    def bits_of_statement(self, statement: Statement) -> int:
        """The known actions that the statement's Action or NotAction takes in."""
        named = _bits_of_all(self, statement.actions)
        return self.everything ^ named if statement.is_not_action else named

    def bits_of_statements(self, statements: Iterable[Statement]) -> int:
        """The known actions that one of the statements takes in."""
        return reduce(or_, map(self.bits_of_statement, statements), 0)

    def told(self, bits: int) -> tuple[str, ...]:
        """The names in the set, in order, as AWS writes them."""
        if bits.bit_count() < _MANY:
            return tuple(self.names[place] for place in places(bits))
        return tuple(compress(self.names, f"{bits:b}"[::-1].encode().translate(_DIGITS)))

    def first(self, bits: int) -> int:
        """The lowest place in a set that is not empty."""
        return (bits & -bits).bit_length() - 1

    def action(self, index: int) -> Action:
        """The action at a place."""
        found = self._action(self.names[index])
        assert found is not None, "the catalogue has every action of its index"
        return found

    def actions(self, bits: int) -> Iterator[Action]:
        """The actions of a set, in order."""
        return map(self.action, places(bits))

    def index_of(self, name: str) -> int | None:
        """The place of the action of this name in any case; None when there is none."""
        lowered = name.lower()
        place = bisect_left(self.lowered, lowered)
        return place if place < len(self.lowered) and self.lowered[place] == lowered else None


@lru_cache(maxsize=1)
def action_index() -> ActionIndex:
    """The index of the shipped catalogue."""
    catalogue = load_catalogue()
    return ActionIndex(catalogue.index().actions, catalogue.action)


def places(bits: int) -> Iterator[int]:
    """The places in the set, lowest first."""
    digits = f"{bits:b}"[::-1]
    place = digits.find("1")
    while place >= 0:
        yield place
        place = digits.find("1", place + 1)


@lru_cache(maxsize=8192)
def _bits_of_all(index: ActionIndex, patterns: tuple[str, ...]) -> int:
    return reduce(or_, (index.bits_of(pattern) for pattern in patterns), 0)


@lru_cache(maxsize=16_384)
def _bits_of(index: ActionIndex, pattern: str) -> int:
    """The actions that fit a pattern in lower case; those with one beginning are next to each other."""
    head = pattern.replace("?", "*").partition("*")[0]
    if head == pattern:
        place = index.index_of(pattern)
        return 0 if place is None else 1 << place
    low, high = bisect_left(index.lowered, head), bisect_left(index.lowered, head + _LAST)
    if not pattern[len(head) :].strip("*"):
        return (1 << high) - (1 << low)
    matches = glob_of(pattern).matcher()
    digits = "".join("01"[matches(name)] for name in index.lowered[low:high])
    return int(digits[::-1] or "0", 2) << low
