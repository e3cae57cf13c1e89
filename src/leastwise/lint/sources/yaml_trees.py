"""YAML as the same tree of nodes that JSON is, each with its place; read event by event, within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from leastwise.language.nodes import MAX_DEPTH, MAX_LENGTH, MAX_VALUES, Flag, Items, Members, Node, Null, Number, Text
from leastwise.language.wording import shown
from leastwise.lint.sources.embedded import Refusal, refuse

if TYPE_CHECKING:
    import yaml

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+")
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE = "<<"
_LONGEST_NUMBER = 300


class _Mark(Protocol):
    index: int


class _Event(Protocol):
    """What an event of the parser has, depending on its type."""

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None
    implicit: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Yaml:
    """The documents of a YAML text; `tagged` says whether any has a short tag of CloudFormation, such as `!Sub`."""

    roots: tuple[Node, ...]
    tagged: bool


def yaml_trees(text: str) -> Yaml:
    """The trees of a YAML text; raises Refusal."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(cast("_Event", event))
    except yaml.YAMLError as error:
        raise _refused(error) from None
    return Yaml(tuple(builder.roots), builder.tagged)


def _refused(error: yaml.YAMLError) -> Refusal:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    at = getattr(mark, "index", None) if mark is not None else getattr(error, "position", None)
    return Refusal("LW-S10", f"not YAML: {problem}", at if isinstance(at, int) else None)


@dataclass(slots=True)
class _Open:
    """A list or an object whose end has not been read; `members` is None for a list, `key` waits for its value."""

    start: int
    anchor: str | None
    count: int
    length: int
    items: list[Node] = field(default_factory=list)
    members: list[tuple[Text, Node]] | None = None
    key: Text | None = None


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias stands for, and how many values and characters that is."""

    node: Node
    count: int
    length: int


class _Builder:
    """Makes nodes of events, without recursion; what an alias repeats counts again."""

    def __init__(self) -> None:
        self.roots: list[Node] = []
        self.tagged = False
        self.open: list[_Open] = []
        self.anchors: dict[str, _Anchored] = {}
        self.count = 0
        self.length = 0

    def take(self, event: _Event) -> None:
        act = self._of.get(type(event).__name__)
        if act is not None:
            act(self, event)

    def _count(self, start: int, count: int, length: int) -> None:
        self.count += count
        self.length += length
        if self.count > MAX_VALUES:
            refuse("LW-S04", f"the file has more than {MAX_VALUES:,} keys and values, those of aliases counted", start)
        if self.length > MAX_LENGTH:
            refuse("LW-S04", f"the file has more than {MAX_LENGTH:,} characters, those of aliases counted", start)

    def _tag(self, event: _Event) -> None:
        self.tagged = self.tagged or (event.tag or "").startswith("!")

    def _scalar(self, event: _Event) -> None:
        self._tag(event)
        start, end = event.start_mark.index, event.end_mark.index
        self._count(start, 1, len(event.value))
        is_key = bool(self.open) and self.open[-1].members is not None and self.open[-1].key is None
        is_plain = not event.style and event.implicit[0] and not is_key
        node = _plain(start, end, event.value) if is_plain else Text(start, end, event.value)
        self._anchor(event.anchor, node, 1, len(event.value))
        self._place(node)

    def _begin(self, event: _Event) -> None:
        self._tag(event)
        start = event.start_mark.index
        self._count(start, 1, 0)
        if len(self.open) == MAX_DEPTH:
            refuse("LW-S04", f"the file nests deeper than {MAX_DEPTH} levels", start)
        is_mapping = type(event).__name__ == "MappingStartEvent"
        self.open.append(_Open(start, event.anchor, self.count, self.length, members=[] if is_mapping else None))

    def _end(self, event: _Event) -> None:
        done = self.open.pop()
        end = max(done.start, event.end_mark.index)
        if done.members is None:
            node: Node = Items(done.start, end, done.items)
        else:
            node = Members(done.start, end, _merged(done.members))
        self._anchor(done.anchor, node, self.count - done.count + 1, self.length - done.length)
        self._place(node)

    def _alias(self, event: _Event) -> None:
        start = event.start_mark.index
        name = event.anchor or ""
        if name not in self.anchors:
            refuse("LW-S10", f"not YAML: nothing is anchored as {shown(name)}", start)
        anchored = self.anchors[name]
        self._count(start, anchored.count, anchored.length)
        self._place(anchored.node)

    def _document(self, _event: _Event) -> None:
        self.anchors.clear()

    def _anchor(self, name: str | None, node: Node, count: int, length: int) -> None:
        if name is not None:
            self.anchors[name] = _Anchored(node, count, length)

    def _place(self, node: Node) -> None:
        if not self.open:
            self.roots.append(node)
            return
        holder = self.open[-1]
        if holder.members is None:
            holder.items.append(node)
        elif holder.key is not None:
            holder.members.append((holder.key, node))
            holder.key = None
        elif isinstance(node, Text):
            holder.key = node
        else:
            refuse("LW-S10", "not YAML that is read: a key is no text", node.start)

    _of: Mapping[str, Callable[[_Builder, _Event], None]] = {
        "ScalarEvent": _scalar,
        "MappingStartEvent": _begin,
        "SequenceStartEvent": _begin,
        "MappingEndEvent": _end,
        "SequenceEndEvent": _end,
        "AliasEvent": _alias,
        "DocumentStartEvent": _document,
    }


def _plain(start: int, end: int, text: str) -> Node:
    """A scalar without quotes, as YAML 1.1 reads it; dates, and numbers that are not decimal, stay text."""
    if text in _NULLS:
        return Null(start, end)
    if text.lower() in _FLAGS and (text.islower() or text.isupper() or text.istitle()):
        return Flag(start, end, _FLAGS[text.lower()])
    if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text):
        return Number(start, end, text)
    return Text(start, end, text)


def _merged(members: list[tuple[Text, Node]]) -> list[tuple[Text, Node]]:
    """The members with those that `<<` merges in; a key given twice is refused."""
    seen: set[str] = set()
    for key, _ in members:
        if key.value in seen and key.value != _MERGE:
            refuse("LW-S09", f"the key {shown(key.value)} stands twice", key.start, "keep one of them")
        seen.add(key.value)
    if _MERGE not in seen:
        return members
    own = [(key, node) for key, node in members if key.value != _MERGE]
    for key, node in _inherited(members):
        if key.value not in seen:
            seen.add(key.value)
            own.append((key, node))
    return own


def _inherited(members: list[tuple[Text, Node]]) -> Iterator[tuple[Text, Node]]:
    for key, node in members:
        if key.value == _MERGE:
            for one in node.values if isinstance(node, Items) else (node,):
                if isinstance(one, Members):
                    yield from one.values
