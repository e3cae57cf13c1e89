"""Findings that someone accepts: which check, where, until when and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from leastwise.model.errors import Diagnostic, Place
from leastwise.model.finding import Finding


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted fault: `check` is a code or a name, `file` and `path` are patterns that its place fits.

    `until` is the last day on which it counts. `place` is where it is written.
    """

    check: str
    reason: str
    until: date
    file: str = "*"
    path: str = "*"
    owner: str = ""
    place: Place | None = None

    def covers(self, finding: Finding, file: str) -> bool:
        """Whether it speaks of the finding, whatever the day."""
        is_named = self.check.lower() in (finding.code.lower(), finding.name)
        return is_named and fnmatchcase(file, self.file) and fnmatchcase(finding.path, _literal(self.path))


def _literal(path: str) -> str:
    """The path as a pattern in which brackets stand for themselves."""
    return path.replace("[", "[[]")


_COMMENT = re.compile(r"leastwise:\s*accept\s+(?P<rest>[^\n]*)")
_ACCEPTED = re.compile(r"(?P<check>[\w-]+)\s+until\s+(?P<until>\S+?):\s+(?P<reason>\S.*?)\s*(?:-->|\*/)?\s*$")


def accepted_in(text: str, name: str) -> tuple[list[tuple[int, Accepted]], list[Diagnostic]]:
    """What comments of a file accept, each with its line: `leastwise: accept CHECK until 2026-12-31: reason`.

    A comment that begins so and goes on otherwise is a diagnostic.
    """
    found: list[tuple[int, Accepted]] = []
    faults: list[Diagnostic] = []
    for line, place, rest in _comments(text, name):
        read = _ACCEPTED.match(rest)
        until = _day(read["until"]) if read else None
        if read is None or until is None:
            message = "this exception has no check, end date and reason"
            faults.append(Diagnostic("LW-S16", message, "", place, _FORM))
            continue
        found.append((line, Accepted(read["check"], read["reason"], until, place=place)))
    return found, faults


_FORM = "write `leastwise: accept CHECK until 2026-12-31: reason`"


def _comments(text: str, name: str) -> Iterator[tuple[int, Place, str]]:
    if "leastwise:" not in text:
        return
    for line, content in enumerate(text.splitlines(), 1):
        found = _COMMENT.search(content)
        if found:
            yield line, Place(name, line, found.start() + 1, found.end() - found.start()), found["rest"]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
