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

    The longer of the two lists is cut. A single resource that alone is over the limit stays as it is.
    """
    if weight(statement) + _EMPTY_POLICY <= limit or max(len(statement.actions), len(statement.resources)) == 1:
        return [statement]
    if len(statement.resources) > 1 and _text(statement.resources) >= _text(statement.actions):
        halves = [replace(statement, resources=half) for half in _halves(statement.resources)]
    elif len(statement.actions) > 1:
        halves = [replace(statement, actions=half) for half in _halves(statement.actions)]
    else:
        halves = [replace(statement, resources=half) for half in _halves(statement.resources)]
    return [piece for half in halves for piece in split_to_fit(half, limit)]


def _text(parts: Sequence[str]) -> int:
    return sum(len(part) + 3 for part in parts)


def _halves(parts: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    middle = len(parts) // 2
    return parts[:middle], parts[middle:]


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
