"""How often a grant that is used at all is used on a day, over all principals: a Beta law without what is never seen.

Species that a census missed are estimated in the same way; the law is that of Skellam (1948), fitted to what was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, lgamma, log
from typing import Final

_STEPS: Final = 200
_CLOSE: Final = 1e-6
_RANGE: Final = (-7.0, 7.0)

Days = Mapping[tuple[int, int], int]
"""Of how many days a grant was used on how many → how many grants there are of the kind."""


@dataclass(frozen=True, slots=True)
class DailyLaw:
    """The Beta law of the chance that a grant is used on a day."""

    alpha: float
    beta: float

    def unseen(self, days: float) -> float:
        """The chance that a grant is used on none of so many days."""
        return exp(_log_beta(self.alpha, self.beta + days) - _log_beta(self.alpha, self.beta))

    def expected_new(self, seen: int, days: int, horizon: int) -> float:
        """How many grants not seen in these days the next ones are expected to show, when so many were seen."""
        unseen = self.unseen(days)
        return seen * (unseen - self.unseen(days + horizon)) / max(1 - unseen, _CLOSE)


def daily_law(counts: Days) -> DailyLaw:
    """The law under which the counts are likeliest, each being at least one day; by Nelder and Mead's simplex."""
    corners = [(-1.0, 0.5), (0.0, 0.5), (-1.0, 1.5)]
    values = [_cost(counts, corner) for corner in corners]
    for _ in range(_STEPS):
        order = sorted(range(3), key=lambda i: values[i])
        corners, values = [corners[i] for i in order], [values[i] for i in order]
        if values[2] - values[0] < _CLOSE:
            break
        corners, values = _moved(counts, corners, values)
    return DailyLaw(exp(corners[0][0]), exp(corners[0][1]))


Point = tuple[float, float]


def _moved(counts: Days, corners: list[Point], values: list[float]) -> tuple[list[Point], list[float]]:
    """The simplex with its worst corner mirrored, stretched or drawn in; or shrunk to its best one."""
    middle = ((corners[0][0] + corners[1][0]) / 2, (corners[0][1] + corners[1][1]) / 2)

    def tried(factor: float) -> tuple[Point, float]:
        point = tuple(m + factor * (w - m) for m, w in zip(middle, corners[2], strict=True))
        return (point[0], point[1]), _cost(counts, (point[0], point[1]))

    mirrored = tried(-1.0)
    choice = min(mirrored, tried(-2.0), key=lambda one: one[1]) if mirrored[1] < values[0] else mirrored
    if choice[1] >= values[1]:
        choice = tried(0.5)
    if choice[1] < values[2]:
        return [*corners[:2], choice[0]], [*values[:2], choice[1]]
    best = corners[0]
    shrunk = [best, *(((best[0] + x) / 2, (best[1] + y) / 2) for x, y in corners[1:])]
    return shrunk, [values[0], *(_cost(counts, corner) for corner in shrunk[1:])]


def _cost(counts: Days, point: Point) -> float:
    """The negative logarithm of the likelihood, a little dearer away from even laws so that it has one least value."""
    if not all(_RANGE[0] <= x <= _RANGE[1] for x in point):
        return float("inf")
    alpha, beta = exp(point[0]), exp(point[1])
    whole = _log_beta(alpha, beta)
    cut = {days: log(max(1 - exp(_log_beta(alpha, beta + days) - whole), 1e-300)) for _, days in counts}
    cost = 0.005 * (point[0] ** 2 + point[1] ** 2)
    for (used, days), times in counts.items():
        cost -= times * (_log_beta(alpha + used, beta + days - used) - whole - cut[days])
    return cost


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def tallied(pairs: Iterable[tuple[int, int]]) -> Days:
    """How often each pair of days used and days watched is there."""
    counts: dict[tuple[int, int], int] = {}
    for pair in pairs:
        counts[pair] = counts.get(pair, 0) + 1
    return counts
