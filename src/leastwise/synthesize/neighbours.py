"""AWS managed policies as neighbours: which of them are about the same work as a set of actions."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from typing import Final

from leastwise.catalogue.managed import Allowed
from leastwise.catalogue.memberships import managed_memberships

NEAREST: Final = 15


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Policies ready to be compared: a rare action counts more than one that many policies have."""

    policies: tuple[Allowed, ...]
    holders: Mapping[str, tuple[int, ...]]
    rarity: Mapping[str, float]
    lengths: tuple[float, ...]

    def share(self, action: str) -> float:
        """The share of the policies that have the action."""
        return len(self.holders.get(action, ())) / max(1, len(self.policies))


def neighbours_of(policies: Iterable[Allowed]) -> Neighbours:
    """The policies, ready to be compared."""
    kept = tuple(policies)
    holders: dict[str, list[int]] = {}
    for place, policy in enumerate(kept):
        for action in policy.actions:
            holders.setdefault(action, []).append(place)
    rarity = {action: math.log((1 + len(kept)) / (1 + len(found))) + 1 for action, found in sorted(holders.items())}
    lengths = tuple(math.sqrt(math.fsum(rarity[action] ** 2 for action in policy.actions)) for policy in kept)
    return Neighbours(kept, {action: tuple(found) for action, found in holders.items()}, rarity, lengths)


@lru_cache(maxsize=1)
def shipped_neighbours() -> Neighbours:
    """The AWS managed policies in the package."""
    return neighbours_of(managed_memberships())


def nearest(known: Neighbours, used: Collection[str]) -> tuple[tuple[float, Allowed], ...]:
    """The policies most alike, at most fifteen, with the cosine of rarity-weighted actions, the nearest first."""
    dots: dict[int, float] = {}
    for action in sorted(used):
        weight = known.rarity.get(action, 0.0) ** 2
        for place in known.holders.get(action, ()):
            dots[place] = dots.get(place, 0.0) + weight
    most = math.log(1 + len(known.policies)) + 1
    length = math.sqrt(math.fsum(known.rarity.get(action, most) ** 2 for action in used))
    found = ((dot / (length * known.lengths[place]), -place) for place, dot in dots.items())
    return tuple((cosine, known.policies[-place]) for cosine, place in nlargest(NEAREST, found))
