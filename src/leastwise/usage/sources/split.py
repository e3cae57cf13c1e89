"""JSON values cut out of a text without decoding them, for texts that cannot be decoded as a whole.

Nesting is counted, not followed, so that depth costs nothing; brackets inside strings do not count.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARK = re.compile(rb'"(?:[^"\\]++|\\.)*+"?+|[\[\]{}]', re.DOTALL)
_STEP = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}
_SURROGATE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}(?P<pair>\\u[dD][c-fC-F][0-9a-fA-F]{2})?"
    rb"|u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<other>.))",
    re.DOTALL,
)


class Value(NamedTuple):
    """An object or list as it stands in the text, and the most levels of nesting in it."""

    text: bytes
    depth: int


def values(text: bytes) -> list[Value] | None:
    """The objects and lists of a text, one after another; None when a bracket has no other half."""
    return _at_level(text, 0)


def elements(text: bytes) -> list[Value]:
    """The objects and lists in a list, or in the lists that are members of an object."""
    return _at_level(text, 1 if text.startswith(b"[") else 2) or []


def _at_level(text: bytes, level: int) -> list[Value] | None:
    found: list[Value] = []
    start = depth = deepest = 0
    inside = b"["
    for mark in _MARK.finditer(text):
        letter = mark.group()
        step = _STEP.get(letter)
        if step is None:
            continue
        if step > 0:
            if depth == level:
                start, deepest = mark.start(), level
            elif depth < level:
                inside = letter
            depth += 1
            deepest = max(deepest, depth)
            continue
        depth -= 1
        if depth < 0:
            return None
        if depth == level and inside == b"[":
            found.append(Value(text[start : mark.end()], deepest - level))
    return found if depth == 0 else None


def without_lone_surrogates(text: bytes) -> bytes:
    """The JSON text with U+FFFD for each half of a surrogate pair that stands alone.

    A text that was cut off within a letter beyond the basic plane ends so; that is no reason to lose it.
    """
    if b"\\ud" not in text and b"\\uD" not in text:
        return text
    return _SURROGATE.sub(lambda m: m.group() if m["pair"] or m["other"] else b"\\ufffd", text)
