"""What last-accessed data of a snapshot tells of use that a log does not show.

IAM keeps it for 400 days, for most services by service only, and counts attempts that were denied. IAM User Guide,
"Refine permissions in AWS using last accessed information". What it does not hold is not known, which is not silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from leastwise.estate.assemble import Estate
from leastwise.estate.held import ServiceUse
from leastwise.synthesize.seasons import EPOCH, written

TRACKED: Final = 400
"""Days that IAM looks back."""
NEVER_TRACKED: Final = frozenset({"iam:passrole"})
"""Actions of which it tells nothing. IAM User Guide, the same page, "Things to know"."""
_ACCOUNT_PART: Final = 4


@dataclass(frozen=True)
class Accessed:
    """Last-accessed data of one principal, beside its log of the days from `begin` up to, not with, `end`.

    `logged` are the actions, in lower case, that it is seen to try in the log, whatever came of it; `services` the
    prefixes of these and of its other calls.
    """

    uses: tuple[ServiceUse, ...]
    begin: int
    end: int
    logged: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()

    @cached_property
    def actions(self) -> Mapping[str, str]:
        """The actions that it is told to have used, though the log does not show it, with the reason in words."""
        return dict(self._actions())

    def _actions(self) -> Iterator[tuple[str, str]]:
        for use in self.uses:
            for name, text in use.actions.items():
                action, day = f"{use.service.lower()}:{name}", day_of(text)
                if day is not None and action.lower() not in self.logged:
                    yield action, f"it was used on {self._when(day)}"

    @cached_property
    def unexplained(self) -> Mapping[str, str]:
        """The services that are told as used though the log has no call of theirs, by actions that are not told."""
        return dict(self._unexplained())

    def _unexplained(self) -> Iterator[tuple[str, str]]:
        for prefix, use in self._by_service.items():
            day = day_of(use.date)
            told = (day_of(text) for text in use.actions.values())
            if day is None or prefix in self.services or any(one is not None and one >= day for one in told):
                continue
            yield prefix, f"`{prefix}` was used on {self._when(day)}, and by which of its actions is not told"

    def of_service(self, action: str) -> str:
        """The reason why this may be the action by which its service was used unseen; empty where it is not."""
        prefix, _, name = action.lower().partition(":")
        reason = self.unexplained.get(prefix, "")
        is_told = reason and any(name == key.lower() for key in self._by_service[prefix].actions)
        return "" if is_told or action.lower() in NEVER_TRACKED else reason

    @cached_property
    def never_used(self) -> frozenset[str]:
        """The services that it has not used since IAM began to look."""
        return frozenset(
            name
            for name, use in self._by_service.items()
            if not use.date and not any(use.actions.values()) and name not in self.services
        )

    @cached_property
    def _by_service(self) -> Mapping[str, ServiceUse]:
        return {one.service.lower(): one for one in self.uses}

    def _when(self, day: int) -> str:
        where = "before the log begins" if day < self.begin else "after the log ends"
        if self.begin <= day < self.end:
            where = "on a day of the log, which does not show it"
        return f"{written(day)} by last-accessed data, {where}"


def service_uses(estate: Estate, principal: str) -> tuple[ServiceUse, ...] | None:
    """What the snapshot's last-accessed data has of a principal; None where it has nothing of it."""
    parts = principal.split(":")
    account = parts[_ACCOUNT_PART] if len(parts) > _ACCOUNT_PART else ""
    activity = estate.snapshot.activity.get(account)
    return activity.last_accessed.get(principal) if activity else None


def day_of(text: str) -> int | None:
    """The day since 1970-01-01 of an ISO time; None where it is none."""
    try:
        return (date.fromisoformat(text[:10]) - EPOCH).days
    except ValueError:
        return None
