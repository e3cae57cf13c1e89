"""Findings as annotations that GitHub shows at lines of a pull request: workflow commands on standard output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from leastwise.model.errors import Place
from leastwise.model.finding import Severity

_COMMANDS: Mapping[Severity, str] = {
    "error": "error",
    "security-warning": "error",
    "warning": "warning",
    "suggestion": "notice",
}
_IN_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = {**_IN_TEXT, ":": "%3A", ",": "%2C"}


def workflow_commands(found: Iterable[tuple[Severity, str, str, str, Place | None]]) -> Iterator[str]:
    """One line for each severity, title, message, file and place.

    GitHub Docs, "Workflow commands for GitHub Actions".
    """
    for severity, title, message, file, place in found:
        where = [f"file={_escaped(file, _IN_PROPERTIES)}"]
        if place is not None:
            where += [f"line={place.line}", f"col={place.column}", f"endColumn={place.column + place.length}"]
        where.append(f"title={_escaped(title, _IN_PROPERTIES)}")
        yield f"::{_COMMANDS[severity]} {','.join(where)}::{_escaped(message, _IN_TEXT)}"


def _escaped(text: str, table: Mapping[str, str]) -> str:
    return "".join(table.get(letter, letter if letter.isprintable() else "?") for letter in text)
