"""YAML as the values that JSON would be, read within the same bounds; and values as the nodes of a tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leastwise.language.nodes import Flag, Items, Members, Node, Null, Number, Text
from leastwise.lint.sources.embedded import Refusal
from leastwise.lint.sources.short_tags import decoded
from leastwise.lint.sources.yaml_trees import yaml_trees

_MOST_DIGITS: Final = 300


def yaml_value(text: str) -> object:
    """The first document of a YAML text, its short tags written out; raises ValueError with the reason."""
    try:
        found = yaml_trees(text)
        root = decoded(text) if found.tagged else next(iter(found.roots), None)
    except Refusal as refusal:
        raise ValueError(refusal.message) from None
    return None if root is None else plain(root)


def plain(node: Node) -> object:
    """The value that a tree is; of a key that stands twice the last."""
    if isinstance(node, Members):
        return {key.value: plain(value) for key, value in node.values}
    if isinstance(node, Items):
        return [plain(one) for one in node.values]
    if isinstance(node, Number):
        is_whole = node.value.lstrip("-").isdecimal() and len(node.value) < _MOST_DIGITS
        return int(node.value) if is_whole else node.value
    return node.value if isinstance(node, Text | Flag) else None


def tree(value: object) -> Node:
    """The tree of a value, its parts without places."""
    if isinstance(value, Mapping):
        return Members(0, 0, [(Text(0, 0, str(key)), tree(one)) for key, one in value.items()])
    if isinstance(value, list):
        return Items(0, 0, [tree(one) for one in value])
    if isinstance(value, bool):
        return Flag(0, 0, value)
    if isinstance(value, int | float):
        return Number(0, 0, str(value))
    return Null(0, 0) if value is None else Text(0, 0, str(value))
