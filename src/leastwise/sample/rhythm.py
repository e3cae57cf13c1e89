"""On which days a habit falls: fixed days of the calendar, so that a year of logs shows every habit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

from leastwise.sample.values import Habit

TRACKED_DAYS = 400
"""How far back AWS remembers the last use of a role."""

_MONTH_LOAD = (90, 85, 95, 100, 100, 95, 85, 80, 100, 110, 135, 130)
"""Calls by month, in hundredths of the habit's usual number."""


def falls_on(habit: Habit, day: date) -> bool:
    """Whether the principal does this on the day."""
    if (habit.since and day < habit.since) or (habit.until and day > habit.until):
        return False
    return _RHYTHMS[habit.rhythm](habit.salt, day)


def calls_on(habit: Habit, day: date) -> int:
    """How many calls it makes on a day that it falls on, at least one."""
    load = _MONTH_LOAD[day.month - 1] * (40 if habit.rhythm == "daily" and day.weekday() > 4 else 100)
    wobble = 80 + (habit.salt + day.toordinal() * 37) % 41
    return max(1, habit.calls * load * wobble // 1_000_000)


def last_day(habits: Iterable[Habit], today: date) -> date | None:
    """The last day before today on which one of the habits fell, as far back as AWS remembers."""
    kept = tuple(habits)
    days = (today - timedelta(days=back) for back in range(1, TRACKED_DAYS)) if kept else ()
    return next((day for day in days if any(falls_on(habit, day) for habit in kept)), None)


def is_over(habit: Habit, today: date) -> bool:
    """Whether the principal does not do it any more."""
    return habit.until is not None and habit.until < today


_RHYTHMS: Mapping[str, Callable[[int, date], bool]] = {
    "daily": lambda salt, day: True,
    "workdays": lambda salt, day: day.weekday() < 5,
    "weekly": lambda salt, day: day.weekday() == salt % 5,
    "monthly": lambda salt, day: day.day == salt % 28 + 1,
    "quarterly": lambda salt, day: day.month % 3 == 1 and day.day == salt % 28 + 1,
    "half-yearly": lambda salt, day: day.month % 6 == salt % 6 and day.day == salt // 6 % 28 + 1,
    "yearly": lambda salt, day: day.month == salt % 12 + 1 and day.day == salt // 12 % 28 + 1,
}
SEASONAL = ("monthly", "quarterly", "yearly")
