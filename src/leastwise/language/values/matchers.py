"""The quickest test for a pattern, by its shape; each takes time linear in the text's length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from leastwise.language.values.automata import runner
from leastwise.language.values.steps import ANY, ANY_IN_PART, STAR, STAR_IN_PART, STARS, Step, Steps

Test = Callable[[str], bool]


def matcher(steps: Steps) -> Test:
    """Whether a whole text matches the steps."""
    match steps:
        case ():
            return "".__eq__
        case (str(text),):
            return text.__eq__
        case (star,) if star is STAR:
            return lambda text: True
        case (str(head), star) if star is STAR:
            return lambda text: text.startswith(head)
        case (star, str(tail)) if star is STAR:
            return lambda text: text.endswith(tail)
        case (star, str(middle), last) if star is STAR and last is STAR:
            return lambda text: middle in text
    if all(isinstance(step, str) or step is STAR for step in steps):
        return _free(steps)
    return _lazily(steps)


def _free(steps: Steps) -> Test:
    """Literal text between stars: what stands first and last, and each other text as early as it can be."""
    head = steps[0] if isinstance(steps[0], str) else ""
    tail = steps[-1] if isinstance(steps[-1], str) else ""
    inner = tuple(s for s in steps[1:-1] if isinstance(s, str))
    start, least = len(head), sum(len(s) for s in steps if isinstance(s, str))
    kept = len(tail)

    def ends(text: str) -> bool:
        return len(text) >= least and text.startswith(head) and text.endswith(tail)

    def all_in_order(text: str) -> bool:
        if len(text) < least or not (text.startswith(head) and text.endswith(tail)):
            return False
        at, end = start, len(text) - kept
        for piece in inner:
            at = text.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    return all_in_order if inner else ends


_FEW = 4
"""So many texts are walked through before it pays to compile an expression."""


def _lazily(steps: Steps) -> Test:
    """The general test, made only when texts begin as the pattern does, and compiled when they are more than a few."""
    head = steps[0] if isinstance(steps[0], str) else ""
    made: list[Test] = []
    asked = 0

    def test(text: str) -> bool:
        nonlocal asked
        if not text.startswith(head):
            return False
        asked += 1
        if not made:
            made.append(runner(steps))
        elif asked == _FEW:
            made[0] = _general(steps)
        return made[0](text)

    return test


def _general(steps: Steps) -> Test:
    written = _expression(steps)
    if written is None:
        return runner(steps)
    match = re.compile(written, re.DOTALL).match
    return lambda text: match(text) is not None


_CLASS = {ANY: ".", ANY_IN_PART: "[^:]"}


def _expression(steps: Steps) -> str | None:
    """A regular expression that never tries a place twice, or None when the steps have none.

    INVARIANT: every run is inside an atomic group and ends as early as it can. That loses no match where what follows
    a run may stand anywhere later (free stars only), or where its part's end is fixed (no free wildcard before it).
    """
    parts = _parts(steps)
    closed = 0
    while closed < len(parts) - 1 and not _is_free(parts[closed]):
        closed += 1
    done = "".join(_region(part, run="[^:]", end=":") for part in parts[:closed])
    rest = [step for index, part in enumerate(parts[closed:]) for step in ((":",) if index else ()) + part]
    if STAR_IN_PART not in rest:
        return done + _region(rest, run=".", end=r"\Z")
    return None if _is_free(rest) else done + _region(rest, run="[^:]", end=r"\Z")


def _is_free(steps: Iterable[Step]) -> bool:
    return any(step is STAR or step is ANY for step in steps)


def _parts(steps: Steps) -> list[Steps]:
    """The steps between literal colons."""
    parts: list[list[Step]] = [[]]
    for step in steps:
        if not isinstance(step, str):
            parts[-1].append(step)
            continue
        first, *others = step.split(":")
        parts[-1].append(first)
        parts.extend([other] for other in others)
    return [tuple(part) for part in parts]


def _region(steps: Iterable[Step], *, run: str, end: str) -> str:
    pieces = [""]
    for step in steps:
        if isinstance(step, str):
            pieces[-1] += re.escape(step)
        elif step in STARS:
            pieces.append("")
        else:
            pieces[-1] += _CLASS[step]
    first, *others = pieces
    if not others:
        return first + end
    inner = "".join(f"(?>{run}*?{piece})" for piece in others[:-1] if piece)
    return f"{first}{inner}(?>{run}*{others[-1]}{end})"
