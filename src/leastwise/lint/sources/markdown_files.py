"""Policy documents in Markdown: the fenced code blocks that are one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from leastwise.language.locate import read_json
from leastwise.language.nodes import JsonFault
from leastwise.lint.sources.embedded import Reading
from leastwise.lint.sources.search import is_surely_document

_FENCE = re.compile(r"^[ \t]*+(`{3,}+|~{3,}+)([^`\n]*+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Block:
    """One fenced block: its number in the file, and where its content begins and ends."""

    number: int
    start: int
    end: int


def read_markdown(reading: Reading) -> None:
    """Keeps the policies of a Markdown file; every other block is passed over."""
    for block in _blocks(reading.text):
        content = reading.text[block.start : block.end]
        if '"Statement"' in content:
            _read(reading, block, content)


def _read(reading: Reading, block: _Block, content: str) -> None:
    try:
        tree = read_json(content, name=reading.source.name)
    except JsonFault:
        return
    if is_surely_document(tree.root) and tree.source.text == content:
        told = reading.tells(tree.root)
        reading.literal(tree.root, where=f"code block {block.number}", told=told, base=block.start)


def _blocks(text: str) -> Iterator[_Block]:
    """A block ends at a fence of the same sign that is as long and has nothing after it, or with the file."""
    number, start, fence = 0, 0, ""
    for found in _FENCE.finditer(text):
        sign, info = found[1], found[2].strip()
        if not fence:
            fence, start, number = sign, found.end(), number + 1
        elif sign.startswith(fence) and not info:
            yield _Block(number, start, found.start())
            fence = ""
    if fence:
        yield _Block(number, start, len(text))
