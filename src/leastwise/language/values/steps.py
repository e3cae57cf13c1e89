"""What a pattern is made of: literal text and wildcards, in one canonical order."""

from __future__ import annotations

import string
from collections.abc import Iterable
from enum import Enum


class Wildcard(Enum):
    """A wildcard: one character or any run of them, with or without colons."""

    ANY = "?"
    STAR = "*"
    ANY_IN_PART = "?-"
    STAR_IN_PART = "*-"

    __hash__ = object.__hash__  # patterns are looked up by their steps; Enum's own hash is slow


ANY = Wildcard.ANY
STAR = Wildcard.STAR
ANY_IN_PART = Wildcard.ANY_IN_PART
STAR_IN_PART = Wildcard.STAR_IN_PART

Step = str | Wildcard
Steps = tuple[Step, ...]

STARS = frozenset({STAR, STAR_IN_PART})
_SINGLE_OF = {STAR: ANY, STAR_IN_PART: ANY_IN_PART}
_CAPITALS = string.ascii_uppercase + "".join(chr(code) for code in range(0xC0, 0xDF) if chr(code).isalpha())
CAPITAL_OF = dict(zip(_CAPITALS.lower(), _CAPITALS, strict=True))
"""The capital of each letter that has one up to U+00FF."""
_TO_LOWER = str.maketrans(_CAPITALS, _CAPITALS.lower())


def folded(text: str) -> str:
    """`text` with its letters up to U+00FF in lower case, which are those that a policy may hold."""
    return text.lower() if text.isascii() else text.translate(_TO_LOWER)


def canonical(steps: Iterable[Step]) -> Steps:
    """The same pattern in its one form: text joined, stars merged, single wildcards before their star."""
    done: list[Step] = []
    for step in steps:
        if isinstance(step, str):
            _add_text(done, step)
        elif step in STARS:
            _add_star(done, step)
        else:
            _add_single(done, step)
    return tuple(done)


def _add_text(done: list[Step], text: str) -> None:
    if done and isinstance(done[-1], str):
        done[-1] += text
    elif text:
        done.append(text)


def _add_star(done: list[Step], star: Wildcard) -> None:
    if done and done[-1] is STAR:
        return
    if done and done[-1] is STAR_IN_PART:
        done.pop()
    done.append(star)


def _add_single(done: list[Step], single: Wildcard) -> None:
    if done and isinstance(done[-1], Wildcard) and _SINGLE_OF.get(done[-1]) is single:
        done.insert(len(done) - 1, single)
        return
    done.append(single)
