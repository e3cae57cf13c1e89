"""What a check found: one answer worth reading, where it stands and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leastwise.model.errors import Place
from leastwise.model.request import Request

Severity = Literal["error", "security-warning", "warning", "suggestion"]
SEVERITIES: tuple[Severity, ...] = ("error", "security-warning", "warning", "suggestion")
"""The gravest first: AWS's finding types. IAM Access Analyzer API Reference, "ValidatePolicyFinding"."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Text in the place of a part of a source, whose offsets are in characters."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one document.

    `code` and `name` are those of the check. `path` names the part, such as `Statement[0].Action[1]`; `place` and
    `excerpt` are None where the document was no text. `help` says what to type. `witness` is a request that shows it.
    `edits`, where there are any, are the one safe mend: what the document grants stays the same or gets less.
    """

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    place: Place | None = None
    help: str | None = None
    excerpt: str | None = None
    witness: Request | None = None
    edits: tuple[Edit, ...] = ()

    @property
    def rank(self) -> int:
        """0 for the gravest severity, and so on."""
        return SEVERITIES.index(self.severity)
