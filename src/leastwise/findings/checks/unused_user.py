"""Users that nobody uses any more."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.held import User
from leastwise.findings.dormant import dormant
from leastwise.findings.finding import Found
from leastwise.findings.idle import is_for_emergencies
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene


@check(
    "LW702",
    "unused-user",
    group="unused",
    severity="medium",
    source='IAM User Guide, "Generate credential reports"',
)
def unused_user(scene: Scene) -> Iterator[Found]:
    """A user of whom neither password nor keys were used in the window, and who made no call.

    People leave and keys stay. Whoever finds the key in an old repository is the user. Deactivate keys and password,
    wait, delete. Of one that may do everything, forgotten-administrator speaks as well.

    The credential report, last-accessed data and the logs tell of use; without any of them nothing is said. Users
    younger than the window and those for emergencies (`--break-glass`) are left out.

    What it cannot see: credentials that the report does not list, such as SSH keys for CodeCommit, and a user who signs
    in once a year.
    """
    for arn, holder in sorted(scene.estate.holders.items()):
        if isinstance(holder, User) and not is_for_emergencies(scene, arn):
            yield from dormant(scene, holder, "user")
