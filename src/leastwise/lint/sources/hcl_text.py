"""HCL's text made ready for its parser: comments and heredocs taken out, each offset kept.

The parser's own patterns for both take a time that grows with the square of what they pass over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leastwise.lint.sources.embedded import refuse
from leastwise.lint.sources.holes import FILLER, bare_hole, hole

_IN_CODE = re.compile(r"[\"{}#]|//|/\*|<<-?([A-Za-z][\w.-]*+)[ \t]*+\r?\n")
_IN_STRING = re.compile(r"\\[^\n]|[$%]{2}\{|[$%]\{|[\"\n]")
_LEFT = re.compile(r"<<-?[A-Za-z][\w.-]*+[ \t]*+\r?\n")


@dataclass(frozen=True, slots=True)
class Heredoc:
    """Where the content of a heredoc begins and ends."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class HclText:
    """A text of the same length in which each heredoc is a plain string; the heredocs by where they begin."""

    text: str
    heredocs: Mapping[int, Heredoc]


def masked(text: str) -> HclText:
    """The text without comments and heredocs. Raises Refusal."""
    out: list[str] = []
    heredocs: dict[int, Heredoc] = {}
    done = 0
    scanner = _Scanner(text)
    for found in scanner:
        out.append(text[done : found.start()])
        if found[1] is None:
            done = _comment_end(text, found)
            out.append(_blank(text[found.start() : done]))
        else:
            heredocs[found.start()], done = _heredoc(text, found)
            out.append(f'"{"_" * (done - found.start() - 2)}"')
        scanner.at = done
    clean = "".join((*out, text[done:]))
    left = _LEFT.search(clean)
    if left is not None:
        refuse("LW-S11", "not HCL that is read: a heredoc begins where none is expected", left.start())
    return HclText(clean, heredocs)


class _Scanner:
    """Yields where each comment and heredoc begins: not in a string, but in code that a string interpolates.

    Who takes them sets `at` to where each ends.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.braces: list[int] = []
        self.is_in_string = False

    def __iter__(self) -> Iterator[re.Match[str]]:
        while found := (_IN_STRING if self.is_in_string else _IN_CODE).search(self.text, self.at):
            self.at = found.end()
            if self.is_in_string:
                self._string(found[0])
            elif found[0] in ('"', "{", "}"):
                self._code(found[0])
            else:
                yield found

    def _string(self, sign: str) -> None:
        if sign in ("${", "%{"):
            self.braces.append(0)
            self.is_in_string = False
        elif sign == '"':
            self.is_in_string = False
        elif sign == "\n":  # no string goes on in the next line
            self.braces.clear()
            self.is_in_string = False

    def _code(self, sign: str) -> None:
        if sign == '"':
            self.is_in_string = True
        elif self.braces and sign == "}" and self.braces[-1] == 0:
            self.braces.pop()
            self.is_in_string = True
        elif self.braces:
            self.braces[-1] += 1 if sign == "{" else -1


def _comment_end(text: str, found: re.Match[str]) -> int:
    """A comment of one line ends before its line break."""
    if found[0] == "/*":
        end = text.find("*/", found.end())
        if end < 0:
            refuse("LW-S11", "not HCL: the comment that begins here does not end", found.start(), "close it with `*/`")
        return end + 2
    end = text.find("\n", found.end())
    return len(text) if end < 0 else end


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _heredoc(text: str, found: re.Match[str]) -> tuple[Heredoc, int]:
    mark = found[1]
    end = re.compile(rf"^[ \t]*+{re.escape(mark)}[ \t]*+(?=\r?$)", re.MULTILINE).search(text, found.end())
    if end is None:
        hint = f"end it with a line `{mark[:60]}`"
        refuse("LW-S11", "not HCL: the heredoc that begins here does not end", found.start(), hint)
    return Heredoc(found.end(), end.start()), end.end()


_TEMPLATE = re.compile(r'\\.|"|\$\$\{|%%\{|\$\{|%\{', re.DOTALL)
_BRACES = re.compile(r'[{}]|"(?:[^"\\]|\\.)*+"', re.DOTALL)


def with_holes(content: str) -> str | None:
    """The content of a heredoc that holds JSON, of the same length, with holes for what is interpolated.

    None where template directives such as `%{ if … }` put it together.
    """
    out: list[str] = []
    at, is_inside = 0, False
    for found in _TEMPLATE.finditer(content):
        if found.start() < at:
            continue
        out.append(content[at : found.start()])
        at = found.end()
        if found[0] == "%{":
            return None
        if found[0] == "${":
            at = _end_of_interpolation(content, at)
            said = content[found.end() : at - 1]
            out.append(hole(said) if is_inside else bare_hole(len(said)))
        else:
            is_inside = is_inside != (found[0] == '"')
            out.append(_ESCAPED.get(found[0], found[0]))
    return "".join((*out, content[at:]))


_ESCAPED = {"$${": FILLER + "${", "%%{": FILLER + "%{"}


def _end_of_interpolation(content: str, start: int) -> int:
    depth = 1
    for found in _BRACES.finditer(content, start):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return len(content)


def tokens(text: str) -> Iterator[re.Match[str]]:
    """The words and signs of a masked text, for their number."""
    return _TOKEN.finditer(text)


_TOKEN = re.compile(r'"(?:[^"\\\n]|\\[^\n])*+"?|\w++|[^\w\s]')
