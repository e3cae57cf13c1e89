"""What each principal used, action by action: how often, the first and the last day."""

from __future__ import annotations

from typing import NamedTuple

from leastwise.usage.days import DAY
from leastwise.usage.observed import EVERYTHING, Observed, Window


class LastUse(NamedTuple):
    """That a principal used an action on a resource with success; days count from 1970-01-01, UTC.

    `how` tells how the resource is known, as `usage.resources` says.
    """

    principal: str
    action: str
    resource: str
    how: str
    events: int
    first: int
    last: int


def last_uses(observed: Observed, window: Window = EVERYTHING) -> list[LastUse]:
    """Every action of every principal on every resource in the window, in that order.

    What was denied or failed, what is no IAM action and what happened at an unknown time is not in it.
    """
    rows = observed.selected(
        """SELECT principal, action, resource, how, sum("count"), min(epoch(first)::BIGINT // ?),
            max(epoch(last)::BIGINT // ?) FROM stored
            WHERE outcome = 'succeeded' AND kind = 'mapped' AND first IS NOT NULL AND $window
            GROUP BY ALL ORDER BY ALL""",
        [DAY, DAY],
        window,
    )
    return [
        LastUse(str(name), str(action), str(resource), str(how), int(events), int(first), int(last))
        for name, action, resource, how, events, first, last in rows
    ]


def denied_actions(observed: Observed, window: Window = EVERYTHING) -> dict[str, frozenset[str]]:
    """The actions that each principal was denied, in lower case, as far as the denials name one."""
    rows = observed.selected(
        """SELECT DISTINCT principal, lower(CASE WHEN denied_action <> '' THEN denied_action ELSE action END)
            FROM stored WHERE outcome = 'denied' AND kind = 'mapped' AND $window ORDER BY ALL""",
        [],
        window,
    )
    found: dict[str, set[str]] = {}
    for name, action in rows:
        found.setdefault(str(name), set()).add(str(action))
    return {name: frozenset(actions) for name, actions in found.items()}
