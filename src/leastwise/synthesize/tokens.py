"""The name of a resource as tokens: dates, ids, numbers and words, and the signs between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Shape = Literal["sign", "word", "date", "uuid", "hex", "number", "id"]
VARIABLE: Final[frozenset[Shape]] = frozenset({"date", "uuid", "hex", "number", "id"})
"""Shapes of what is made anew by machines, not chosen as a name."""

_TOKEN: Final = re.compile(
    r"(?P<uuid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(?![0-9A-Za-z])"
    r"|(?P<date>(?:19|20)\d\d(?P<sep>[-_.]?)(?:0[1-9]|1[0-2])(?P=sep)(?:0[1-9]|[12]\d|3[01])"
    r"(?:T\d{2}(?:[-:.]?\d{2}){0,2}(?:\.\d+)?Z?)?)(?![0-9A-Za-z])"
    r"|(?P<run>[0-9A-Za-z]+)"
    r"|(?P<sign>[^0-9A-Za-z])"
)
_HEX: Final = re.compile(r"(?=.*[0-9])(?:[0-9a-f]{8,}|[0-9A-F]{8,})")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_DIGITS: Final = re.compile(r"[0-9]+")
_CHANGES: Final = re.compile(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_RUNS: Final = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")
_RUNS_OF_CHANCE: Final = 0.42
"""Runs of small letters, capitals or digits for each letter of a text that nobody thought of; words joined by capitals
have fewer."""
_SHORTEST_HEX: Final = 12
_SHORTEST_ID: Final = 8
_LEAST_CHANGES: Final = 2


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a name; `mask` is a pattern for others like it, `?` for what may differ."""

    text: str
    shape: Shape
    mask: str


@lru_cache(maxsize=65_536)
def tokens(name: str) -> tuple[Token, ...]:
    """The tokens of the part of an ARN after the account; together they are the name."""
    found: list[Token] = []
    calendar = 0
    for match in _TOKEN.finditer(name):
        token = _token(match, calendar)
        calendar = _calendar_after(token, calendar)
        found.append(token)
    return tuple(found)


def _token(match: re.Match[str], calendar: int) -> Token:
    text = match[0]
    if match["sign"]:
        return Token(text, "sign", text)
    if match["uuid"]:
        return Token(text, "uuid", re.sub("[0-9A-Fa-f]", "?", text))
    if match["date"]:
        return Token(text, "date", text[:2] + re.sub("[0-9]", "?", text[2:]))
    if calendar and len(text) <= 2 and text.isdigit():
        return Token(text, "date", "?" * len(text))
    if _YEAR.fullmatch(text):
        return Token(text, "date", f"{text[:2]}??")
    return Token(text, shape := _shape(text), "?" * len(text) if shape != "word" else "*")


def _calendar_after(token: Token, calendar: int) -> int:
    """How many numbers of the calendar may still follow, after a year: month, day, hour and minute."""
    if token.shape == "date":
        return 4 if len(token.text) == 4 else max(0, calendar - 1)
    is_between = token.shape == "sign" or token.text.lower() in ("month", "day", "hour", "minute", "m", "d", "h")
    return calendar if is_between else 0


def _shape(text: str) -> Shape:
    if _DIGITS.fullmatch(text):
        return "number"
    if _HEX.fullmatch(text) and (len(text) >= _SHORTEST_HEX or len(_CHANGES.findall(text)) >= _LEAST_CHANGES):
        return "hex"
    if len(text) >= _SHORTEST_ID and len(_CHANGES.findall(text)) >= _LEAST_CHANGES:
        return "id"
    if len(text) >= _SHORTEST_HEX and len(_RUNS.findall(text)) >= len(text) * _RUNS_OF_CHANCE:
        return "id"
    return "word"
