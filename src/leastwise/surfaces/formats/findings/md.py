"""Findings as Markdown for a pull request or a ticket; nothing in it can be markup, a link or a mention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from leastwise.findings.finding import SEVERITIES
from leastwise.surfaces.formats.decision_page import code, plain_text
from leastwise.surfaces.formats.findings import Report

NAME = "md"
_MOST: Final = 100


def written(report: Report) -> str:
    """A count by severity, then a table of the findings, the gravest first."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    counts = Counter(one.finding.severity for one in report.told if one.is_open)
    told = ", ".join(f"{counts[one]:,} {one}" for one in SEVERITIES if counts[one]) or "no finding"
    yield f"## leastwise scan: {told}\n"
    yield f"{report.accounts:,} accounts, {report.principals:,} principals, as of {report.day}"
    if report.excepted:
        yield f"\n{report.excepted:,} more are excepted"
    if not report.told:
        return
    yield "\n| severity | check | about | finding | id |\n|---|---|---|---|---|"
    for one in report.told[:_MOST]:
        finding = one.finding
        cells = (finding.severity, f"{finding.code} {finding.name}", finding.found.subject, finding.found.message)
        yield f"| {' | '.join(_cell(text) for text in cells)} | {code(finding.id)} |"
    if len(report.told) > _MOST:
        yield f"\nand {len(report.told) - _MOST:,} more"


def _cell(text: str) -> str:
    return plain_text(text).replace("|", "\\|") if text else ""
