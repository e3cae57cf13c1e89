"""CloudFormation's functions, as far as a template alone says what they give; holes for the rest.

Of `Fn::If` it is the first value that is not `AWS::NoValue`. CloudFormation Template Reference, "Intrinsic function
reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from leastwise.language.nodes import Items, Members, Node, Text
from leastwise.lint.sources.holes import NAMELESS, hole, hole_at
from leastwise.lint.sources.search import listed

_SUBSTITUTED = re.compile(r"\$\{(!?)([^{}]*+)\}")
_DYNAMIC = re.compile(r"\{\{resolve:([^{}]*+)\}\}")
_PREFIX = "Fn::"
_LONGEST_JOINED = 10_000
"""A longer text of `Fn::Join` is not made: a short template could ask for any length."""


def resolved(node: Node) -> Node | None:
    """The value of a part of a template; the part itself where no function is in it, None for `AWS::NoValue`."""
    return _RESOLVE[type(node)](node) if type(node) in _RESOLVE else node


def _text(node: Node) -> Node:
    assert isinstance(node, Text)
    if "{{resolve:" not in node.value:
        return node
    return Text(node.start, node.end, _DYNAMIC.sub(lambda found: hole(found[1]), node.value))


def _items(node: Node) -> Node:
    assert isinstance(node, Items)
    values = [resolved(one) for one in node.values]
    if all(one is was for one, was in zip(values, node.values, strict=True)):
        return node
    return Items(node.start, node.end, [one for one in values if one is not None])


def _members(node: Node) -> Node | None:
    assert isinstance(node, Members)
    if len(node.values) == 1 and _is_function(node.values[0][0].value, node.values[0][1]):
        return _result(node)
    values = [(key, resolved(one)) for key, one in node.values]
    if all(one is was for (_, one), (_, was) in zip(values, node.values, strict=True)):
        return node
    return Members(node.start, node.end, [(key, one) for key, one in values if one is not None])


_RESOLVE: Mapping[type[Node], Callable[[Node], Node | None]] = {Text: _text, Items: _items, Members: _members}


def _is_function(name: str, argument: Node) -> bool:
    return name.startswith(_PREFIX) or (name == "Ref" and isinstance(argument, Text))


def _result(node: Members) -> Node | None:
    name, argument = node.values[0]
    known = _FUNCTIONS.get(name.value)
    if known is not None:
        return known(node, argument)
    said = f"{name.value.removeprefix(_PREFIX)}/{argument.value}" if isinstance(argument, Text) else NAMELESS
    return hole_at(node.start, node.end, said)


def _ref(node: Node, argument: Node) -> Node | None:
    name = argument.value if isinstance(argument, Text) else ""
    return None if name == "AWS::NoValue" else hole_at(node.start, node.end, name)


def _get_attribute(node: Node, argument: Node) -> Node:
    steps = [one.value for one in listed(argument) if isinstance(one, Text)]
    said = argument.value if isinstance(argument, Text) else ".".join(steps)
    return hole_at(node.start, node.end, said)


def _substitute(node: Node, argument: Node) -> Node:
    """The text with a hole for each name; `${!Name}` is `${Name}`."""
    template = (listed(argument) or [argument])[0]
    if not isinstance(template, Text):
        return hole_at(node.start, node.end, NAMELESS)
    literal = _text(template)
    assert isinstance(literal, Text)
    filled = _SUBSTITUTED.sub(lambda one: f"${{{one[2]}}}" if one[1] else hole(one[2]), literal.value)
    return Text(node.start, node.end, filled)


def _join(node: Node, argument: Node) -> Node:
    between, values = (*listed(argument), None, None)[:2]
    texts = [one.value for one in map(resolved, listed(values)) if isinstance(one, Text)]
    is_known = isinstance(between, Text) and isinstance(values, Items) and len(texts) == len(values.values)
    if not isinstance(between, Text) or not is_known or _joined_length(between.value, texts) > _LONGEST_JOINED:
        return hole_at(node.start, node.end, NAMELESS)
    return Text(node.start, node.end, between.value.join(texts))


def _joined_length(between: str, texts: list[str]) -> int:
    return len(between) * len(texts) + sum(map(len, texts))


def _if(_node: Node, argument: Node) -> Node | None:
    return next(_chosen(argument), None)


def _chosen(argument: Node) -> Iterator[Node]:
    for one in listed(argument)[1:3]:
        value = resolved(one)
        if value is not None:
            yield value


_FUNCTIONS: Mapping[str, Callable[[Node, Node], Node | None]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_attribute,
    "Fn::Sub": _substitute,
    "Fn::Join": _join,
    "Fn::If": _if,
}
