"""Lists of action names as patterns: the least drift risk for which all lists together stay within their room.

A price on each character turns the two aims into one; the lowest price at which the lists fit is looked for, and what
room is left then is spent on taking back the riskiest patterns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from leastwise.synthesize.pattern_lists import (
    Choice,
    Problem,
    Runs,
    at_price,
    characters,
    cheapest,
    cheapest_by_exchange,
    hazard,
)
from leastwise.synthesize.pattern_savings import least_drift_saving

_BISECTIONS: Final = 12
_THOROUGH: Final = 4
_HIGHEST: Final = 4.0
_LOWEST: Final = 1e-6
_SCALES: Final = (0.0, 0.3, 0.7)
_EPSILON: Final = 1e-12


def least_drift(problems: Sequence[Problem], *, room: int) -> list[Choice] | None:
    """A choice for each list, all within `room` characters, as little drift as was found; None when nothing fits."""
    exact = [cheapest(problem, at_price(0.0)) for problem in problems]
    if _size(exact) <= room:
        return exact
    shortest = [fewest_characters(problem) for problem in problems]
    if _size(shortest) > room:
        return None
    priced = [_at_lowest_price(problems, shortest, room, begin) for begin in (_from_the_last, _from_nothing)]
    refined = [_refined(problems, found, price, room) for found, price in priced]
    saving = least_drift_saving(problems, room=room)
    if saving is not None:
        refined.append(_refined(problems, saving, priced[0][1], room))
    return min(refined, key=_total)


def _from_the_last(held: Choice) -> Choice:
    return held


def _from_nothing(_: Choice) -> Choice:
    return frozenset()


def fewest_characters(problem: Problem) -> Choice:
    """The shortest cover found, whatever its drift."""
    return cheapest(problem, lambda one: float(one.characters))


def _size(choices: Sequence[Choice]) -> int:
    return sum(map(characters, choices))


def _at_lowest_price(
    problems: Sequence[Problem], found: list[Choice], room: int, begin: Callable[[Choice], Choice]
) -> tuple[list[Choice], float]:
    """The choices at the lowest price of a character at which they fit, and that price."""
    low, high = math.log(_LOWEST), math.log(_HIGHEST)
    tried = found
    for step in range(_BISECTIONS):
        middle = (low + high) / 2
        price = at_price(math.exp(middle))
        search = cheapest if step < _BISECTIONS - _THOROUGH else cheapest_by_exchange
        tried = [search(one, price, start=begin(held)) for one, held in zip(problems, tried, strict=True)]
        if _size(tried) <= room:
            high = middle
            found = min(found, tried, key=_total)
        else:
            low = middle
    return found, math.exp(high)


def _total(choices: Sequence[Choice]) -> tuple[float, int]:
    return math.fsum(map(hazard, choices)), _size(choices)


_Step = tuple[int, float, Choice]
"""Characters more, hazard less, and the choice."""


def _refined(problems: Sequence[Problem], choices: list[Choice], price: float, room: int) -> list[Choice]:
    """The choices after the room that is left was spent where it takes away most hazard for a character."""
    current = list(choices)
    runs = [[Runs(problem, at_price(price * scale)) for scale in _SCALES] for problem in problems]
    steps = [list(_steps(*one, price)) for one in zip(problems, current, runs, strict=True)]
    while True:
        free = room - _size(current)
        fitting = [(step[1] / max(step[0], 1), place, step) for place in range(len(steps)) for step in steps[place]]
        fitting = [found for found in fitting if found[2][0] <= free]
        if not fitting:
            return current
        _, place, (_, _, current[place]) = max(fitting, key=lambda found: found[0])
        steps[place] = list(_steps(problems[place], current[place], runs[place], price))


def _steps(problem: Problem, choice: Choice, runs: Sequence[Runs], price: float) -> Iterator[_Step]:
    """Other covers with less hazard: at a lower price throughout, or with one pattern's own names covered otherwise."""
    size, before = characters(choice), hazard(choice)
    for better in _alternatives(problem, choice, runs, price):
        less = before - hazard(better)
        if less > _EPSILON:
            yield characters(better) - size, less, better


def _alternatives(problem: Problem, choice: Choice, runs: Sequence[Runs], price: float) -> Iterator[Choice]:
    for scale in _SCALES:
        yield cheapest(problem, at_price(price * scale), start=choice)
    risky = sorted((one for one in choice if one.drift.hazard), key=lambda one: one.text)
    for at_scale in runs:
        for one in risky:
            yield at_scale.instead_of(choice, one)
