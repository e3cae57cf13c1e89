"""What the principals of each account used: actions by Region, with the first and the last time."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from leastwise.usage.days import in_utc
from leastwise.usage.observed import EVERYTHING, Observed, Window
from leastwise.usage.outcomes import DENIED


class AccountUse(NamedTuple):
    """That an action was used by principals of an account in a Region; `first` and `last` are None where unknown.

    `action` is `source:name` of the call where no action is known for it, which `is_mapped` tells. `principals` counts
    who did so.
    """

    account: str
    action: str
    region: str
    is_mapped: bool
    events: int
    principals: int
    first: datetime | None
    last: datetime | None


def account_uses(observed: Observed, window: Window = EVERYTHING) -> list[AccountUse]:
    """All that was used and not denied, in that order, by principals that an SCP of their account binds.

    Calls that failed for another reason than a denial count: they were let through.
    """
    rows = observed.selected(
        """SELECT account, CASE WHEN kind = 'mapped' THEN action ELSE event_source || ':' || event_name END AS asked,
            region, kind = 'mapped' AS is_mapped, sum("count"), count(DISTINCT principal), min(first), max(last)
            FROM stored WHERE outcome <> ? AND kind IN ('mapped', 'unmapped')
            AND principal_type NOT IN ('Service', 'ServiceLinkedRole', 'Account', 'Anonymous') AND account <> ''
            AND $window GROUP BY ALL ORDER BY ALL""",
        [DENIED],
        window,
    )
    return [
        AccountUse(str(account), str(action), str(region), bool(mapped), int(n), int(who), in_utc(first), in_utc(last))
        for account, action, region, mapped, n, who, first, last in rows
    ]
