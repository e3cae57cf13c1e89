"""Patterns of literal text and wildcards, ARN patterns among them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from leastwise.language.values.automata import places
from leastwise.language.values.matchers import matcher
from leastwise.language.values.steps import (
    ANY,
    ANY_IN_PART,
    STAR,
    STAR_IN_PART,
    STARS,
    Step,
    Steps,
    Wildcard,
    canonical,
    folded,
)

__all__ = [
    "ANY",
    "ANY_IN_PART",
    "STAR",
    "STAR_IN_PART",
    "Glob",
    "Step",
    "Steps",
    "Wildcard",
    "arn_glob",
    "capture",
    "glob_of",
    "literal_glob",
]

_COLONS = 5
"""The colons that part an ARN; its sixth part may hold more."""

_WILDS: dict[str, Step] = {"*": STAR, "?": ANY}
_WILD = re.compile(r"([*?])")
_LIMITED: dict[Step, Step] = {STAR: STAR_IN_PART, ANY: ANY_IN_PART}
_ESCAPES = str.maketrans({"*": "${*}", "?": "${?}", "$": "${$}"})


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern for whole texts: literal text and wildcards, one after the other, in canonical form."""

    steps: Steps
    ignore_case: bool = False

    def __post_init__(self) -> None:
        steps = (folded(s) if isinstance(s, str) else s for s in self.steps) if self.ignore_case else self.steps
        object.__setattr__(self, "steps", canonical(steps))

    def __str__(self) -> str:
        """As a policy writes it."""
        return "".join(s.translate(_ESCAPES) if isinstance(s, str) else s.value[0] for s in self.steps)

    @property
    def literal_head(self) -> str:
        """The text before the first wildcard, in lower case when case is ignored."""
        return self.steps[0] if self.steps and isinstance(self.steps[0], str) else ""

    @property
    def literal(self) -> str | None:
        """The text of a pattern without wildcards, None of any other."""
        return self.literal_head if all(isinstance(s, str) for s in self.steps) else None

    def matches(self, text: str) -> bool:
        """The whole text fits the pattern."""
        return _matcher(self)(text)

    def matcher(self) -> Callable[[str], bool]:
        """The quickest way to ask for a match many times."""
        return _matcher(self)

    def filled(self, *, star: str, single: str) -> str:
        """A text that matches, with these texts for the wildcards; neither may hold a colon."""
        return "".join(s if isinstance(s, str) else star if s in STARS else single for s in self.steps)


@lru_cache(maxsize=1 << 16)
def _matcher(glob: Glob) -> Callable[[str], bool]:
    test = matcher(glob.steps)
    return (lambda text: test(folded(text))) if glob.ignore_case else test


def glob_of(text: str, *, ignore_case: bool = False) -> Glob:
    """The pattern in which `*` stands for any run of characters and `?` for any one."""
    return Glob(tuple(_WILDS.get(step, step) for step in _WILD.split(text)), ignore_case)


def literal_glob(text: str, *, ignore_case: bool = False) -> Glob:
    """The pattern that only `text` matches."""
    return Glob((text,), ignore_case)


def arn_glob(steps: Iterable[Step], *, ends_cross: bool = False) -> Glob | None:
    """The pattern read as an ARN, part by part; None when it has fewer than six parts or its first is not `arn`.

    Wildcards before the fifth colon stay in their part; with `ends_cross`, a star that ends such a part does not.
    IAM User Guide, "Resource", says the latter of resources; "Condition operators" says the former of ARN operators.
    """
    read, colons = _arn_steps(canonical(steps), colons=0, ends_cross=ends_cross)
    return _beginning_with_arn(read) if colons >= _COLONS else None


def _beginning_with_arn(steps: Steps) -> Glob | None:
    """The pattern with its first part settled as `arn`, which is what every ARN begins with."""
    for number, step in enumerate(steps):
        if isinstance(step, str) and ":" in step:
            before, colon, after = step.partition(":")
            first = Glob((*steps[:number], before))
            return Glob((f"arn{colon}{after}", *steps[number + 1 :])) if first.matches("arn") else None
    return None


def _arn_steps(steps: Steps, *, colons: int, ends_cross: bool) -> tuple[Steps, int]:
    read: list[Step] = []
    for step, follower in zip(steps, (*steps[1:], None), strict=False):
        if isinstance(step, str):
            colons += step.count(":")
            read.append(step)
            continue
        ends_part = isinstance(follower, str) and follower.startswith(":")
        crosses = colons >= _COLONS or (ends_cross and step is STAR and ends_part)
        read.append(step if crosses else _LIMITED.get(step, step))
    return tuple(read), colons


def capture(before: Sequence[Step], after: Sequence[Step], text: str, limit: int) -> tuple[str, ...] | None:
    """Every literal text that, put between `before` and `after`, makes them match `text`; None when over `limit`."""
    starts = places(before, text)
    stops = [len(text) - n for n in places(_reversed(after), text[::-1])][::-1]
    found: dict[str, None] = {}
    first = 0
    for start in starts:
        while first < len(stops) and stops[first] < start:
            first += 1
        for index in range(first, len(stops)):
            found[text[start : stops[index]]] = None
            if len(found) > limit:
                return None
    return tuple(found)


def _reversed(steps: Sequence[Step]) -> Steps:
    return tuple(s[::-1] if isinstance(s, str) else s for s in reversed(steps))
