"""The checks asked of an estate: their findings in the order of the work, and what could not be asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from leastwise.findings.discover import checks
from leastwise.findings.finding import Finding, Found
from leastwise.findings.registry import Check
from leastwise.findings.scene import Scene, account_of

_EXPOSED = {"external": 3.0, "credentials": 1.5}
"""How much more a finding of a group weighs: what is open to outsiders, and long-lived keys."""

_A_PATH = 100.0
"""What one way to an administrator weighs: as much as the gravest action."""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A check that was not asked, and why."""

    check: Check
    reason: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """The findings, those to be dealt with first in front, and the checks that were not asked."""

    findings: tuple[Finding, ...]
    not_asked: tuple[NotAsked, ...]


def scanned(scene: Scene, *, codes: Collection[str] | None = None) -> Scanned:
    """Everything that the checks find; `codes` are those asked for, None for all.

    First come the gravest; of equal ones, those with the most benefit for what they may break.
    """
    findings: list[Finding] = []
    not_asked: list[NotAsked] = []
    for one in checks().values():
        if codes is not None and one.code not in codes:
            continue
        if one.needs_usage and scene.used is None:
            not_asked.append(NotAsked(one, "there are no logs: `leastwise logs add PATH`"))
            continue
        findings += _findings(one, scene)
    return Scanned(tuple(sorted(findings, key=_order)), tuple(not_asked))


def _findings(one: Check, scene: Scene) -> Iterator[Finding]:
    for found in one.find(scene):
        severity = found.severity or one.severity
        benefit = found.risk * _EXPOSED.get(one.group, 1.0) + found.paths * _A_PATH
        yield Finding(one.code, one.name, one.group, severity, found, benefit, found.breakage)


def _order(one: Finding) -> tuple[int, float, str, str]:
    return one.rank, -one.order, one.code, one.found.subject


def account(found: Found) -> str:
    """The account that a finding is about, empty for none."""
    return found.account or account_of(found.subject)
