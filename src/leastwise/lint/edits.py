"""Mends of a source: what is put in the place of what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leastwise.language.nodes import Items, Node
from leastwise.model.finding import Edit


def removal(items: Items, index: int) -> tuple[Edit, ...]:
    """The edit that takes a member out of a list, with its comma; none where it is the only one."""
    values = items.values
    if len(values) < 2:
        return ()
    if index + 1 < len(values):
        return (Edit(values[index].start, values[index + 1].start, ""),)
    return (Edit(values[index - 1].end, values[index].end, ""),)


def replacement(node: Node, text: str) -> tuple[Edit, ...]:
    """The edit that writes a part anew."""
    return (Edit(node.start, node.end, text),)


def mended(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits made, the first of those that overlap."""
    done: list[Edit] = []
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if not done or edit.start >= done[-1].end:
            done.append(edit)
    return "".join(_pieces(text, done))


def _pieces(text: str, edits: Sequence[Edit]) -> Iterable[str]:
    at = 0
    for edit in edits:
        yield text[at : edit.start]
        yield edit.text
        at = edit.end
    yield text[at:]
