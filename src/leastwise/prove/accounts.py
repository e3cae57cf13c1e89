"""Accounts that stand for all: one for each way in which the numbers that policies write tell accounts apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial, reduce
from typing import Final

from leastwise.decide.policies import Entry
from leastwise.language.values import TooHard

EXAMPLE_ACCOUNT: Final = "123456789012"
OTHER_ACCOUNTS: Final = tuple(f"{digit}" * 12 for digit in range(9, 0, -1))

_TWELVE = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_MIXED = re.compile(r"[0-9][*?]|[*?][0-9]")
_PARTIAL = re.compile(r"[0-9*?]+")
_DIGITS: Final = "1234567890"
_MOST: Final = 4_096
"""Ways to have begun a number that are kept apart."""

States = tuple[frozenset[int], ...]
"""For each pattern, the places in it that a number has come to."""


def accounts_in(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Every account that statements name, and one of each kind that their patterns tell apart among the others.

    Raises TooHard when the patterns are too many.
    """
    named: dict[str, None] = {}
    patterns: dict[str, None] = {}
    for text in _texts(entries):
        named.update(dict.fromkeys(_TWELVE.findall(text)))
        patterns.update(dict.fromkeys(_patterns(text)))
    return (*_others(tuple(patterns), frozenset(named)), *named)


def _texts(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        statement = entry.statement
        yield from statement.resources
        yield from (value for values in (statement.principals or {}).values() for value in values)
        for block in statement.conditions.values():
            yield from (value for values in block.values() for value in values)


def _patterns(text: str) -> Iterator[str]:
    """What the text may ask of a part of an account number: a star of it may take in what stands before or after."""
    if not _MIXED.search(text):
        return
    for part in text.split(":"):
        ends = [0, *(place for place, sign in enumerate(part) if sign == "*"), len(part)]
        for number, start in enumerate(ends):
            for end in ends[number + 1 :]:
                found = part[start : end + 1]
                if _PARTIAL.fullmatch(found) and _MIXED.search(found):
                    yield found


@lru_cache(maxsize=256)
def _others(patterns: tuple[str, ...], named: frozenset[str]) -> tuple[str, ...]:
    """One account of each kind that the patterns tell apart, none of them named; kinds without one are left out."""
    start = tuple(_after(pattern, (0,)) for pattern in patterns)
    begun: dict[States, list[str]] = {start: [""]}
    for _ in range(12):
        further: dict[States, list[str]] = {}
        for states, numbers in begun.items():
            for digit in _DIGITS:
                found = further.setdefault(_taken(patterns, states, digit), [])
                found += (number + digit for number in numbers[: len(named) + 1 - len(found)])
        if len(further) > _MOST:
            raise TooHard("too many patterns of account numbers")
        begun = further
    kinds: dict[tuple[bool, ...], str] = {}
    for number in (EXAMPLE_ACCOUNT, *OTHER_ACCOUNTS):
        if number not in named:
            states = reduce(partial(_taken, patterns), number, start)
            kinds.setdefault(_met(patterns, states), number)
    for states, numbers in begun.items():
        for number in numbers:
            if number not in named:
                kinds.setdefault(_met(patterns, states), number)
    return tuple(kinds.values())


def _taken(patterns: Sequence[str], states: States, digit: str) -> States:
    return tuple(_step(pattern, places, digit) for pattern, places in zip(patterns, states, strict=True))


@lru_cache(maxsize=65_536)
def _step(pattern: str, places: frozenset[int], digit: str) -> frozenset[int]:
    found = set()
    for place in places:
        if place < len(pattern):
            sign = pattern[place]
            if sign == "*":
                found.add(place)
            elif sign in ("?", digit):
                found.add(place + 1)
    return _after(pattern, found)


def _after(pattern: str, places: Iterable[int]) -> frozenset[int]:
    """The places, and those that a star without a digit leads to."""
    found: set[int] = set()
    for place in places:
        stars = len(pattern[place:]) - len(pattern[place:].lstrip("*"))
        found.update(range(place, place + stars + 1))
    return frozenset(found)


def _met(patterns: Sequence[str], states: States) -> tuple[bool, ...]:
    return tuple(len(pattern) in places for pattern, places in zip(patterns, states, strict=True))
