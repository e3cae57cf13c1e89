"""What a principal's use looks like at a moment: how much of it is rare, how new the newest of it is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log
from typing import Final

from leastwise.synthesize.pooled import DailyLaw
from leastwise.usage.observed import DailyUse

WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Past:
    """All use of one principal: the days of each action in order, and the days on which anything was used."""

    actions: Mapping[str, tuple[int, ...]]
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of a principal in the days from `start` up to, not with, `end`.

    `rare` counts the actions used on exactly one, two and three days; `firsts` are the days on which an action was
    used for the first time, the latest last; `used` is on how many days each action was.
    """

    start: int
    end: int
    used: tuple[int, ...]
    rare: tuple[int, int, int]
    firsts: tuple[int, ...]
    active: int
    services: int

    @property
    def watched(self) -> int:
        """Days since the principal was first seen, at most the window's."""
        return self.end - max(self.start, min(self.firsts, default=self.start))


def pasts(uses: Iterable[DailyUse]) -> dict[str, Past]:
    """The past of every principal."""
    found: dict[str, dict[str, set[int]]] = {}
    for use in uses:
        found.setdefault(use.principal, {}).setdefault(use.action, set()).add(use.day)
    return {
        principal: Past(
            {action: tuple(sorted(days)) for action, days in sorted(actions.items())},
            tuple(sorted(set().union(*actions.values()))),
        )
        for principal, actions in sorted(found.items())
    }


def seen(past: Past, start: int, end: int) -> Seen:
    """The past as it is seen in these days alone."""
    used: list[int] = []
    firsts: list[int] = []
    services: set[str] = set()
    for action, days in past.actions.items():
        begin, stop = bisect_left(days, start), bisect_left(days, end)
        if stop > begin:
            used.append(stop - begin)
            firsts.append(days[begin])
            services.add(action.partition(":")[0])
    rare = (used.count(1), used.count(2), used.count(3))
    active = bisect_left(past.days, end) - bisect_left(past.days, start)
    return Seen(start, end, tuple(used), rare, tuple(sorted(firsts)), active, len(services))


def has_new(past: Past, start: int, end: int, until: int) -> bool:
    """Whether the days from `end` up to `until` use an action that those from `start` did not."""
    for days in past.actions.values():
        place = bisect_left(days, end)
        if place < len(days) and days[place] < until and bisect_left(days, start) == place:
            return True
    return False


def numbers(one: Seen, law: DailyLaw, horizon: int) -> list[float]:
    """What tells of a chance of new use, each number on a scale that long and short windows share."""
    length = one.end - one.start
    new = law.expected_new(len(one.used), max(one.watched, 1), horizon)
    third = length - max(length // 3, 1)
    late = sum(day - one.start >= third for day in one.firsts)
    last_week = sum(one.end - day <= WEEK for day in one.firsts)
    since_new = one.end - one.firsts[-1] if one.firsts else length
    return [
        log(new + 0.02),
        *(log(1 + count) for count in one.rare),
        log(1 + len(one.used)),
        log(1 + late),
        log(1 + last_week),
        log(since_new),
        log(1 + one.services),
        one.active / max(length, 1),
    ]
