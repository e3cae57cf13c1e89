"""OUs without an SCP that most of their siblings have."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.left_out import left_out
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene


@check(
    "LW792",
    "unit-without-scp",
    group="guard rails",
    severity="high",
    source='AWS Organizations User Guide, "SCP evaluation"',
)
def unit_without_scp(scene: Scene) -> Iterator[Found]:
    """An OU without an SCP that more than half of the OUs beside it have.

    Whatever account is in it, or will be, lacks what holds for the others. The witness is a request that gets through
    under this OU and under no sibling. Attach the policy, better to the node above all of them.

    It is found only where accounts are under the OU and the SCP would change something: not where the levels above deny
    the same already.

    What it cannot see: that it was left out on purpose, and guard rails that no sibling has either.
    """
    return left_out(scene, "ou")
