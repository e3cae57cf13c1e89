"""Principals that may hand out credentials of everything."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.whole import granted_everywhere, scopable


@check(
    "LW764",
    "credentials-exposure",
    group="risk",
    severity="medium",
    source='IAM User Guide, "Apply least-privilege permissions"; the API reference of each service',
)
def credentials_exposure(scene: Scene) -> Iterator[Found]:
    """A principal may have credentials of every resource: keys, tokens or passwords that outlive its own session.

    Counted are the actions of `leastwise.catalogue.risks` in whose answer somebody holds credentials, where they are
    granted on `*` under no condition after boundary, Denies and SCPs, and could be held to resources.

    What to do: name the secrets, databases and users that are meant.

    What it cannot see: what a secret opens, and key policies that keep it from being decrypted.
    """
    yield from granted_everywhere(
        scene,
        scopable("credentials exposure"),
        does="may get keys, tokens or passwords",
        severity=lambda _: "medium",
    )
