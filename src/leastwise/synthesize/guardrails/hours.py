"""Hours of the week as spans of dates: AWS has no key for the time of the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from leastwise.model.errors import ParameterError
from leastwise.synthesize.guardrails.parameters import Values

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_DAYS: Final = 366


def closed_hours(template: str, values: Values) -> tuple[str, ...]:
    """The spans between `from` and `until` that lie outside the hours of the days named, each as `start/end` in UTC.

    IAM compares `aws:CurrentTime` with moments, not with hours, so each night and weekend is a span of its own.
    Source: IAM User Guide, "IAM JSON policy elements: Condition operators", Date condition operators.
    """
    first, last = _day(template, "from", values), _day(template, "until", values)
    if not first <= last or (last - first).days > _MOST_DAYS:
        raise ParameterError(
            template, "until", "the days run backwards or over a year", help="set `until` after `from`"
        )
    opens, closes = time.fromisoformat(values["opens"][0]), time.fromisoformat(values["closes"][0])
    if not opens < closes:
        raise ParameterError(template, "closes", "the hours end before they begin", help="set `closes` after `opens`")
    return tuple(_closed(first, last, opens, closes, frozenset(values["days"])))


def _day(template: str, name: str, values: Values) -> date:
    try:
        return date.fromisoformat(values[name][0])
    except ValueError:
        fault = f"`{values[name][0]}` is no day of the calendar"
        raise ParameterError(template, name, fault, help="write it as `2026-12-24`") from None


def _closed(first: date, last: date, opens: time, closes: time, days: frozenset[str]) -> Iterator[str]:
    start = datetime.combine(first, time(), UTC)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if _DAYS[day.weekday()] not in days:
            continue
        if start < datetime.combine(day, opens, UTC):
            yield _span(start, datetime.combine(day, opens, UTC))
        start = datetime.combine(day, closes, UTC)
    yield _span(start, datetime.combine(last + timedelta(days=1), time(), UTC))


def _span(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}"


DERIVATIONS: Final[Mapping[str, Callable[[str, Values], tuple[str, ...]]]] = {"closed-hours": closed_hours}
"""Rules that work one parameter out of others, by the name that a template's file gives."""
