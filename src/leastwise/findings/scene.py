"""What the checks look at: the estate, what was used, and what the user said of both; each thing worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TypeVar, cast

from leastwise.catalogue.load import Catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.held import Role, User
from leastwise.findings.escalation import Escalation
from leastwise.findings.granted import Granted
from leastwise.findings.power import Power
from leastwise.usage.last_uses import LastUse

_DAYS_BEFORE_1970 = date(1970, 1, 1).toordinal()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Used:
    """What the logs hold: every use, the days of the first and the last call, and what they could not show.

    `seen_data` are the services of which there is a data event, `accounts` those of which there is any call. `denied`
    are the actions that principals were denied, in lower case.
    """

    uses: Sequence[LastUse]
    first: int
    last: int
    seen_data: frozenset[str]
    unmapped: frozenset[str]
    accounts: frozenset[str]
    denied: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def days(self) -> int:
        """From the first to the last day."""
        return self.last - self.first + 1

    def by_principal(self) -> Mapping[str, Sequence[LastUse]]:
        """The uses of each principal."""
        found: dict[str, list[LastUse]] = {}
        for one in self.uses:
            found.setdefault(one.principal, []).append(one)
        return found


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user says: the window in days, which resources are sensitive, and how stages are told apart.

    `sensitive` are ARN patterns. `production` and `development` are words in names of OUs and accounts, or values of
    the tag `stage_tag` of resources and principals. `break_glass` are ARN patterns of the roles and users for
    emergencies.
    """

    days: int = 90
    sensitive: tuple[str, ...] = ()
    production: tuple[str, ...] = ("prod", "production", "prd", "live")
    development: tuple[str, ...] = ("dev", "development", "test", "sandbox", "staging", "nonprod")
    stage_tag: str = "environment"
    break_glass: tuple[str, ...] = (
        "arn:*:iam::*:role/*break*glass*",
        "arn:*:iam::*:role/emergency/*",
        "arn:*:iam::*:user/*break*glass*",
        "arn:*:iam::*:user/emergency/*",
    )
    key_days: int = 90


@dataclass
class Scene:
    """An estate with its use, to be looked at by every check; `used` is None where there are no logs."""

    estate: Estate
    catalogue: Catalogue
    settings: Settings = field(default_factory=Settings)
    used: Used | None = None
    _made: dict[object, object] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[[Scene], T]) -> T:
        """What the function makes of the scene, made once for all checks."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast(T, self._made[make])

    @cached_property
    def today(self) -> date:
        """The day of the last call; without logs, of the snapshot. Never the clock's: files may be old.

        Files do not tell when they were collected: then it is the newest day of which the snapshot tells anything.
        """
        if self.used is not None:
            return date.fromordinal(_DAYS_BEFORE_1970 + self.used.last)
        taken = day_of(self.estate.snapshot.taken) or date(1970, 1, 1)
        told = [day for day in map(day_of, _moments(self.estate)) if day is not None and day <= taken]
        return taken if self.estate.snapshot.source == "aws" else max(told, default=taken)

    @cached_property
    def uses(self) -> Mapping[str, Sequence[LastUse]]:
        """What each principal used, by its ARN; nothing where there are no logs."""
        return self.used.by_principal() if self.used else {}

    @cached_property
    def granted(self) -> Granted:
        """What principals may be granted."""
        return Granted(self.estate)

    @cached_property
    def power(self) -> Power:
        """What principals may do everywhere, and who is an administrator by it."""
        return Power(self.estate, self.granted)

    @cached_property
    def escalation(self) -> Escalation:
        """How others become administrators."""
        day = self.today.isoformat() if self.used is not None or self.estate.snapshot.taken else ""
        return Escalation(self.estate, self.power, day, self.settings.break_glass)

    @property
    def window_first(self) -> int:
        """The first day of the window, as the store counts days."""
        return (self.today - timedelta(days=self.settings.days)).toordinal() - _DAYS_BEFORE_1970

    def is_covered(self, account: str) -> bool:
        """Whether the logs hold calls of the account and reach back over the whole window: silence is then evidence."""
        return self.used is not None and account in self.used.accounts and self.used.first <= self.window_first

    def age(self, holder: User | Role) -> int | None:
        """Days since the principal was made; None where that is not known."""
        made = day_of(holder.created)
        return None if made is None else (self.today - made).days

    def date_of(self, day: int) -> date:
        """A day of the store as a date."""
        return date.fromordinal(_DAYS_BEFORE_1970 + day)

    def day_name(self, day: int) -> str:
        """A day of the store as an ISO date."""
        return self.date_of(day).isoformat()


def day_of(text: str) -> date | None:
    """The day of an ISO time; None for what is none."""
    try:
        return datetime.fromisoformat(text).date() if text else None
    except ValueError:
        return None


def _moments(estate: Estate) -> Iterator[str]:
    """Every moment that a snapshot tells of, which is not after it was collected."""
    for holder in estate.holders.values():
        yield holder.created
    for part in estate.snapshot.activity.values():
        yield from (one.date for one in part.roles.values())
        yield from (text for row in part.credentials for text in row.values() if text[:2] == "20")
        yield from (one.date for several in part.last_accessed.values() for one in several)


def account_of(arn: str) -> str:
    """The account in an ARN, empty where there is none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) > 5 else ""
