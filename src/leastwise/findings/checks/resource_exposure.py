"""Principals that may open every resource to others."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.whole import granted_everywhere, managing, scopable


@check(
    "LW765",
    "resource-exposure",
    group="risk",
    severity="low",
    source="Service Authorization Reference, access level Permissions management",
)
def resource_exposure(scene: Scene) -> Iterator[Found]:
    """A principal may write the policies of every resource of a service, and so open them to anybody.

    Counted are actions that manage permissions of resources, such as `s3:PutBucketPolicy` and `kms:PutKeyPolicy`, where
    they are granted on `*` under no condition after boundary, Denies and SCPs. It is graver where none was used.

    What to do: leave resource policies to the roles that roll out infrastructure, and name the resources.

    What it cannot see: RCPs and public access blocks that would keep a resource closed whatever its policy says.
    """
    yield from granted_everywhere(
        scene,
        scopable("resource exposure") & ~managing(),
        does="may open resources to others",
        severity=lambda unused: "medium" if unused else "low",
    )
