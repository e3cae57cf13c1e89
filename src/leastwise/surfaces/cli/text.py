"""Text for a terminal: control characters made visible, numbers and times written one way, tables aligned."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime

import click

from leastwise.surfaces.formats.shown import safe

__all__ = ["answer", "iso", "megabytes", "moment", "number", "plural", "safe", "say", "table"]


def say(text: str = "") -> None:
    """Talk, for people: on standard error."""
    click.echo(text, err=True)


def answer(text: str) -> None:
    """Data: on standard output. Nothing that a stream cannot write stops the answer."""
    click.echo(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace").decode(sys.stdout.encoding or "utf-8"))


def number(count: int) -> str:
    """`12,345`."""
    return f"{count:,}"


def plural(count: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def moment(time: datetime | None) -> str:
    """`2023-07-10 12:03`, or `time unknown`."""
    return f"{time:%Y-%m-%d %H:%M}" if time else "time unknown"


def iso(time: datetime | None) -> str | None:
    """`2023-07-10T12:03:04Z`, or None."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}" if time else None


def megabytes(size: int) -> str:
    """`1.2 MB`."""
    return f"{size / 1e6:,.1f} MB"


def table(rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset(), indent: str = "  ") -> list[str]:
    """Lines with the columns aligned, those of `right` to the right; the last column is as long as it is."""
    safe_rows = [[safe(cell) for cell in row] for row in rows]
    if not safe_rows:
        return []
    widths = [max(len(row[i]) for row in safe_rows) for i in range(len(safe_rows[0]))]
    return [indent + _line(row, widths, right).rstrip() for row in safe_rows]


def _line(row: Sequence[str], widths: Sequence[int], right: frozenset[int]) -> str:
    last = len(row) - 1
    cells = [
        cell.rjust(width) if i in right else cell if i == last else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells)
