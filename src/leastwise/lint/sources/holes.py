"""Holes: the parts of a text that are not known before something is applied.

While a file is read, a hole is a stretch of its text between two marks that no policy holds: noncharacters of Unicode.
So a text with holes is a text like any other, also to the JSON reader, until `fill.py` puts placeholders into them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from leastwise.language.nodes import Text

OPENS = "\ufdd0\ufdd0"
CLOSES = "\ufdd1"
FILLER = "\ufdd2"
"""`OPENS` and `CLOSES` are as long as `${` and `}` are; `FILLER` stands for nothing, so that offsets stay."""

NAMELESS = ""
"""What is said of a hole that has no name in the file."""

_HOLE = re.compile(f"\ufdd0\ufdd0([^\ufdd0\ufdd1]*+)\ufdd1|{FILLER}")
_UNNAMEABLE = re.compile(r'[\x00-\x1f"\\\ufdd0-\ufdd2]')


def hole(said: str) -> str:
    """The hole for a value of which the file says only this, such as `var.bucket`."""
    return f"{OPENS}{_UNNAMEABLE.sub(' ', said)}{CLOSES}"


def bare_hole(length: int) -> str:
    """A hole as a JSON string, as long as `${…}` around a text of this length if that is possible."""
    return f'"{hole(" " * (length - 2))}"'


def hole_at(start: int, end: int, said: str) -> Text:
    """A value that is a hole and nothing else."""
    return Text(start, end, hole(said))


def is_marked(text: str) -> bool:
    """Whether there may be a hole in the text."""
    return OPENS in text or FILLER in text


def whole_hole(text: str) -> str | None:
    """What the file says of a value that is a hole and nothing else; None for any other."""
    found = _HOLE.fullmatch(text)
    return found[1] if found else None


def pieces(text: str) -> Iterator[tuple[str, str | None]]:
    """Each stretch of the text with what is said of the hole after it, None where no hole follows."""
    begin = 0
    for found in _HOLE.finditer(text):
        yield text[begin : found.start()], found[1]
        begin = found.end()
    yield text[begin:], None
