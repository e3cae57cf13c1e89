"""How likely an action pattern is to match, within two years, an action that AWS has not released yet.

A logistic model over what can be seen of the pattern today. Its coefficients are fitted to what patterns matched that
would have been written in April 2022 and were read again in July 2024, by `scripts/fit_drift.py`; they are judged by
what came between July 2024 and October 2026: the order is foretold with an AUC of 0.86, and 7.2 % foretold to gain a
Write or Permissions management action where 5.7 % did.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Final

from leastwise.synthesize.action_names import CHANGING, Levels, words

FEATURES: Final = (
    "constant",
    "words before the star",
    "one word before it",
    "words after the star",
    "star on both sides",
    "ends inside a word",
    "log of names matched",
    "share of them that change things",
    "log of the service's actions",
    "begins with Describe, List or Get",
    "begins with Create, Delete or Update",
)

CHANGING_COEFFICIENTS: Final = (-4.599, -0.875, 0.490, -1.024, 0.543, 0.428, 1.197, 1.706, 0.091, -2.260, 0.576)
ANY_COEFFICIENTS: Final = (-3.132, -0.882, 0.569, -1.019, 0.459, 0.540, 1.189, -0.032, 0.123, 0.706, 0.636)

_OTHERS_COUNT: Final = 0.05
"""What an action that only reads, lists or tags counts beside one that changes things."""
_READING: Final = frozenset({"describe", "list", "get"})
_LIFECYCLE: Final = frozenset({"create", "delete", "update"})


@dataclass(frozen=True)
class Drift:
    """Chances within two years: that a new action of the level Write or Permissions management matches, or any one."""

    changing: float
    any: float
    NONE: ClassVar[Drift]

    @cached_property
    def hazard(self) -> float:
        """What adds up over several patterns, and is to be small."""
        return -math.log1p(-self.changing) - _OTHERS_COUNT * math.log1p(-self.any)


Drift.NONE = Drift(0.0, 0.0)


def together(drifts: Collection[Drift]) -> Drift:
    """The chances that at least one of several patterns drifts."""
    return Drift(1 - math.prod(1 - d.changing for d in drifts), 1 - math.prod(1 - d.any for d in drifts))


def drift_of(pattern: str, matched: Collection[str], levels: Levels) -> Drift:
    """The drift risk of a pattern for action names of one service, given which of them it matches today."""
    seen = features(pattern, matched, levels)
    return Drift(_chance(CHANGING_COEFFICIENTS, seen), _chance(ANY_COEFFICIENTS, seen))


def _chance(coefficients: tuple[float, ...], seen: tuple[float, ...]) -> float:
    return 1 / (1 + math.exp(-sum(c * x for c, x in zip(coefficients, seen, strict=True))))


def features(pattern: str, matched: Collection[str], levels: Levels) -> tuple[float, ...]:
    """What the model sees of a pattern, in the order of `FEATURES`."""
    head, _, rest = pattern.partition("*")
    before, after = _count(head), _count(rest.strip("*"))
    first = words(head)[0].lower() if head else ""
    changing = sum(levels.get(name, "Write") in CHANGING for name in matched)
    return (
        1.0,
        min(before, 4),
        float(before == 1),
        min(after, 4),
        float(rest.endswith("*")),
        float(_ends_inside_a_word(head, rest, matched)),
        math.log1p(len(matched)),
        changing / max(1, len(matched)),
        math.log1p(len(levels)),
        float(first in _READING),
        float(first in _LIFECYCLE),
    )


def _count(text: str) -> int:
    return len(words(text)) if text else 0


def _ends_inside_a_word(head: str, rest: str, matched: Collection[str]) -> bool:
    """Whether some matched name has a small letter right after the star's left side or right before its right one."""
    if rest.endswith("*"):
        return False
    if rest:
        return any(not name[-len(rest)].isupper() for name in matched)
    return any(name[len(head) : len(head) + 1].islower() for name in matched)
