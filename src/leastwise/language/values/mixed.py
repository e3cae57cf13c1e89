"""Sets of several families joined: a union of meets, each of one set a family."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from leastwise.language.values.protocol import TooHard, ValueSet

_TRIED = 20
"""Members of each set that are looked for in the others."""

_LISTED = 100
"""Sets of no more texts than this are tried text by text."""

_Piece = tuple[ValueSet, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """What sets share: a text, or nothing for certain; when not `is_settled`, neither is known."""

    member: str | None
    is_empty: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether there is a member, or none for certain."""
        return self.member is not None or self.is_empty


_OPEN = Meeting(None)
_NOTHING = Meeting(None, is_empty=True)


def meet(sets: Sequence[ValueSet]) -> Meeting:
    """What all the sets share; exact within a family, tried by members across families."""
    met = [_meeting(piece) for piece in _pieces_of_all(sets)]
    found = next((m for m in met if m.member is not None), None)
    return found or (_NOTHING if all(m.is_empty for m in met) else _OPEN)


@dataclass(frozen=True, slots=True)
class Mixed:
    """The texts that are in every set of one of the pieces."""

    pieces: tuple[_Piece, ...]

    @property
    def family(self) -> str:
        """No family but its own."""
        return "mixed"

    def __contains__(self, text: str, /) -> bool:
        return any(all(text in one for one in piece) for piece in self.pieces)

    def __and__(self, other: ValueSet, /) -> ValueSet:
        return both(self, other)

    def __or__(self, other: ValueSet, /) -> ValueSet:
        return either(self, other)

    def __invert__(self) -> ValueSet:
        sides = [Mixed(tuple((~one,) for one in piece)) for piece in self.pieces]
        return reduce(both, sides, Mixed(((),)))

    def __le__(self, other: ValueSet, /) -> bool:
        return both(self, ~other).is_empty()

    def is_empty(self) -> bool:
        """No text is in the set; raises `TooHard` when that cannot be settled."""
        return self.member() is None

    def member(self) -> str | None:
        """A text of the set; None when it is empty; raises `TooHard` when that cannot be settled."""
        meeting = meet([self])
        if not meeting.is_settled:
            raise TooHard("sets of several families")
        return meeting.member

    def members(self, count: int, /) -> tuple[str, ...]:
        """Up to `count` different texts of the set; raises `TooHard` when it may have some but none is found."""
        first = self.member()
        found = {} if first is None else {first: None}
        for one in (one for piece in self.pieces for one in piece):
            found |= dict.fromkeys(text for text in one.members(count) if text in self)
        return tuple(found)[:count]

    def listed(self, limit: int, /) -> tuple[str, ...] | None:
        """Every text of the set when there are at most `limit`; None when there are more or that is not known."""
        found: dict[str, None] = {}
        for piece in self.pieces:
            listed = next((texts for one in piece if (texts := one.listed(limit)) is not None), None)
            if listed is None:
                return None
            found |= dict.fromkeys(text for text in listed if text in self)
        return tuple(found) if len(found) <= limit else None

    def test(self) -> Callable[[str], bool]:
        """The quickest way to ask for membership many times."""
        pieces = [[one.test() for one in piece] for piece in self.pieces]
        return lambda text: any(all(test(text) for test in piece) for piece in pieces)


def both(one: ValueSet, other: ValueSet) -> Mixed:
    """What two sets share, exact or not."""
    return Mixed(tuple(_joined((*a, *b)) for a in _pieces(one) for b in _pieces(other)))


def either(one: ValueSet, other: ValueSet) -> Mixed:
    """The texts of one set and of the other."""
    return Mixed(tuple(dict.fromkeys(_pieces(one) + _pieces(other))))


def _pieces(one: ValueSet) -> tuple[_Piece, ...]:
    return one.pieces if isinstance(one, Mixed) else ((one,),)


def _pieces_of_all(sets: Sequence[ValueSet]) -> tuple[_Piece, ...]:
    return reduce(both, sets, Mixed(((),))).pieces


def _joined(sets: Iterable[ValueSet]) -> _Piece:
    """One set a family."""
    joined: dict[str, ValueSet] = {}
    for one in sets:
        joined[one.family] = joined[one.family] & one if one.family in joined else one
    return tuple(joined.values())


def _meeting(piece: _Piece) -> Meeting:
    if not piece:
        return Meeting("x")
    is_settled = False
    for index, one in enumerate(piece):
        others = piece[:index] + piece[index + 1 :]
        texts, is_all = _tried(one)
        found = next((text for text in texts if all(text in other for other in others)), None)
        if found is not None:
            return Meeting(found)
        is_settled = is_settled or is_all
    return _NOTHING if is_settled else _OPEN


def _tried(one: ValueSet) -> tuple[tuple[str, ...], bool]:
    """Texts of a set, and whether they are all of it."""
    try:
        listed = one.listed(_LISTED)
        return (listed, True) if listed is not None else (one.members(_TRIED), False)
    except TooHard:
        return (), False
