"""Use that comes back every week, month or quarter, told by the days on which it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

Period = Literal["weekly", "monthly", "quarterly"]
EPOCH: Final = date(1970, 1, 1)

_GAPS: Final[Mapping[Period, tuple[int, int]]] = {"weekly": (6, 8), "monthly": (27, 33), "quarterly": (85, 97)}
"""Days from one time to the next, at least and at most."""
_FEWEST: Final[Mapping[Period, int]] = {"weekly": 4, "monthly": 3, "quarterly": 2}
"""Times that it must have come: a chance meeting of two days is likelier the shorter the period."""
_LENGTHS: Final[Mapping[Period, int]] = {"weekly": 7, "monthly": 30, "quarterly": 91}
_LONGEST_RUN: Final = 5
"""Days in a row that are one time."""


@dataclass(frozen=True, slots=True)
class Season:
    """Actions that came back together: on which days since 1970-01-01 each time began, and when the next is due."""

    period: Period
    actions: tuple[str, ...]
    days: tuple[int, ...]
    next: int


def seasons(actions: Mapping[str, Sequence[int]], end: int) -> list[Season]:
    """The seasonal use among these actions with their days, those of one rhythm together, the longest period first."""
    found: dict[tuple[Period, tuple[int, ...]], list[str]] = {}
    for action, days in actions.items():
        times = _times([day for day in days if day < end])
        period = _period(times)
        if period is not None and end - times[-1] <= 2 * _LENGTHS[period]:
            found.setdefault((period, times), []).append(action)
    order = sorted(found.items(), key=lambda item: (-_LENGTHS[item[0][0]], -len(item[1]), item[0][1]))
    return [
        Season(period, tuple(sorted(names)), times, times[-1] + _LENGTHS[period]) for (period, times), names in order
    ]


def written(day: int) -> str:
    """The day as `2024-05-01`."""
    return (EPOCH + timedelta(days=day)).isoformat()


def _times(days: Sequence[int]) -> tuple[int, ...]:
    """The first day of each run of days in a row; nothing for use that goes on for long."""
    times: list[int] = []
    run = 0
    for place, day in enumerate(days):
        run = run + 1 if place and day - days[place - 1] == 1 else 1
        if run > _LONGEST_RUN:
            return ()
        if run == 1:
            times.append(day)
    return tuple(times)


def _period(times: Sequence[int]) -> Period | None:
    """The period in which all the times came, none left out; None where there is none."""
    gaps = [later - earlier for earlier, later in pairwise(times)]
    for period, (least, most) in _GAPS.items():
        if len(times) >= _FEWEST[period] and all(least <= gap <= most for gap in gaps):
            return period
    return None
