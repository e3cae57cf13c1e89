"""Principals that may manage the permissions of everybody."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.whole import granted_everywhere, managing


@check(
    "LW767",
    "permissions-management",
    group="risk",
    severity="medium",
    source="Service Authorization Reference, access level Permissions management, of IAM and AWS Organizations",
)
def permissions_management(scene: Scene) -> Iterator[Found]:
    """A principal that is no administrator may change what others may do, everywhere.

    Counted are actions of IAM, Organizations and IAM Identity Center that manage permissions, where they are granted on
    `*` under no condition after boundary, Denies and SCPs. Where it becomes an administrator itself by them,
    *escalation* says so.

    What to do: hold them to a path, and to principals that have a boundary.

    What it cannot see: whether somebody else looks over the changes.
    """
    yield from granted_everywhere(
        scene,
        managing(),
        does="may manage the permissions of principals",
        severity=lambda _: "medium",
    )
