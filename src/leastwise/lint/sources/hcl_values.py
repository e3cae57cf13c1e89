"""Expressions of HCL as nodes, as far as a file alone says what they give; holes for the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from leastwise.language.nodes import MAX_DEPTH, Flag, Items, Members, Node, Null, Number, Text
from leastwise.lint.sources.embedded import refuse
from leastwise.lint.sources.hcl_text import HclText, with_holes
from leastwise.lint.sources.holes import NAMELESS, hole, hole_at

if TYPE_CHECKING:
    from lark import Token, Tree

    HclTree = Tree[Token]
    Part = HclTree | Token

_ESCAPE = re.compile(r'\\(?:(["\\nrt])|u([0-9A-Fa-f]{4})|U00([01][0-9A-Fa-f]{5}|0[0-9A-Fa-f]{5}))')
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_NEGATIVE = re.compile(r"-[0-9]++(?:\.[0-9]++)?+")
_SPACES = re.compile(r"\s++")
_VERBS = re.compile(r"%(?:%|[#+\- 0-9.\[\]]*[a-zA-Z])")
_PUNCTUATION = frozenset({"LPAR", "RPAR", "LSQB", "RSQB", "LBRACE", "RBRACE", "COMMA", "EQ", "COLON", "DBLQUOTE"})
_SAME = frozenset({"tolist", "toset", "distinct", "sort", "compact", "flatten", "try", "jsonencode"})
"""Functions whose result is their first argument, as far as a policy document goes."""


def rule(part: Part) -> str:
    """The name of the grammar's rule that a part is; of a token its type."""
    return str(getattr(part, "data", None) or getattr(part, "type", ""))


def children(part: Part) -> list[Part]:
    """The parts of a part, without punctuation and line breaks."""
    inner: list[Part] = getattr(part, "children", [])
    return [one for one in inner if rule(one) not in _PUNCTUATION and rule(one) != "new_line_or_comment"]


def span(part: Part) -> tuple[int, int]:
    """Where a part begins and ends in the file."""
    at = getattr(part, "meta", part)
    start = getattr(at, "start_pos", None) or 0
    return start, getattr(at, "end_pos", None) or start


class Values:
    """The expressions of one file."""

    def __init__(self, text: str, masked: HclText) -> None:
        self.text = text
        self.masked = masked

    def node(self, part: Part, depth: int = 0) -> Node:
        """The value of an expression."""
        if depth > MAX_DEPTH:
            refuse("LW-S04", f"the file nests deeper than {MAX_DEPTH} levels", span(part)[0])
        read = self._of.get(rule(part))
        return read(self, part, depth) if read else self._hole(part)

    def said(self, part: Part) -> str:
        """What the file says of an expression, on one line."""
        start, end = span(part)
        return _SPACES.sub(" ", self.text[start:end])

    def string(self, part: Part) -> str:
        """The text of a quoted string, with holes for what is interpolated."""
        return "".join(self._piece(one) for piece in children(part) for one in children(piece))

    def _piece(self, part: Part) -> str:
        kind = rule(part)
        if kind == "STRING_CHARS":
            return _ESCAPE.sub(_unescaped, str(part))
        if kind in ("ESCAPED_INTERPOLATION", "ESCAPED_DIRECTIVE"):
            return str(part)[1:]
        inner = [one for one in children(part) if rule(one) not in ("INTERP_START", "DIRECTIVE_START")]
        return hole(self.said(inner[0]) if kind == "interpolation" and inner else NAMELESS)

    def _hole(self, part: Part) -> Node:
        start, end = span(part)
        return hole_at(start, end, self.said(part))

    def _only(self, part: Part, depth: int) -> Node:
        inner = children(part)
        return self.node(inner[0], depth + 1) if len(inner) == 1 else self._hole(part)

    def _string(self, part: Part, _depth: int) -> Node:
        start, end = span(part)
        heredoc = self.masked.heredocs.get(start)
        if heredoc is None:
            return Text(start, end, self.string(part))
        content = with_holes(self.text[heredoc.start : heredoc.end])
        return hole_at(start, end, NAMELESS) if content is None else Text(start, end, content.rstrip("\r\n"))

    def _tuple(self, part: Part, depth: int) -> Node:
        start, end = span(part)
        return Items(start, end, [self.node(one, depth + 1) for one in children(part)])

    def _object(self, part: Part, depth: int) -> Node:
        start, end = span(part)
        return Members(start, end, [self._member(one, depth + 1) for one in children(part)])

    def _member(self, part: Part, depth: int) -> tuple[Text, Node]:
        key, value = children(part)[:2]
        return self._key(key), self.node(value, depth)

    def _key(self, part: Part) -> Text:
        """A name or a string; in parentheses an expression."""
        start, end = span(part)
        inner = part
        while len(children(inner)) == 1 and rule(inner) in ("object_elem_key", "expr_term", "identifier", "keyword"):
            inner = children(inner)[0]
        if rule(inner) == "string":
            return Text(start, end, self.string(inner))
        written = self.text[start:end].strip()
        is_name = not written.startswith("(") and rule(inner) not in ("get_attr_expr_term", "function_call")
        return Text(start, end, written if is_name else hole(self.said(part)))

    def _number(self, part: Part, _depth: int) -> Node:
        start, end = span(part)
        return Number(start, end, self.text[start:end])

    def _signed(self, part: Part, _depth: int) -> Node:
        start, end = span(part)
        is_number = _NEGATIVE.fullmatch(self.text, start, end) is not None
        return Number(start, end, self.text[start:end]) if is_number else self._hole(part)

    def _literal(self, part: Part, _depth: int) -> Node:
        start, end = span(part)
        word = self.text[start:end]
        return Null(start, end) if word == "null" else Flag(start, end, word == "true")

    def _call(self, part: Part, depth: int) -> Node:
        inner = children(part)
        name = self.said(inner[0])
        arguments = children(inner[1]) if len(inner) == 2 and rule(inner[1]) == "arguments" else []
        if any(rule(one) == "ELLIPSIS" for one in arguments) or not arguments:
            return self._hole(part)
        if name in _SAME:
            return self.node(arguments[0], depth + 1)
        known = self._functions.get(name)
        return known(self, part, [self.node(one, depth + 1) for one in arguments]) if known else self._hole(part)

    def _concat(self, part: Part, arguments: list[Node]) -> Node:
        """A list that is not known stands in it as one value."""
        start, end = span(part)
        values = [one for node in arguments for one in (node.values if isinstance(node, Items) else (node,))]
        return Items(start, end, values)

    def _merge(self, part: Part, arguments: list[Node]) -> Node:
        start, end = span(part)
        members = [one for one in arguments if isinstance(one, Members)]
        if len(members) < len(arguments):
            return self._hole(part)
        return Members(start, end, list({key.value: (key, one) for of in members for key, one in of.values}.values()))

    def _format(self, part: Part, arguments: list[Node]) -> Node:
        start, end = span(part)
        template, *given = arguments
        if not isinstance(template, Text):
            return self._hole(part)
        parts = iter(given)

        def shown(verb: re.Match[str]) -> str:
            if verb[0] == "%%":
                return "%"
            one = next(parts, None)
            return one.value if isinstance(one, Text) else hole(NAMELESS)

        return Text(start, end, _VERBS.sub(shown, template.value))

    _of: Mapping[str, Callable[[Values, Part, int], Node]] = {
        "expr_term": _only,
        "string": _string,
        "tuple": _tuple,
        "object": _object,
        "int_lit": _number,
        "float_lit": _number,
        "unary_op": _signed,
        "literal_value": _literal,
        "function_call": _call,
    }
    _functions: Mapping[str, Callable[[Values, Part, list[Node]], Node]] = {
        "concat": _concat,
        "merge": _merge,
        "format": _format,
    }


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return _LETTERS[found[1]]
    code = int(found[2] or found[3], 16)
    return found[0] if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)
