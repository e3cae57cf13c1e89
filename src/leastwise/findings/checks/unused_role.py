"""Roles that nobody uses any more."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.held import Role
from leastwise.findings.dormant import dormant
from leastwise.findings.finding import Found
from leastwise.findings.idle import is_for_emergencies
from leastwise.findings.power import is_asked
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene


@check(
    "LW701",
    "unused-role",
    group="unused",
    severity="medium",
    source='IAM User Guide, "Refine permissions in AWS using last accessed information"; RoleLastUsed',
)
def unused_role(scene: Scene) -> Iterator[Found]:
    """A role that nobody used in the window, though it was there all the time.

    What it may do is there for whoever comes by it: a pipeline that was forgotten, an outsider who is trusted still. Of
    one that may do everything, forgotten-administrator speaks as well.

    Any sign of use counts: a call in the logs, that somebody assumed it, the role's last use as IAM tells it,
    last-accessed data. Without any of these sources covering the window nothing is said: a gap in the logs is no
    silence. A role younger than the window is left out, so are service-linked roles and those for emergencies
    (`--break-glass`). Where a name speaks of a year or a quarter, it is that long before the role counts as unused.

    What it cannot see: work that comes back more seldom than the window without its name saying so; and use more than
    400 days ago, which IAM forgets. Deny first, delete later.
    """
    for arn, holder in sorted(scene.estate.holders.items()):
        if isinstance(holder, Role) and is_asked(arn) and not is_for_emergencies(scene, arn):
            yield from dormant(scene, holder, "role")
