"""A document that is no text, as the same tree of nodes; they are numbered in their order instead of placed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import NoReturn

from leastwise.language.nodes import (
    MAX_DEPTH,
    MAX_VALUES,
    SURROGATE,
    Flag,
    Items,
    JsonFault,
    Members,
    Node,
    Null,
    Number,
    Source,
    Text,
    Tree,
    refuse_depth,
    refuse_values,
)
from leastwise.language.wording import shown

_MAX_BITS = 4_096


def tree_of(mapping: Mapping[str, object], *, name: str) -> Tree:
    """The tree of a mapping such as `json.loads` makes. Raises `JsonFault`."""
    source = Source(name, None)
    return Tree(_Builder(source).document(mapping), source)


class _Builder:
    """Makes nodes of mappings, lists and plain values, without recursion."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.count = 0

    def document(self, mapping: Mapping[str, object]) -> Node:
        root = self._node(mapping)
        levels = [self._filled(root, mapping)]
        while levels:
            step = next(levels[-1], None)
            if step is None:
                levels.pop()
                continue
            if len(levels) == MAX_DEPTH:
                refuse_depth(self.count, self.source)
            levels.append(self._filled(*step))
        return root

    def _filled(self, node: Node, value: object) -> Iterator[tuple[Node, object]]:
        """Puts its parts into the node; yields those that have parts themselves, each before the next is made."""
        for key, part in _parts(value):
            child = self._member(node, key, part) if isinstance(node, Members) else self._node(part)
            if isinstance(node, Items):
                node.values.append(child)
            if isinstance(child, Members | Items):
                yield child, part

    def _member(self, node: Members, key: object, part: object) -> Node:
        if not isinstance(key, str):
            self._fail(f"the key {shown(str(key))} is not a string")
        self._number()
        name, child = self._text(key), self._node(part)
        node.values.append((name, child))
        return child

    def _number(self) -> None:
        self.count += 1
        if self.count > MAX_VALUES:
            refuse_values(self.count, self.source)

    def _node(self, value: object) -> Node:
        self._number()
        make = next((make for kind, make in self._makers if isinstance(value, kind)), None)
        if make is None:
            self._fail("a value that JSON cannot hold")
        return make(self, value)

    def _text(self, value: object) -> Text:
        text = str(value)
        if SURROGATE.search(text):
            raise JsonFault("LW-P04", "half of a surrogate pair in a string", self.count, self.source)
        return Text(self.count, self.count, text)

    def _flag(self, value: object) -> Node:
        return Flag(self.count, self.count, bool(value))

    def _whole(self, value: object) -> Node:
        if not isinstance(value, int) or value.bit_length() > _MAX_BITS:
            self._fail("a number of more than a thousand digits")
        return Number(self.count, self.count, str(int(value)))

    def _decimal(self, value: object) -> Node:
        if not isinstance(value, float) or not isfinite(value):
            self._fail("a number that is not finite")
        return Number(self.count, self.count, repr(float(value)))

    def _null(self, _: object) -> Node:
        return Null(self.count, self.count)

    def _object(self, _: object) -> Node:
        return Members(self.count, self.count, [])

    def _list(self, _: object) -> Node:
        return Items(self.count, self.count, [])

    def _fail(self, message: str) -> NoReturn:
        raise JsonFault("LW-P01", f"not JSON: {message}", self.count, self.source)

    _makers: tuple[tuple[type | tuple[type, ...], Callable[[_Builder, object], Node]], ...] = (
        (str, _text),
        (bool, _flag),
        (int, _whole),
        (float, _decimal),
        (Mapping, _object),
        ((list, tuple), _list),
        (type(None), _null),
    )


def _parts(value: object) -> Iterator[tuple[object, object]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from ((None, part) for part in value)
