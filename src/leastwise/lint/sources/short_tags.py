"""Templates with CloudFormation's short tags, such as `!Sub`, decoded by cfn-lint into the same tree of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

from leastwise.language.nodes import Flag, Items, Members, Node, Null, Number, Text
from leastwise.language.wording import printable
from leastwise.lint.sources.embedded import refuse

MAX_TEMPLATE = 1_000_000
"""Characters of a template that CloudFormation takes. CloudFormation User Guide, "Quotas"."""


def decoded(text: str) -> Node:
    """The tree of a template, its short tags written out. Raises Refusal; the text must be sound YAML of few levels."""
    if len(text) > MAX_TEMPLATE:
        refuse("LW-S04", f"the template is longer than the {MAX_TEMPLATE:,} characters that CloudFormation takes")
    try:
        from cfnlint.decode import decode_str  # type: ignore[import-untyped]
    except ImportError:
        told = "templates with short tags, such as `!Sub`, are read by cfn-lint, which is not installed"
        refuse("LW-S12", told, hint="`pip install 'leastwise[templates]'`")
    template, faults = decode_str(text)
    if faults or not isinstance(template, Mapping):
        message = faults[0].message if faults else "it has no object"
        line = faults[0].linenumber if faults else 1
        refuse("LW-S10", f"not a template: {printable(' '.join(message.split()))}", _line_start(text, line))
    return _node(cast("Mapping[str, object]", template), 0, 0)


def _line_start(text: str, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
        if not at:
            return 0
    return at


def _node(value: object, start: int, end: int) -> Node:
    """A value of cfn-lint's as a node; those without a mark are placed where their holder is."""
    start = getattr(getattr(value, "start_mark", None), "index", start)
    end = max(start, getattr(getattr(value, "end_mark", None), "index", end))
    if isinstance(value, str):
        return Text(start, end, str(value))
    if isinstance(value, Mapping):
        return Members(start, end, [_member(key, one, start, end) for key, one in value.items()])
    if isinstance(value, list | tuple):
        return Items(start, end, [_node(one, start, end) for one in value])
    if isinstance(value, bool):
        return Flag(start, end, value)
    if isinstance(value, int | float):
        return Number(start, end, str(value))
    return _odd(value, start, end)


def _member(key: object, value: object, start: int, end: int) -> tuple[Text, Node]:
    mark = getattr(key, "start_mark", None)
    at = getattr(mark, "index", start)
    name = Text(at, max(at, getattr(getattr(key, "end_mark", None), "index", end)), str(key))
    return name, _node(value, name.start, name.end)


def _odd(value: object, start: int, end: int) -> Node:
    """What YAML has and JSON has not: a date stands for its text, as CloudFormation takes it."""
    if isinstance(value, date):
        return Text(start, end, value.isoformat().replace("+00:00", "Z"))
    return Null(start, end)
