"""Sets of instants, read from ISO 8601 or epoch seconds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import chain, count, islice

from leastwise.language.values import ranges
from leastwise.language.values.numbers import exact, number, plain, samples, test
from leastwise.language.values.ranges import Ranges
from leastwise.language.values.typed import Kind, Typed

Dates = Typed[Decimal, Ranges[Decimal]]
"""Instants are seconds since 1970 in UTC."""

_ZONE = r"(?:Z|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2}))?"
_LONG = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<part>\.[0-9]+)?)?" + _ZONE + ")?)?)?"
)
_BASIC = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"T(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})(?P<part>\.[0-9]+)?" + _ZONE
)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_SHORT = 64


def instant(text: str) -> Decimal | None:
    """The instant that the text names, in UTC where it names no offset; None when it names none.

    Four digits are a year, any other plain number is epoch seconds. IAM User Guide, "Condition operators", has "one of
    the W3C implementations of the ISO 8601 date formats or in epoch (UNIX) time"; the basic form is in its examples
    of `aws:TokenIssueTime`.
    """
    return _short_instant(text) if len(text) <= _SHORT else _instant(text)


def _instant(text: str) -> Decimal | None:
    found = _LONG.fullmatch(text) or _BASIC.fullmatch(text)
    return _of_calendar(found.groupdict()) if found else number(text)


_short_instant = lru_cache(maxsize=8192)(_instant)


def _of_calendar(parts: dict[str, str | None]) -> Decimal | None:
    year, month, day, hour, minute, second, hours, minutes = (int(parts[name] or least) for name, least in _LEAST)
    if hour > 23 or minute > 59 or second > 59 or hours > 23 or minutes > 59:
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    offset = hours * _HOUR + minutes * _MINUTE
    seconds = days * _DAY + hour * _HOUR + minute * _MINUTE + second + (offset if parts["sign"] == "-" else -offset)
    part = Decimal(parts["part"] or 0)
    return exact(part, Decimal(seconds)).add(Decimal(seconds), part)


_LEAST = (
    ("year", 0),
    ("month", 1),
    ("day", 1),
    ("hour", 0),
    ("minute", 0),
    ("second", 0),
    ("hours", 0),
    ("minutes", 0),
)


def before(bound: str) -> Dates:
    """Instants before the bound; none when it is not an instant."""
    return _by(ranges.below, bound)


def until(bound: str) -> Dates:
    """The bound and instants before it; none when it is not an instant."""
    return _by(ranges.at_most, bound)


def after(bound: str) -> Dates:
    """Instants after the bound; none when it is not an instant."""
    return _by(ranges.above, bound)


def since(bound: str) -> Dates:
    """The bound and instants after it; none when it is not an instant."""
    return _by(ranges.at_least, bound)


def at(value: str) -> Dates:
    """The one instant, however it is written; none when it is not an instant."""
    return _by(ranges.equal_to, value)


def _by(region: Callable[[Decimal], Ranges[Decimal]], text: str) -> Dates:
    value = instant(text)
    return Typed(KIND, Ranges() if value is None else region(value))


_WRITTEN = 64
_FIRST = datetime(1970, 1, 1)


def iso(value: Decimal) -> str:
    """The instant as ISO 8601 in UTC, or as epoch seconds when its year has not four digits."""
    context = exact(value)
    whole = context.to_integral_value(value)
    part = plain(context.subtract(value, whole)).removeprefix("0")
    try:
        return (_FIRST + timedelta(seconds=int(whole))).isoformat() + part + "Z"
    except OverflowError:
        return plain(value)


def _epoch(value: Decimal) -> str:
    """Epoch seconds, told apart from a year."""
    text = plain(value)
    return text if _LONG.fullmatch(text) is None else f"{text}.0"


def _written(region: Ranges[Decimal]) -> Iterator[str]:
    """Each of some instants by the calendar, then in epoch seconds, then with zeros that say nothing."""
    some = list(islice(samples(region), _WRITTEN))
    idle = (f"{_epoch(v)}{'' if '.' in _epoch(v) else '.'}{'0' * n}" for n in count(2) for v in some)
    forms = chain(map(iso, some), map(_epoch, some))
    return chain(dict.fromkeys(forms), idle) if some else iter(())


KIND: Kind[Decimal, Ranges[Decimal]] = Kind("date", instant, ~Ranges(), test, _written)
