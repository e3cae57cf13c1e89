"""When each principal first used each action with success."""

from __future__ import annotations

from typing import NamedTuple

from leastwise.usage.days import DAY
from leastwise.usage.observed import EVERYTHING, Observed, Window


class FirstUse(NamedTuple):
    """That a principal used an action with success for the first time on a day, which counts from 1970-01-01, UTC."""

    principal: str
    action: str
    day: int


def first_uses(observed: Observed, window: Window = EVERYTHING) -> list[FirstUse]:
    """The first use of every action by every principal in the window, in that order.

    What `Observed.daily` leaves out is not in it.
    """
    rows = observed.selected(
        """SELECT principal, action, min(epoch(first)::BIGINT // ?) FROM stored
            WHERE outcome = 'succeeded' AND kind = 'mapped' AND first IS NOT NULL AND $window
            GROUP BY ALL ORDER BY ALL""",
        [DAY],
        window,
    )
    return [FirstUse(str(name), str(action), int(day)) for name, action, day in rows]
