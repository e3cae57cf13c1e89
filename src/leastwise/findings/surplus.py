"""How much more each principal is granted than it used: those with the widest gap first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leastwise.findings.scene import Scene
from leastwise.prove.actions import action_index


@dataclass(frozen=True, slots=True)
class Surplus:
    """How many known actions a principal is granted, and how many of them it used in the window."""

    principal: str
    granted: int
    used: int


def surplus_of(scene: Scene) -> tuple[Surplus, ...]:
    """Every user and role but service-linked roles; none without logs."""
    if scene.used is None:
        return ()
    return tuple(sorted(_each(scene), key=lambda one: (one.used - one.granted, one.principal)))


def _each(scene: Scene) -> Iterator[Surplus]:
    index = action_index()
    for arn, holder in scene.estate.holders.items():
        if ":role/aws-service-role/" in arn:
            continue
        bits = scene.granted.bits(holder)
        places = {index.index_of(one.action) for one in scene.uses.get(arn, ()) if one.last >= scene.window_first}
        used = sum(bits >> place & 1 for place in places if place is not None)
        yield Surplus(arn, bits.bit_count(), used)
