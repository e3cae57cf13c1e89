"""The parts of a JSON document, each with its place in its source."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from leastwise.language.wording import printable
from leastwise.model.errors import Place

MAX_LENGTH = 10_000_000
MAX_DEPTH = 64
MAX_VALUES = 500_000
"""What is read at all: characters or bytes, levels of nesting, keys and values. AWS's largest has 91,266 characters."""

EXCERPT_WIDTH = 120
_UNCUT_COLUMNS = 80
_CUT_COLUMN = 40


@dataclass(frozen=True, slots=True)
class Text:
    """A string, its escapes resolved."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number, exactly as it is written."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`."""

    start: int
    end: int
    value: bool


@dataclass(frozen=True, slots=True)
class Null:
    """`null`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    start: int
    end: int
    values: list[Node]


@dataclass(frozen=True, slots=True)
class Members:
    """An object: every key with its value, in their order, those given twice too."""

    start: int
    end: int
    values: list[tuple[Text, Node]]


SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a pair that stands for one character in UTF-16, which no text in UTF-8 holds."""

Node = Text | Number | Flag | Null | Items | Members


class JsonFault(Exception):  # noqa: N818
    """Why a text is no JSON that leastwise reads: a code of `faults.py`, a message, where it stops."""

    def __init__(self, code: str, message: str, start: int, source: Source, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.source = source
        self.hint = hint


class Source:
    """A text and its name, from which offsets become lines and columns; `text` is None for a mapping."""

    def __init__(self, name: str, text: str | None) -> None:
        self.name = name
        self.text = text

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(m.end() for m in re.finditer(r"\r\n|\r|\n", self.text or ""))]

    def place(self, start: int, end: int) -> Place | None:
        """Line, column and length of a part; None where the source is no text."""
        if self.text is None:
            return None
        starts = self._line_starts
        line = bisect_right(starts, start)
        is_on_one_line = line == len(starts) or end < starts[line]
        stop = end if is_on_one_line else start + len(self.text[start : starts[line]].rstrip("\r\n"))
        return Place(self.name, line, start - starts[line - 1] + 1, max(1, stop - start))

    def offset(self, line: int, column: int) -> int:
        """Where a line and column, both counted from 1, are in the text."""
        return self._line_starts[line - 1] + column - 1

    def excerpt(self, start: int) -> str | None:
        """The line that holds an offset, cut to what a screen can show; the fault is at `excerpt_column`."""
        if self.text is None:
            return None
        first = self._line_starts[bisect_right(self._line_starts, start) - 1]
        column = start - first + 1
        begin = start - excerpt_column(column) + 1
        stop = min(self._line_end(begin, EXCERPT_WIDTH + 1), begin + EXCERPT_WIDTH)
        line = printable(self.text[begin:stop])
        head = "…" + line[1:] if begin > first else line
        is_cut = stop < len(self.text) and self.text[stop] not in "\r\n"
        return head[:-1] + "…" if is_cut else head

    def _line_end(self, start: int, width: int) -> int:
        text = self.text or ""
        stop = min(len(text), start + width)
        ends = (text.find("\n", start, stop), text.find("\r", start, stop))
        return min((e for e in ends if e >= 0), default=stop)


def excerpt_column(column: int) -> int:
    """The column in an excerpt that shows this column of its line, both counted from 1."""
    return column if column <= _UNCUT_COLUMNS else _CUT_COLUMN


@dataclass(frozen=True, slots=True)
class Tree:
    """A document read: its outermost node, and the source to which the nodes' offsets belong."""

    root: Node
    source: Source


def written(node: Node) -> str:
    """The part as JSON without white space."""
    if isinstance(node, Members):
        return f"{{{','.join(f'{written(key)}:{written(value)}' for key, value in node.values)}}}"
    if isinstance(node, Items):
        return f"[{','.join(map(written, node.values))}]"
    if isinstance(node, Number):
        return node.value
    return json.dumps(None if isinstance(node, Null) else node.value, ensure_ascii=False)


def refuse_length(source: Source) -> NoReturn:
    """Raises the fault of a document that is too long to read."""
    raise JsonFault("LW-P02", f"the document is longer than {MAX_LENGTH:,} characters", 0, source)


def refuse_values(start: int, source: Source) -> NoReturn:
    """Raises the fault of a document that has too many values."""
    raise JsonFault("LW-P02", f"the document has more than {MAX_VALUES:,} keys and values", start, source)


def refuse_depth(start: int, source: Source) -> NoReturn:
    """Raises the fault of a document that nests too deep."""
    raise JsonFault("LW-P02", f"the document nests deeper than {MAX_DEPTH} levels", start, source)
