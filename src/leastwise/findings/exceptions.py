"""Findings that someone accepts: which, about whom, until when and why; what has run out hides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from leastwise.findings.finding import Finding
from leastwise.language.values.globs import glob_of
from leastwise.model.errors import Place


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted risk: by the `id` on screen, or by check and a pattern of subjects.

    `until` is the last day on which it counts, `place` where it is written.
    """

    owner: str
    reason: str
    until: date
    id: str = ""
    check: str = ""
    subject: str = "*"
    place: Place | None = None

    def covers(self, one: Finding) -> bool:
        """Whether it speaks of the finding, whatever the day."""
        if self.id:
            return self.id == one.id
        is_named = self.check.lower() in (one.code.lower(), one.name)
        return is_named and glob_of(self.subject).matches(one.found.subject)


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as it is reported: who accepted it, whose acceptance has run out, and whether it is new."""

    finding: Finding
    accepted: Accepted | None = None
    run_out: Accepted | None = None
    is_new: bool = True

    @property
    def is_open(self) -> bool:
        """Whether nobody accepts it."""
        return self.accepted is None


@dataclass(frozen=True, slots=True)
class Weighed:
    """The findings with what accepts them, and the exceptions that speak of nothing, or have run out."""

    told: tuple[Told, ...]
    idle: tuple[Accepted, ...]
    run_out: tuple[Accepted, ...]


def weighed(
    findings: Sequence[Finding], accepted: Sequence[Accepted], *, today: date, known: Iterable[str] | None = None
) -> Weighed:
    """Each finding with the exception that covers it; `known` are the ids of a baseline, None where there is none."""
    baseline = None if known is None else frozenset(known)
    told = tuple(_told(one, accepted, today, baseline) for one in findings)
    used = {id(each) for one in told for each in (one.accepted, one.run_out) if each}
    idle = tuple(one for one in accepted if id(one) not in used)
    return Weighed(told, idle, tuple(one for one in accepted if one.until < today))


def _told(one: Finding, accepted: Sequence[Accepted], today: date, baseline: frozenset[str] | None) -> Told:
    covering = [each for each in accepted if each.covers(one)]
    valid = next((each for each in covering if each.until >= today), None)
    run_out = None if valid else next(iter(covering), None)
    return Told(one, valid, run_out, baseline is None or one.id not in baseline)
