"""Statements into as few managed policies as first-fit finds, none over the limit of characters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from leastwise.model.policy import MANAGED_POLICY_LIMIT, Statement, document, size

_EMPTY_POLICY = size(document(()))


def weight(statement: Statement) -> int:
    """Characters that the statement adds to a policy, its comma with it."""
    return len(json.dumps(statement.document(), separators=(",", ":"), ensure_ascii=False)) + 1


def split_to_fit(statement: Statement, limit: int = MANAGED_POLICY_LIMIT) -> list[Statement]:
    """The statement, cut into several where it alone is over the limit; together they grant the same.

    The longer of the two lists is cut, all pieces but the last as long as they may be. A list after NotAction or
    NotResource is one thing and never cut; a single resource that alone is over the limit stays as it is.
    """
    room = limit - _EMPTY_POLICY
    actions = () if statement.is_not_action else statement.actions
    resources = () if statement.is_not_resource else statement.resources
    if weight(statement) <= room or max(len(actions), len(resources)) <= 1:
        return [statement]
    cuts_resources = len(actions) <= 1 or (len(resources) > 1 and _text(resources) >= _text(actions))
    cut = resources if cuts_resources else actions
    left = room - weight(statement) + _text(cut)
    is_hopeless = left < min(map(len, cut)) + 3  # the other list has to be cut too before a piece of this one fits
    pieces = _halves(cut) if is_hopeless else _filled(cut, left)
    made = [replace(statement, resources=p) if cuts_resources else replace(statement, actions=p) for p in pieces]
    return [piece for half in made for piece in split_to_fit(half, limit)]


def _text(parts: Sequence[str]) -> int:
    return len(json.dumps(parts, separators=(",", ":"), ensure_ascii=False)) - 1


def _filled(parts: tuple[str, ...], room: int) -> list[tuple[str, ...]]:
    """The parts in their order, as many together as there is room for."""
    filled: list[tuple[str, ...]] = []
    held: list[str] = []
    left = room
    for part in parts:
        needed = _text((part,))
        if held and needed > left:
            filled.append(tuple(held))
            held, left = [], room
        held.append(part)
        left -= needed
    return [*filled, tuple(held)]


def _halves(parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    middle = len(parts) // 2
    return [parts[:middle], parts[middle:]]


@dataclass(slots=True)
class _Bin:
    places: list[int]
    free: int


def packed(statements: Sequence[Statement], limit: int = MANAGED_POLICY_LIMIT) -> list[tuple[int, ...]]:
    """Which statements go into which policy: each policy's places in `statements`, in their order.

    Policies are filled largest statement first, each into the first that has room.
    """
    sizes = [weight(s) for s in statements]
    if _EMPTY_POLICY + sum(sizes) <= limit:
        return [tuple(range(len(statements)))] if statements else []
    bins: list[_Bin] = []
    for place in sorted(range(len(statements)), key=lambda i: (-sizes[i], i)):
        room = next((b for b in bins if b.free >= sizes[place]), None)
        if room is None:
            room = _Bin([], limit - _EMPTY_POLICY)
            bins.append(room)
        room.places.append(place)
        room.free -= sizes[place]
    return sorted(tuple(sorted(b.places)) for b in bins)
