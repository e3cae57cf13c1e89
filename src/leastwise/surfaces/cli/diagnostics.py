"""Faults of a user's input as a terminal shows them: code, place, the line itself, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leastwise.language.nodes import excerpt_column
from leastwise.model.errors import Diagnostic
from leastwise.surfaces.cli.text import safe

_MOST = 20


def fault_lines(faults: Iterable[Diagnostic], *, level: str = "error") -> Iterator[str]:
    """Every fault with its place, the first ones in full; the rest are counted."""
    found = list(faults)
    for fault in found[:_MOST]:
        yield from _lines(fault, level)
    if len(found) > _MOST:
        yield f"… and {len(found) - _MOST} more"


def _lines(fault: Diagnostic, level: str) -> Iterator[str]:
    yield f"{level}[{fault.code}]: {safe(fault.message)}"
    if fault.place is None:
        if fault.path:
            yield f"  at {safe(fault.path)}"
    else:
        yield from _framed(fault, f"{fault.place.line}")
    if fault.help:
        yield f"  = help: {safe(fault.help)}"


def _framed(fault: Diagnostic, number: str) -> Iterator[str]:
    assert fault.place is not None
    gap = " " * len(number)
    yield f"{gap}┌ {safe(str(fault.place))}"
    if fault.excerpt is None:
        return
    column = excerpt_column(fault.place.column)
    marked = max(1, min(fault.place.length, len(fault.excerpt) - column + 1))
    yield f"{number}│ {safe(fault.excerpt)}"
    yield f"{gap}│ {' ' * (column - 1)}{'^' * marked}"
