"""The least drift with which lists become shorter by a given number of characters, exactly among neighbours.

A price for each character cannot tell apart choices that lie between one price and the next, which shows where little
has to be saved. Here every saving up to the one that is needed has its own best choice, from the last name to the
first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from leastwise.synthesize.action_patterns import Pattern
from leastwise.synthesize.pattern_lists import Choice, Problem

_MOST_WORK: Final = 12_000_000
"""Patterns times characters to save, above which the question is left to prices."""


@dataclass(frozen=True, slots=True)
class _Saving:
    """A pattern in place of the names from its start up to `end`: the characters that it saves."""

    end: int
    characters: int
    pattern: Pattern


def least_drift_saving(problems: Sequence[Problem], *, room: int) -> list[Choice] | None:
    """The choice of least drift within `room` among patterns for neighbours that do not overlap; None when there is
    none, and when it would take too long to tell.
    """
    names = [_exact(problem) for problem in problems]
    every = [one for several in names for one in several]
    needed = sum(one.characters for one in every) - room
    savings = _savings(problems, [one.characters for one in every])
    if needed <= 0 or sum(map(len, savings)) * needed > _MOST_WORK:
        return None
    best = _table(savings, needed)
    if best[0][needed] == math.inf:
        return None
    chosen = _traced(savings, best, needed, every)
    return [frozenset(one for place, one in chosen if low <= place < high) for low, high in _ends(problems)]


def _exact(problem: Problem) -> list[Pattern]:
    """Each name's own pattern, in the order of names."""
    own = {one.covers: one for one in reversed(problem.patterns) if "*" not in one.text and "?" not in one.text}
    return [own[1 << place] for place in range(problem.names)]


def _ends(problems: Sequence[Problem]) -> list[tuple[int, int]]:
    ends, at = [], 0
    for problem in problems:
        ends.append((at, at + problem.names))
        at += problem.names
    return ends


def _savings(problems: Sequence[Problem], costs: Sequence[int]) -> list[list[_Saving]]:
    """What may begin at each name, of all lists one after the other."""
    found: list[list[_Saving]] = [[] for _ in costs]
    for (start, _), problem in zip(_ends(problems), problems, strict=True):
        for low, high, one in problem.runs:
            saved = sum(costs[start + low : start + high]) - one.characters
            if saved > 0:
                found[start + low].append(_Saving(start + high, saved, one))
    return found


def _table(savings: Sequence[Sequence[_Saving]], needed: int) -> list[list[float]]:
    """For each name, and each number of characters to save from there on, the least hazard."""
    best = [[0.0] + [math.inf] * needed]
    best *= len(savings) + 1
    for place in range(len(savings) - 1, -1, -1):
        row = best[place + 1]
        for one in savings[place]:
            row = list(map(min, row, _after(one, best[one.end], needed)))
        best[place] = row
    return best


def _after(one: _Saving, rest: Sequence[float], needed: int) -> list[float]:
    saved = min(one.characters, needed)
    hazard = one.pattern.drift.hazard
    return [hazard + value for value in [rest[0]] * saved + list(rest[: needed + 1 - saved])]


def _traced(
    savings: Sequence[Sequence[_Saving]], best: Sequence[Sequence[float]], needed: int, every: Sequence[Pattern]
) -> list[tuple[int, Pattern]]:
    """The patterns of the best choice, each with the name at which it begins."""
    chosen: list[tuple[int, Pattern]] = []
    place = 0
    while place < len(savings):
        taken = min(savings[place], key=lambda one: _value(one, best, needed), default=None)
        if taken is None or best[place + 1][needed] <= _value(taken, best, needed):
            chosen.append((place, every[place]))
            place += 1
            continue
        chosen.append((place, taken.pattern))
        needed = max(0, needed - taken.characters)
        place = taken.end
    return chosen


def _value(one: _Saving, best: Sequence[Sequence[float]], needed: int) -> float:
    return one.pattern.drift.hazard + best[one.end][max(0, needed - one.characters)]
