"""When to take a grant away that nobody has used yet: how long it takes until such grants are used for the first time.

The curve is that of Kaplan and Meier (1958) with late entries: a grant that is older than the log is watched from the
age that it had when the log began, and one that is still unused counts as long as it was watched.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from leastwise.estate.held import ServiceUse
from leastwise.synthesize.seasons import EPOCH

DENIAL_COST: Final = 10
"""What one denied call costs, in units of risk weight."""
FEWEST_WATCHED: Final = 20
"""Grants of an age that must have been watched for their curve to tell anything."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant of an action: on which day since 1970-01-01, to what kind of principal, and when it was first used."""

    action: str
    kind: str
    granted: int
    first_use: int | None = None


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

    def chance(self, age: int, horizon: int) -> float | None:
        """The chance that a grant unused at this age is used within the horizon; None past what was watched."""
        left = self.share_unused(age)
        if left == 0 or age + horizon > self.longest:
            return None
        return 1 - self.share_unused(age + horizon) / left


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether to take an unused grant away; `chance` of its use within the horizon is None where it is not known."""

    should_remove: bool
    chance: float | None
    reason: str


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
    spans = []
    for one in grants:
        is_used = one.first_use is not None and one.first_use < end
        stop = one.first_use if is_used and one.first_use is not None else end
        spans.append((max(begin - one.granted, 0), stop - one.granted, is_used))
    entered = sorted(begin_ for begin_, _, _ in spans)
    lefts = sorted(left for _, left, _ in spans)
    firsts = Counter(left for _, left, is_used in spans if is_used)
    unused, watched, share = [], [], 1.0
    for age, used in sorted(firsts.items()):
        at_risk = _watched(entered, lefts, age)
        share *= 1 - used / at_risk
        unused.append(share)
        watched.append(at_risk)
    longest = next((age for age in reversed(lefts) if _watched(entered, lefts, age) >= FEWEST_WATCHED), 0)
    return Curve(tuple(sorted(firsts)), tuple(unused), tuple(watched), longest)


def _watched(entered: Sequence[int], lefts: Sequence[int], age: int) -> int:
    """How many grants came under watch before this age, or with their granting, and had not left yet."""
    return bisect_left(entered, max(age, 1)) - bisect_left(lefts, age)


def advice(
    one: Granted,
    known: Mapping[str, Curve],
    *,
    end: int,
    group: Group,
    weight: Callable[[str], int],
    horizon: int = 30,
    cost: int = DENIAL_COST,
) -> Advice:
    """Whether a grant that is unused at `end` should go: when the denials to expect cost less than it weighs."""
    if one.first_use is not None and one.first_use < end:
        return Advice(False, None, "it is used")
    curve, age = known.get(group(one)), end - one.granted
    chance = curve.chance(age, horizon) if curve is not None else None
    if chance is None:
        return Advice(False, None, f"unused for {age} days; too few like it were watched so long to tell more")
    weighs = weight(one.action)
    word = "less" if chance * cost < weighs else "no less"
    told = (
        f"unused for {age} days; {100 * chance:.1f} % of such grants are first used within the next {horizon} days, "
        f"so that denials would cost {chance * cost:.2f}, {word} than its weight of {weighs}"
    )
    return Advice(chance * cost < weighs, chance, told)


def used_outside_log(action: str, accessed: Iterable[ServiceUse], *, begin: int, end: int) -> str | None:
    """What last-accessed data tells of an action that the log of these days does not show; None where it tells nothing.

    IAM keeps it for 400 days, for most services by service only, and counts attempts that were denied. IAM User
    Guide, "Refine permissions in AWS using last accessed information".
    """
    service, _, name = action.partition(":")
    for use in accessed:
        if use.service.lower() != service.lower():
            continue
        own = {key.lower(): day for key, day in use.actions.items()}
        told = own.get(name.lower(), "" if own else use.date)
        day = _day(told)
        if day is None:
            return None
        where = "not in the log" if begin <= day < end else "before the log began" if day < begin else "after the log"
        what = "it" if name.lower() in own else f"some action of `{service}`"
        return f"last-accessed data has {what} used {end - day} days before the window's end, {where}"
    return None


def _day(text: str) -> int | None:
    try:
        return (date.fromisoformat(text[:10]) - EPOCH).days
    except ValueError:
        return None
