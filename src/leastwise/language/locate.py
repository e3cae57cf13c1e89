"""JSON text read so that each part keeps its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from json import JSONDecodeError, JSONDecoder
from typing import NoReturn
from urllib.parse import unquote_to_bytes

from leastwise.language.nodes import (
    MAX_DEPTH,
    MAX_LENGTH,
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
    refuse_length,
    refuse_values,
)
from leastwise.language.wording import shown


def read_json(source: str | bytes, *, name: str) -> Tree:
    """The tree of a JSON text.

    UTF-8 with or without a byte order mark; a text in URL encoding, as IAM's API returns it, and a JSON string that
    holds a document are opened first, and the places are those of the text within. Raises `JsonFault`.
    """
    if len(source) > MAX_LENGTH:
        refuse_length(Source(name, ""))
    text = source if isinstance(source, str) else _decoded(source, name)
    tree = _read(_unquoted(text.removeprefix("\ufeff"), name), name)
    if isinstance(tree.root, Text) and re.match(r"\s*+(?:\{|%7B)", tree.root.value, re.IGNORECASE):
        return _read(_unquoted(tree.root.value, name), name)
    return tree


def _read(text: str, name: str) -> Tree:
    source = Source(name, text)
    return Tree(_Reader(text, source).document(), source)


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        readable = data[: error.start].decode("utf-8-sig", errors="replace")
        message = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        source = Source(name, readable + "\ufffd")
        raise JsonFault("LW-P04", message, len(readable), source, hint="save the document as UTF-8") from error


def _unquoted(text: str, name: str) -> str:
    if not re.match(r"\s*+%(?:7B|0A|0D|09|20)", text, re.IGNORECASE):
        return text
    return _decoded(unquote_to_bytes(text.encode("utf-8", errors="surrogatepass")), name)


_TOKEN = re.compile(
    r'[ \t\n\r]*+(?:"([^"\\\x00-\x1f]*+)"'
    r"|([\[\]{},:])"
    r"|(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)"
    r"|([A-Za-z_]++)"
    r"|(\Z))"
)
_STRING, _MARK, _NUMBER, _WORD, _END = 1, 2, 3, 4, 5
_SPACE = re.compile(r"[ \t\n\r]*+")
_DECODER = JSONDecoder()
_WORDS: dict[str, Callable[[int, int], Node]] = {
    "true": lambda start, end: Flag(start, end, True),
    "false": lambda start, end: Flag(start, end, False),
    "null": Null,
}
_STRING_FAULTS = {
    "Unterminated": "the string that begins here does not end",
    "Invalid control": "a line break or control character in a string",
    "Invalid": "an invalid escape in a string",
}
_ODDITIES = {
    "/": "JSON has no comments: remove it",
    "#": "JSON has no comments: remove it",
    "'": 'strings stand in double quotes: `"`',
    "“": 'strings stand in straight double quotes: `"`',
    "”": 'strings stand in straight double quotes: `"`',
}
_VALUE, _FIRST_VALUE, _KEY, _FIRST_KEY, _COLON, _COMMA, _NOTHING = range(7)
_WANTED = {
    _VALUE: "a value",
    _FIRST_VALUE: "a value or `]`",
    _KEY: "a key in double quotes",
    _FIRST_KEY: "a key in double quotes or `}`",
    _COLON: "`:`",
    _COMMA: "`,` or the closing bracket",
    _NOTHING: "the end of the document",
}


@dataclass(slots=True)
class _Open:
    """A list or an object whose end has not been read; `members` is None for a list, `key` waits for its value."""

    start: int
    items: list[Node] = field(default_factory=list)
    members: list[tuple[Text, Node]] | None = None
    key: Text | None = None


class _Reader:
    """Reads one text token by token, without recursion; each character is looked at once."""

    def __init__(self, text: str, source: Source) -> None:
        self.text = text
        self.source = source
        self.open: list[_Open] = []
        self.wants = _VALUE
        self.count = 0
        self.root: Node | None = None
        self.marks: dict[str, Callable[[int], None]] = {
            "{": self._open_object,
            "[": self._open_list,
            "}": self._close_object,
            "]": self._close_list,
            ",": self._comma,
            ":": self._colon,
        }

    def document(self) -> Node:
        if len(self.text) > MAX_LENGTH:
            refuse_length(self.source)
        position, match = 0, _TOKEN.match
        while token := match(self.text, position) or self._awkward(position):
            if isinstance(token, int):
                position = token
                continue
            position, kind = token.end(), token.lastindex or 0
            if kind == _END:
                break
            self._take(kind, token[kind], token.start(kind), position)
        if self.root is None or self.wants != _NOTHING:
            self._unexpected_end()
        return self.root

    def _take(self, kind: int, text: str, start: int, end: int) -> None:
        if kind == _MARK:
            self.marks[text](start)
        elif kind == _STRING:
            self._string(text, start - 1, end)
        elif kind == _NUMBER:
            self._value(Number(start, end, text))
        else:
            self._word(text, start, end)

    def _string(self, value: str, start: int, end: int) -> None:
        if not value.isascii() and (half := SURROGATE.search(value)):
            message = f"half of a surrogate pair in a string, U+{ord(half[0]):04X}"
            raise JsonFault("LW-P04", message, start, self.source, hint="write both halves or neither")
        node = Text(start, end, value)
        if self.wants in (_KEY, _FIRST_KEY):
            self._count(node)
            self.open[-1].key, self.wants = node, _COLON
            return
        self._value(node)

    def _word(self, text: str, start: int, end: int) -> None:
        make = _WORDS.get(text)
        if make is None:
            near = text.lower() if text.lower() in _WORDS else '"…"'
            self._fail(f"unexpected {shown(text)}, expected {_WANTED[self.wants]}", start, hint=f"write `{near}`")
        self._value(make(start, end))

    def _value(self, node: Node) -> None:
        if self.wants not in (_VALUE, _FIRST_VALUE):
            found = shown(self.text[node.start : min(node.end, node.start + 80)])
            self._fail(f"unexpected {found}, expected {_WANTED[self.wants]}", node.start)
        self._count(node)
        self._place(node)

    def _count(self, node: Node) -> None:
        self.count += 1
        if self.count > MAX_VALUES:
            refuse_values(node.start, self.source)

    def _place(self, node: Node) -> None:
        if not self.open:
            self.root, self.wants = node, _NOTHING
            return
        holder = self.open[-1]
        self.wants = _COMMA
        if holder.members is None:
            holder.items.append(node)
        elif holder.key is not None:
            holder.members.append((holder.key, node))

    def _open_object(self, start: int) -> None:
        self._opens("{", start)
        self.open.append(_Open(start, members=[]))
        self.wants = _FIRST_KEY

    def _open_list(self, start: int) -> None:
        self._opens("[", start)
        self.open.append(_Open(start))
        self.wants = _FIRST_VALUE

    def _opens(self, mark: str, start: int) -> None:
        if self.wants not in (_VALUE, _FIRST_VALUE):
            self._fail(f"unexpected `{mark}`, expected {_WANTED[self.wants]}", start)
        if len(self.open) == MAX_DEPTH:
            refuse_depth(start, self.source)

    def _close_object(self, start: int) -> None:
        if not self.open or self.open[-1].members is None or self.wants not in (_FIRST_KEY, _COMMA):
            self._misplaced("}", start)
        done = self.open.pop()
        self._closed(Members(done.start, start + 1, done.members or []))

    def _close_list(self, start: int) -> None:
        if not self.open or self.open[-1].members is not None or self.wants not in (_FIRST_VALUE, _COMMA):
            self._misplaced("]", start)
        done = self.open.pop()
        self._closed(Items(done.start, start + 1, done.items))

    def _closed(self, node: Node) -> None:
        self.wants = _VALUE
        self._value(node)

    def _comma(self, start: int) -> None:
        if self.wants != _COMMA:
            self._misplaced(",", start)
        self.wants = _VALUE if self.open[-1].members is None else _KEY

    def _colon(self, start: int) -> None:
        if self.wants != _COLON:
            self._misplaced(":", start)
        self.wants = _VALUE

    def _misplaced(self, mark: str, start: int) -> NoReturn:
        is_trailing = mark in "]}" and self.text[:start].rstrip(" \t\n\r").endswith(",")
        hint = f"remove the comma before `{mark}`" if is_trailing else None
        self._fail(f"unexpected `{mark}`, expected {_WANTED[self.wants]}", start, hint=hint)

    def _awkward(self, position: int) -> int:
        """Past a string with escapes; whatever else matches no token is a fault."""
        skipped = _SPACE.match(self.text, position)
        start = skipped.end() if skipped else position
        odd = self.text[start]
        if odd != '"':
            wanted = f"unexpected {shown(odd)}, expected {_WANTED[self.wants]}"
            self._fail(wanted, start, hint=_ODDITIES.get(odd))
        try:
            value, end = _DECODER.raw_decode(self.text, start)
        except JSONDecodeError as error:
            told = next(message for begin, message in _STRING_FAULTS.items() if error.msg.startswith(begin))
            self._fail(told, error.pos)
        self._string(value, start, end)
        return end

    def _unexpected_end(self) -> NoReturn:
        if not self.text.strip(" \t\n\r"):
            self._fail("the document is empty", 0)
        missing = "" if not self.open else "}" if self.open[-1].members is not None else "]"
        hint = f"close the `{self.text[self.open[-1].start]}` with `{missing}`" if missing else None
        self._fail(f"the document ends, expected {_WANTED[self.wants]}", len(self.text), hint=hint)

    def _fail(self, message: str, start: int, *, hint: str | None = None) -> NoReturn:
        raise JsonFault("LW-P01", f"not JSON: {message}", start, self.source, hint=hint)
