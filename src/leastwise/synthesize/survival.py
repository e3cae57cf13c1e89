"""When to take a grant away that nobody has used yet: how long it takes until such grants are used for the first time.

The curve is that of Kaplan and Meier (1958) with late entries: a grant that is older than the log is watched from the
age that it had when the log began, and one that is still unused counts as long as it was watched.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

FEWEST_WATCHED: Final = 20
"""Grants of an age that must have been watched for their curve to tell anything."""
FEWEST_DAYS: Final = 14
"""Days that so many grants must have been watched."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant of an action: on which day since 1970-01-01, to what kind of principal, and when it was first used.

    It stands for `count` grants of which the same is true.
    """

    action: str
    kind: str
    granted: int
    first_use: int | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Soon:
    """The chance of a first use soon, and the age in days that it was told for."""

    chance: float
    told_at: int


@dataclass(frozen=True, slots=True)
class Curve:
    """At which ages in days grants were first used, the share unused after each, and how many were watched then."""

    ages: tuple[int, ...]
    unused: tuple[float, ...]
    watched: tuple[int, ...]
    longest: int

    def share_unused(self, age: int) -> float:
        """The share of grants that are still unused at this age."""
        place = bisect_right(self.ages, age)
        return self.unused[place - 1] if place else 1.0

    def soon(self, age: int, horizon: int) -> Soon | None:
        """The chance of use within the horizon for a grant unused at this age; None where too little was watched.

        Past what was watched it is told for the oldest age that was: what lies unused for longer is used more seldom.
        Where the horizon is long beside what was watched, it is scaled up from a shorter one.
        """
        if self.longest < FEWEST_DAYS:
            return None
        ahead = horizon if self.longest >= 2 * horizon else max(self.longest // 3, 1)
        told_at = min(age, self.longest - ahead)
        near = self.chance(told_at, ahead)
        return None if near is None else Soon(1 - (1 - near) ** (horizon / ahead), told_at)

    def chance(self, age: int, horizon: int) -> float | None:
        """The chance that a grant unused at this age is used within the horizon; None past what was watched."""
        left = self.share_unused(age)
        if left == 0 or age + horizon > self.longest:
            return None
        return 1 - self.share_unused(age + horizon) / left


Group = Callable[[Granted], str]


def curves(grants: Iterable[Granted], *, begin: int, end: int, group: Group) -> dict[str, Curve]:
    """A curve for each group of grants, from a log of the days from `begin` up to, not with, `end`.

    A grant that was used before the log began tells nothing and is left out.
    """
    grouped: dict[str, list[Granted]] = {}
    for one in grants:
        if one.granted < end and (one.first_use is None or one.first_use >= begin):
            grouped.setdefault(group(one), []).append(one)
    return {name: _curve(found, begin, end) for name, found in sorted(grouped.items())}


def _curve(grants: Sequence[Granted], begin: int, end: int) -> Curve:
    entered, lefts, firsts = Counter[int](), Counter[int](), Counter[int]()
    for one in grants:
        is_used = one.first_use is not None and one.first_use < end
        stop = one.first_use if is_used and one.first_use is not None else end
        entered[max(begin - one.granted, 0)] += one.count
        lefts[stop - one.granted] += one.count
        if is_used:
            firsts[stop - one.granted] += one.count
    watch = _Watch(_Sums.of(entered), _Sums.of(lefts))
    unused, watched, share = [], [], 1.0
    for age, used in sorted(firsts.items()):
        at_risk = watch.at(age)
        share *= 1 - used / at_risk
        unused.append(share)
        watched.append(at_risk)
    longest = next((age for age in sorted(lefts, reverse=True) if watch.at(age) >= FEWEST_WATCHED), 0)
    return Curve(tuple(sorted(firsts)), tuple(unused), tuple(watched), longest)


@dataclass(frozen=True, slots=True)
class _Sums:
    """How many there are below any age."""

    ages: tuple[int, ...]
    sums: tuple[int, ...]

    @classmethod
    def of(cls, counted: Counter[int]) -> _Sums:
        ages = sorted(counted)
        return cls(tuple(ages), tuple(accumulate((counted[age] for age in ages), initial=0)))

    def below(self, age: int) -> int:
        return self.sums[bisect_left(self.ages, age)]


@dataclass(frozen=True, slots=True)
class _Watch:
    entered: _Sums
    lefts: _Sums

    def at(self, age: int) -> int:
        """How many grants came under watch before this age, or with their granting, and had not left yet."""
        return self.entered.below(max(age, 1)) - self.lefts.below(age)
