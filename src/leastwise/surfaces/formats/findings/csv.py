"""Findings as CSV that a spreadsheet reads as text: resource, status and reason first."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from leastwise.findings.exceptions import Told
from leastwise.findings.run import account
from leastwise.surfaces.formats.findings import Report

NAME = "csv"
COLUMNS: Final = (
    "resource",
    "status",
    "reason",
    "severity",
    "code",
    "name",
    "group",
    "account",
    "id",
    "since",
    "certain",
    "benefit",
    "breakage",
    "remedy",
    "accepted_by",
    "accepted_until",
)
_FORMULA: Final = re.compile(r"\s*[=+\-@|%]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def written(report: Report) -> str:
    """One row for each finding under a row of names; no cell is read as a formula. OWASP, "CSV Injection"."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(COLUMNS)
    writer.writerows(_rows(report.told))
    return out.getvalue()


def _rows(told: Sequence[Told]) -> Iterator[list[str]]:
    for one in told:
        finding, found = one.finding, one.finding.found
        cells = (
            found.subject,
            status(one),
            found.message,
            finding.severity,
            finding.code,
            finding.name,
            finding.group,
            account(found),
            finding.id,
            found.since,
            "no" if found.unknown else "yes",
            f"{finding.benefit:g}",
            f"{finding.breakage:g}",
            found.remedy.cli or found.remedy.says,
            one.accepted.owner if one.accepted else "",
            one.accepted.until.isoformat() if one.accepted else "",
        )
        yield [_cell(text) for text in cells]


def status(one: Told) -> str:
    """`excepted`, `known` where a baseline has it, otherwise `alarm`, or `unknown` where it is not certain."""
    if one.accepted:
        return "excepted"
    if not one.is_new:
        return "known"
    return "unknown" if one.finding.found.unknown else "alarm"


def _cell(text: str) -> str:
    """Text that a spreadsheet shows and does not work out, without control characters."""
    plain = _CONTROL.sub(" ", text)
    return f"'{plain}" if _FORMULA.match(plain) else plain
