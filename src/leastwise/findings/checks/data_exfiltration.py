"""Principals that may read the data of everything."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.whole import granted_everywhere, scopable


@check(
    "LW763",
    "data-exfiltration",
    group="risk",
    severity="low",
    source='IAM User Guide, "Apply least-privilege permissions"; Service Authorization Reference, access level Read',
)
def data_exfiltration(scene: Scene) -> Iterator[Found]:
    """A principal may read the data of every resource of a service, whatever is put there later.

    Counted are actions whose answer is what is stored: objects, items, messages, secrets, code, as
    `leastwise.catalogue.risks` lists them, where they are granted on `*` under no condition after boundary, Denies and
    SCPs. It is graver where none of them was used.

    What to do: name the buckets, tables, queues and keys; the proposal has those that were used.

    What it cannot see: what is stored, and whether it matters; reads that a resource's own policy denies; and use of
    the data plane that no log holds.
    """
    yield from granted_everywhere(
        scene,
        scopable("data exfiltration"),
        does="may read what is stored",
        severity=lambda unused: "medium" if unused else "low",
    )
