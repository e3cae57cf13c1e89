"""Logistic regression with a ridge, by Newton's method: a chance from a few numbers, told from earlier cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import Final

_STEPS: Final = 25
_CLOSE: Final = 1e-8
_FAR: Final = 30.0
"""A logarithm of odds past which a chance is as good as settled."""

Row = Sequence[float]


@dataclass(frozen=True, slots=True)
class Model:
    """Coefficients of the numbers, less their means and by their deviations; the first is for no number at all."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]
    coefficients: tuple[float, ...]

    def chance(self, row: Row) -> float:
        """The chance for a case with these numbers."""
        scaled = _scaled(row, self.means, self.deviations)
        return _chance(sum(c * x for c, x in zip(self.coefficients, scaled, strict=True)))


def fitted(rows: Sequence[Row], outcomes: Sequence[bool], *, ridge: float) -> Model:
    """The model that is likeliest for the outcomes, less `ridge` for the squares of its coefficients."""
    means = tuple(sum(column) / len(rows) for column in zip(*rows, strict=True))
    deviations = tuple(_deviation(column, mean) for column, mean in zip(zip(*rows, strict=True), means, strict=True))
    scaled = [_scaled(row, means, deviations) for row in rows]
    found = [0.0] * (len(means) + 1)
    for _ in range(_STEPS):
        step = _solved(*_slopes(scaled, outcomes, found, ridge))
        found = [c + s for c, s in zip(found, step, strict=True)]
        if max(map(abs, step)) < _CLOSE:
            break
    return Model(means, deviations, tuple(found))


def _deviation(column: Sequence[float], mean: float) -> float:
    return sqrt(sum((value - mean) ** 2 for value in column) / len(column)) or 1.0


def _scaled(row: Row, means: Row, deviations: Row) -> list[float]:
    return [1.0, *((x - mean) / by for x, mean, by in zip(row, means, deviations, strict=True))]


def _chance(odds: float) -> float:
    return 1 / (1 + exp(-max(-_FAR, min(_FAR, odds))))


def _slopes(
    rows: Sequence[list[float]], outcomes: Sequence[bool], coefficients: Sequence[float], ridge: float
) -> tuple[list[list[float]], list[float]]:
    """The negative second derivatives and the first ones of the penalised likelihood."""
    size = len(coefficients)
    curve = [[0.0] * size for _ in range(size)]
    slope = [0.0] * size
    for row, outcome in zip(rows, outcomes, strict=True):
        chance = _chance(sum(c * x for c, x in zip(coefficients, row, strict=True)))
        spread = chance * (1 - chance)
        for i, x in enumerate(row):
            slope[i] += (outcome - chance) * x
            held = spread * x
            line = curve[i]
            for j in range(i + 1):
                line[j] += held * row[j]
    for i in range(size):
        for j in range(i):
            curve[j][i] = curve[i][j]
        if i:
            curve[i][i] += ridge
            slope[i] -= ridge * coefficients[i]
    curve[0][0] += _CLOSE
    return curve, slope


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a positive definite system, by Cholesky's factor."""
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            lower[i][j] = sqrt(rest) if i == j else rest / lower[j][j]
    half = [0.0] * size
    for i in range(size):
        half[i] = (right[i] - sum(lower[i][k] * half[k] for k in range(i))) / lower[i][i]
    found = [0.0] * size
    for i in reversed(range(size)):
        found[i] = (half[i] - sum(lower[k][i] * found[k] for k in range(i + 1, size))) / lower[i][i]
    return found
