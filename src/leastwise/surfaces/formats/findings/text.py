"""Findings for a terminal: by severity and check, the gravest first, new ones before those that are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from leastwise.findings.exceptions import Told
from leastwise.findings.finding import SEVERITIES
from leastwise.surfaces.formats.findings import Report
from leastwise.surfaces.formats.shown import safe

NAME = "text"
_SHOWN: Final = 8
_WIDEST: Final = 8


def written(report: Report) -> str:
    """A block for each severity and check, with the first of its findings, then the counts and what is not known."""
    return "\n".join(map(safe, _lines(report)))


def _lines(report: Report) -> Iterator[str]:
    by_check: dict[tuple[int, str], list[Told]] = {}
    for one in report.told:
        by_check.setdefault((one.finding.rank, one.finding.code), []).append(one)
    for _, several in sorted(by_check.items()):
        yield from _check(several)
    counts = Counter(one.finding.severity for one in report.told if one.is_open)
    told = ", ".join(f"{counts[one]:,} {one}" for one in SEVERITIES if counts[one]) or "no finding"
    more = f"; {report.excepted:,} excepted (`--show-excepted`)" if report.excepted else ""
    yield f"{told} in {report.accounts:,} accounts, {report.principals:,} principals, as of {report.day}{more}"
    for each in report.not_asked:
        yield f"not asked: {each.check.code} {each.check.name}: {each.reason}"


def _check(several: Sequence[Told]) -> Iterator[str]:
    first = several[0].finding
    yield f"{first.severity:<{_WIDEST}}  {first.code}  {first.name}: {len(several):,}"
    newest = sorted(several, key=lambda told: told.finding.found.since, reverse=True)
    for one in sorted(newest, key=lambda told: not told.is_new)[:_SHOWN]:
        found = one.finding.found
        marks = [mark for mark, holds in _marks(one) if holds]
        yield f"          {found.subject}{'  ' + ', '.join(marks) if marks else ''}"
        yield f"            {found.message}  [{one.finding.id}]"
    if len(several) > _SHOWN:
        yield f"          and {len(several) - _SHOWN:,} more"


def _marks(one: Told) -> tuple[tuple[str, bool], ...]:
    return (
        ("excepted", one.accepted is not None),
        ("exception has run out", one.run_out is not None),
        ("known", not one.is_new),
        ("not certain", bool(one.finding.found.unknown)),
    )
