"""Which members of a list of patterns other members cover already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from leastwise.language.nodes import Items
from leastwise.language.values.globs import Glob
from leastwise.language.values.protocol import TooHard
from leastwise.language.values.texts import Texts
from leastwise.lint.document import Written
from leastwise.lint.edits import removal
from leastwise.model.finding import Edit

_MOST_ASKED: Final = 64
"""Patterns of one list that are held against one of its members."""

_UNUSUAL: Final = "~"
"""What stands for a wildcard in the text that is tried first: a pattern that lacks it does not cover the other."""


@dataclass(frozen=True, slots=True)
class Member:
    """One pattern: all that it may match at most, and what it is certain to match, None for nothing certain."""

    text: str
    most: Glob | None
    least: Glob | None


def covered(members: Sequence[Member]) -> Iterator[tuple[int, int]]:
    """Each member that adds nothing to the rest, and one that covers it; of two alike the first one stays."""
    first: dict[str, int] = {}
    by_head: dict[str, list[int]] = {}
    for place, member in enumerate(members):
        first.setdefault(member.text, place)
        if member.least is not None and member.least.literal is None:
            by_head.setdefault(member.least.literal_head, []).append(place)
    for place, member in enumerate(members):
        other = first[member.text]
        found = other if other != place else _covering(place, members, by_head)
        if found is not None:
            yield place, found


def _covering(place: int, members: Sequence[Member], by_head: dict[str, list[int]]) -> int | None:
    most = members[place].most
    if most is None:
        return None
    head = most.literal_head
    heads = (head[:cut] for cut in sorted({len(one) for one in by_head}) if cut <= len(head))
    asked = (other for text in heads for other in by_head.get(text, ()) if other != place)
    for other in islice(asked, _MOST_ASKED):
        is_equal_and_later = other > place and _is_within(members[other], members[place])
        if _is_within(members[place], members[other]) and not is_equal_and_later:
            return other
    return None


def _is_within(narrow: Member, wide: Member) -> bool:
    if narrow.most is None or wide.least is None:
        return False
    text = narrow.most.literal
    if text is not None or not wide.least.matches(narrow.most.filled(star=_UNUSUAL, single=_UNUSUAL)):
        return text is not None and wide.least.matches(text)
    try:
        return Texts.globs([narrow.most]) <= Texts.globs([wide.least])
    except TooHard:
        return False


def without(element: Written, member: Written) -> tuple[Edit, ...]:
    """The edit that takes a member out of the list that the element is; none where it is no list."""
    if not isinstance(element.node, Items) or not member.path.endswith("]"):
        return ()
    return removal(element.node, int(member.path.rpartition("[")[2][:-1]))
