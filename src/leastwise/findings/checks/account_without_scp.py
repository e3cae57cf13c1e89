"""Accounts without an SCP that most of their siblings have."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found
from leastwise.findings.left_out import left_out
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene


@check(
    "LW791",
    "account-without-scp",
    group="guard rails",
    severity="high",
    source='AWS Organizations User Guide, "SCP evaluation"',
)
def account_without_scp(scene: Scene) -> Iterator[Found]:
    """An account without an SCP that more than half of the accounts beside it have.

    It was added by hand, or moved, and what holds for the others does not hold there. The witness is a request that
    gets through in this account and in no sibling. Attach the policy, better to the OU above.

    It is found only where the SCP would change something: not where the levels above deny the same already. The
    management account is left out, which no SCP binds.

    What it cannot see: that it was left out on purpose, and guard rails that no sibling has either.
    """
    return left_out(scene, "account")
