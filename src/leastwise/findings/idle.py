"""When each principal was last used, by everything that tells of it, and whether silence is evidence of no use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

from leastwise.estate.assemble import Holder
from leastwise.estate.held import Role
from leastwise.findings.credentials import rows
from leastwise.findings.power import RESERVED
from leastwise.findings.scene import Scene, account_of, day_of
from leastwise.language.values.globs import glob_of

_TRACKED: Final = 400
"""Days that IAM looks back for a role's last use. IAM User Guide, "Refine permissions in AWS using last accessed
information"."""
_SEASONS: Final[Mapping[str, int]] = {
    "yearly": _TRACKED,
    "annual": _TRACKED,
    "year-end": _TRACKED,
    "quarterly": 100,
    "quarter": 100,
}
"""Words in a name that tell of work that comes back seldom, and after how many days without use it is overdue."""


@dataclass(frozen=True, slots=True)
class LastSeen:
    """The last day of use that is known, None for none, and by what; `evidence` says what was looked at, a line each.

    `is_told` is False where the snapshot has no record of use and the logs do not cover the window: then no use being
    known says nothing.
    """

    day: date | None
    evidence: tuple[str, ...]
    is_told: bool


@dataclass
class Idle:
    """The last use of each principal of a scene."""

    scene: Scene
    _known: dict[str, LastSeen] = field(default_factory=dict)

    @cached_property
    def _assumed(self) -> Mapping[str, int]:
        """The last day on which each role was assumed, by the calls of those who did."""
        found: dict[str, int] = {}
        for one in self.scene.used.uses if self.scene.used else ():
            if one.action == "sts:AssumeRole":
                found[one.resource] = max(one.last, found.get(one.resource, one.last))
        return found

    def of(self, holder: Holder) -> LastSeen:
        """What is known of the principal's last use."""
        if holder.arn not in self._known:
            self._known[holder.arn] = self._of(holder)
        return self._known[holder.arn]

    def _of(self, holder: Holder) -> LastSeen:
        told = list(self._told(holder))
        days = [day for day, _, _ in told if day is not None]
        return LastSeen(max(days, default=None), tuple(text for _, text, _ in told), any(told for _, _, told in told))

    def _told(self, holder: Holder) -> Iterator[tuple[date | None, str, bool]]:
        """Each source with the day that it tells, what it says, and whether its silence is evidence."""
        scene, account = self.scene, account_of(holder.arn)
        activity = scene.estate.snapshot.activity.get(account)
        if scene.used is not None:
            last = [one.last for one in scene.uses.get(holder.arn, ())]
            last += [self._assumed[holder.arn]] if holder.arn in self._assumed else []
            day = scene.date_of(max(last)) if last else None
            yield day, _said("logs", day), scene.is_covered(account)
        if activity is None:
            return
        if isinstance(holder, Role) and holder.arn in activity.roles:
            day = day_of(activity.roles[holder.arn].date)
            yield day, _said("the role's last use, as IAM tells it", day), True
        if holder.arn in activity.last_accessed:
            days = [found for one in activity.last_accessed[holder.arn] if (found := day_of(one.date))]
            day = max(days, default=None)
            yield day, _said("last-accessed data", day), not isinstance(holder, Role)
        reported = scene.once(rows).get(holder.arn)
        if reported is not None:
            day = max(reported.uses, default=None)
            yield day, _said("the credential report", day), True

    def is_idle(self, holder: Holder) -> bool:
        """Whether it was not used in the window, is older than that, and would have been seen."""
        seen = self.of(holder)
        age = self.scene.age(holder)
        is_young = age is not None and age <= self.scene.settings.days
        return seen.is_told and not is_young and not self._is_within(seen.day, self._days(holder.name))

    def is_at_work(self, holder: Holder) -> bool:
        """Whether it is known to have been used in the window."""
        return self._is_within(self.of(holder).day, self.scene.settings.days)

    def _is_within(self, day: date | None, days: int) -> bool:
        return day is not None and (self.scene.today - day).days <= days

    def _days(self, name: str) -> int:
        """The days without use after which it is idle: more for what its name says to be seldom used."""
        days = [days for word, days in _SEASONS.items() if word in name.lower()]
        return max([self.scene.settings.days, *days])


def _said(source: str, day: date | None) -> str:
    return f"{source}: last used on {day}" if day else f"{source}: no use"


def permission_set_of(arn: str) -> str:
    """The name of the permission set that Identity Center made the role for; empty for any other principal.

    IAM Identity Center User Guide, "Referencing permission sets": it stands between `AWSReservedSSO_` and a digest.
    """
    if RESERVED not in arn:
        return ""
    return arn.rpartition("/")[2].removeprefix("AWSReservedSSO_").rpartition("_")[0]


def is_for_emergencies(scene: Scene, arn: str) -> bool:
    """Whether it is one of those that are to lie unused until an emergency."""
    return any(glob_of(pattern).matches(arn) for pattern in scene.settings.break_glass)
