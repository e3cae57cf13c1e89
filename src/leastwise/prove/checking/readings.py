"""Texts as numbers, instants and addresses, read anew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, Literal

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DAY = r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
_ZONE = r"(?P<zone>Z|[+-]\d\d:?\d\d)?"
_DATE = re.compile(
    _DAY + r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<part>\.\d+)?)?" + _ZONE + ")?)?)?", re.A
)
_BASIC_DATE = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?P<part>\.\d+)?"
    + _ZONE,
    re.A,
)
_BLOCK = re.compile(r"([^/]+)(?:/([0-9]{1,3}))?")
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_BITS: Final = {4: 32, 6: 128}

Point = tuple[Decimal, int]
"""A number, or with -1 or 1 a number closer below or above it than any that a policy names."""

Place = tuple[int, int]
"""The version of an address, 4 or 6, and its number."""

Family = Literal["number", "date", "address"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says in each family, None where it cannot be read; texts of one `form` look alike."""

    form: str
    number: Point | None = None
    date: Point | None = None
    address: Place | None = None


def reading_of(text: str) -> Reading:
    """What the text says."""
    number, date = number_of(text), instant_of(text)
    return Reading("text", _point(number), _point(date), address_of(text))


def _point(value: Decimal | None) -> Point | None:
    return None if value is None else (value, 0)


def number_of(text: str) -> Decimal | None:
    """The number that a plain decimal stands for."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def instant_of(text: str) -> Decimal | None:
    """Seconds since 1970 in UTC: four digits are a year, any other plain decimal is the seconds themselves."""
    found = _DATE.fullmatch(text) or _BASIC_DATE.fullmatch(text)
    if found is None:
        return number_of(text)
    given = found.groupdict()
    try:
        day = datetime(int(given["year"]), int(given["month"] or 1), int(given["day"] or 1), tzinfo=UTC)
        clock = [int(given[name] or 0) for name in ("hour", "minute", "second")]
        day.replace(hour=clock[0], minute=clock[1], second=clock[2])
        offset = _offset(given["zone"] or "Z")
    except ValueError:
        return None
    whole = (day - _FIRST).days * 86_400 + clock[0] * 3_600 + clock[1] * 60 + clock[2] - offset
    return _sum(whole, given["part"] or "")


def _offset(zone: str) -> int:
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError
    seconds = timedelta(hours=hours, minutes=minutes) // timedelta(seconds=1)
    return -seconds if zone[0] == "-" else seconds


def _sum(whole: int, part: str) -> Decimal:
    """A whole number and the part of a second behind it, not rounded."""
    digits = part.removeprefix(".") or "0"
    scaled = whole * 10 ** len(digits) + int(digits)
    return Decimal(f"{scaled}E-{len(digits)}")


def address_of(text: str) -> Place | None:
    """The version and number of an address."""
    if "%" in text:
        return None
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return found.version, int(found)


def block_of(text: str) -> tuple[Place, Place] | None:
    """The first and the last address of a block, which one address is too; None when the text is no block."""
    found = _BLOCK.fullmatch(text)
    address = address_of(found.group(1)) if found else None
    if found is None or address is None:
        return None
    version, number = address
    bits = _BITS[version]
    prefix = bits if found.group(2) is None else int(found.group(2))
    if prefix > bits:
        return None
    size = 1 << bits - prefix
    low = number - number % size
    return (version, low), (version, low + size - 1)


def text_of(place: Place) -> str:
    """The address as it is written."""
    version, number = place
    return str(IPv4Address(number) if version == 4 else IPv6Address(number))
