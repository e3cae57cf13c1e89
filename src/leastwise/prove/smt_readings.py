"""What the texts of numbers, dates, addresses, truth values and bytes stand for, and which texts can stand for any.

Read here by other means than the engine's operators do, so that a solver's word on a proof is a second one.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from contextlib import suppress
from datetime import UTC, datetime
from fractions import Fraction
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from leastwise.prove.smt_texts import any_case, choice, sequence, span, word

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_DASHED = re.compile(
    r"(?P<date>[0-9]{4}(?:-[0-9]{2}){0,2})(?:(?<=-[0-9]{2}-[0-9]{2})T(?P<time>[0-9]{2}:[0-9:]+)(?P<rest>.*))?"
)
_BASIC = re.compile(r"(?P<date>[0-9]{8})T(?P<time>[0-9]{6})(?P<rest>.*)")
_REST = re.compile(r"(?P<part>\.[0-9]+)?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?")
_FORMS = {"": "", "00:00": "%H:%M", "00:00:00": "%H:%M:%S", "000000": "%H%M%S"}
_DIGIT_OF_TIME = re.compile("[0-9]")
_WITH_SECONDS = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def number(text: str) -> Fraction | None:
    """The number that a plain decimal is; None for any other text."""
    return Fraction(text.rstrip(".")) if _NUMBER.fullmatch(text) else None


def instant(text: str) -> Fraction | None:
    """Seconds since 1970 of an ISO 8601 date or of epoch seconds; four digits are a year. None for any other text."""
    found = _DASHED.fullmatch(text) or _BASIC.fullmatch(text)
    if found is None:
        return number(text)
    time, rest = found["time"] or "", _REST.fullmatch(found["rest"] or "")
    if rest is None or (rest["part"] and len(time) < _WITH_SECONDS):
        return None
    whole, offset = _whole(_dashed(found["date"]), time), _offset(rest["zone"] or "Z")
    return None if whole is None or offset is None else whole - offset + Fraction(f"0{rest['part'] or '.0'}")


def _dashed(date: str) -> str:
    """The day with dashes, the first of the month or year where only these are told."""
    with_dashes = date if "-" in date or len(date) == 4 else f"{date[:4]}-{date[4:6]}-{date[6:]}"
    return f"{with_dashes}-01-01"[:10]


def _whole(day: str, time: str) -> Fraction | None:
    form = _FORMS.get(_DIGIT_OF_TIME.sub("0", time))
    if form is None:
        return None
    try:
        since = datetime.strptime(f"{day} {time}", f"%Y-%m-%d {form}").replace(tzinfo=UTC) - _EPOCH
    except ValueError:
        return None
    return Fraction(since.days * 86_400 + since.seconds)


def _offset(zone: str) -> int | None:
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        return None
    seconds = (hours * 60 + minutes) * 60
    return -seconds if zone[0] == "-" else seconds


def boolean(text: str) -> bool | None:
    """Whether the text says `true` or `false`, in any case; None when it says neither."""
    lowered = text.lower() if text.isascii() else ""
    return {"true": True, "false": False}.get(lowered)


def address(text: str) -> tuple[int, int] | None:
    """4 or 6, and the address as a number; None for any other text."""
    with suppress(AddressValueError):
        return 4, int(IPv4Address(text))
    try:
        return None if "%" in text else (6, int(IPv6Address(text)))
    except AddressValueError:
        return None


def block(text: str) -> tuple[int, int, int] | None:
    """4 or 6, the first address and the last of a CIDR block or of one address; None for any other text."""
    start, slash, prefix = text.partition("/")
    found = address(start)
    if found is None:
        return None
    family, first = found
    bits = 32 if family == 4 else 128
    if slash and not (prefix.isascii() and prefix.isdigit() and len(prefix) <= 3 and int(prefix) <= bits):
        return None
    free = bits - int(prefix) if slash else 0
    low = first >> free << free
    return family, low, low + (1 << free) - 1


def encodings(text: str) -> str:
    """The regular expression of the texts that are the same bytes as this base64 text: as base64, or as plain text.

    After four characters that are whole, base64 as it is read here may take `=` without end.
    """
    held = _bytes(text)
    if held is None:
        return choice([])
    written = b64encode(held).decode()
    body, padding = written.rstrip("="), "=" * written.count("=")
    forms = {f"{body[:-1]}{letter}{padding}" for letter in _LETTERS} if padding else {written}
    found = [word(form) for form in sorted(forms) if _bytes(form) == held]
    if body and not padding and _bytes(f"{body}=") == held:
        found.append(sequence([word(body), f"(re.* {word('=')})"]))
    with suppress(UnicodeDecodeError):
        found.append(word(held.decode()))
    return choice(found)


def _bytes(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (Error, ValueError):
        return None


_DIGIT = span("0", "9")
_DIGITS = f"(re.+ {_DIGIT})"
_SIGN = f"(re.opt {choice([word('+'), word('-')])})"
_POINT = word(".")
_AFTER = f"(re.++ {_POINT} (re.* {_DIGIT}))"
_OCTET = choice(
    [
        _DIGIT,
        sequence([span("1", "9"), _DIGIT]),
        sequence([word("1"), _DIGIT, _DIGIT]),
        sequence([word("2"), span("0", "4"), _DIGIT]),
        sequence([word("25"), span("0", "5")]),
    ]
)

NUMBERS = sequence([_SIGN, choice([sequence([_DIGITS, f"(re.opt {_AFTER})"]), sequence([_POINT, _DIGITS])])])
"""The regular expression of exactly the texts that are numbers."""

_DATE_LETTERS = choice([_DIGIT, *map(word, "+-:.TZ")])
DATES = f"(re.+ {_DATE_LETTERS})"
"""One that takes in every text that is a date, and more."""

V4_ADDRESSES = sequence([_OCTET, *[sequence([_POINT, _OCTET])] * 3])
"""Exactly the v4 addresses."""

_V6_LETTERS = choice([_DIGIT, span("a", "f"), span("A", "F"), word(":"), _POINT])
V6_ADDRESSES = sequence([f"(re.* {_V6_LETTERS})", word(":"), f"(re.* {_V6_LETTERS})"])
"""Every v6 address, and more."""

TRUES, FALSES = any_case("true"), any_case("false")
"""Exactly the texts that say so."""
