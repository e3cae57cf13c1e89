"""Principals that may change everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.findings.finding import Found
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.whole import granted_everywhere, scopable

_LEAST: Final = 10


@check(
    "LW766",
    "infrastructure-change",
    group="risk",
    severity="low",
    source="Service Authorization Reference, access level Write",
)
def infrastructure_change(scene: Scene) -> Iterator[Found]:
    """A principal may make, change or delete every resource of a service.

    Counted are actions of the access level Write that can be held to resources, where ten and more of them are granted
    on `*` under no condition after boundary, Denies and SCPs.

    What to do: name the resources, by a path or a tag where they are made every day.

    What it cannot see: what depends on a resource, backups, and protections against deletion.
    """
    yield from granted_everywhere(
        scene,
        scopable("infrastructure modification"),
        does="may make, change or delete",
        severity=lambda _: "low",
        least=_LEAST,
    )
