"""The user's text as it may stand in a message, and what they may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

SHOWN_WIDTH = 60


def shown(text: str) -> str:
    """The text in backticks on one line: cut to a width, with what cannot be seen written as its code point."""
    cut = text if len(text) <= SHOWN_WIDTH else text[: SHOWN_WIDTH - 1] + "…"
    if cut.isprintable() and "`" not in cut:
        return f"`{cut}`"
    return f"`{''.join(_visible(c) for c in cut)}`"


def printable(line: str) -> str:
    """The line with a stand-in for each character that cannot be shown, so that columns stay."""
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else " " if c == "\t" else "\ufffd" for c in line)


def named(path: str) -> str:
    """The text as a step of a path: on one line, cut to a width."""
    return shown(path)[1:-1]


def did_you_mean(text: str, choices: Iterable[str]) -> str | None:
    """An instruction that names the choice nearest to the text; None when none is near."""
    return _nearest(text, tuple(choices)) if len(text) <= SHOWN_WIDTH else None


@lru_cache(maxsize=1024)
def _nearest(text: str, choices: tuple[str, ...]) -> str | None:
    lower = {choice.lower(): choice for choice in choices}
    near = get_close_matches(text.strip().lower(), lower, n=1, cutoff=0.6)
    return f"did you mean `{lower[near[0]]}`?" if near else None


def _visible(character: str) -> str:
    if character == "`":
        return "'"
    return character if character.isprintable() else f"<U+{ord(character):04X}>"
