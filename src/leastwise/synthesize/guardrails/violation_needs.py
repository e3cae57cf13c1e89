"""Whether denied calls are a need: what speaks for it in the logs, and what against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from leastwise.catalogue.risks import is_sensitive
from leastwise.synthesize.guardrails.violations import Violation
from leastwise.synthesize.siblings import siblings_of
from leastwise.usage.distinct import Apart, Distinct, distinct
from leastwise.usage.observed import EVERYTHING, Observed
from leastwise.usage.outcomes import SUCCEEDED

Verdict = Literal["need", "no need"]
_REGULAR_DAYS: Final = 4
_UNEVEN: Final = 2
"""So many times the usual pause and a rhythm is none any more."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether somebody needs what was denied, with what speaks for it and what against it."""

    verdict: Verdict
    reasons: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True)
class Successes:
    """Who used which of the denied actions with success, and on what: last times by resource."""

    of: Mapping[tuple[str, str], Mapping[str, datetime | None]]
    siblings: Mapping[str, tuple[str, ...]]


def successes(observed: Observed, found: Sequence[Violation]) -> Successes:
    """What of the denied actions succeeded, in the whole store."""
    actions = sorted({one.action.lower() for one in found})
    rows = distinct(observed, Apart(()), outcomes=(SUCCEEDED,), window=EVERYTHING, actions=actions) if actions else []
    used: dict[tuple[str, str], dict[str, datetime | None]] = {}
    for one in rows:
        held = used.setdefault((one.principal, one.action.lower()), {})
        held[one.resource] = _later(held.get(one.resource), one)
    names = {one.principal for one in rows} | {one.principal for one in found}
    return Successes(used, siblings_of(names))


def _later(known: datetime | None, one: Distinct) -> datetime | None:
    return one.last if known is None or (one.last is not None and one.last > known) else known


def judged(one: Violation, every: Sequence[Violation], used: Successes) -> Judgement:
    """The judgement of a violation beside all the others.

    A need shows by success before, by siblings that have it, by a rhythm, or by several who ask; what was tried once,
    on one day alone or is risky in the wrong hands is none without somebody's word.
    """
    reasons = tuple(filter(None, (_before(one, used), _of_siblings(one, used), _rhythm(one), _several(one, every))))
    against = tuple(filter(None, (_once(one), _risky(one), _nobody(one, used))))
    is_need = bool(reasons) and one.calls > 1 and not _risky(one) and not _is_burst_alone(one, reasons)
    return Judgement("need" if is_need else "no need", reasons, against)


def _before(one: Violation, used: Successes) -> str:
    """Only what it was denied counts: success elsewhere says nothing of this resource."""
    held = used.of.get((one.principal, one.action.lower()), {})
    times = [held[resource] for resource in one.resources if resource in held]
    if not times:
        return ""
    known = [time for time in times if time is not None]
    return f"the same request succeeded, last {max(known):%Y-%m-%d}" if known else "the same request succeeded"


def _of_siblings(one: Violation, used: Successes) -> str:
    having = [name for name in used.siblings.get(one.principal, ()) if (name, one.action.lower()) in used.of]
    return f"{having[0]}, alike by name, does it{_and_others(len(having) - 1)}" if having else ""


def _and_others(count: int) -> str:
    return f", and {count} more" if count else ""


def _rhythm(one: Violation) -> str:
    days = sorted(one.days)
    if len(days) < _REGULAR_DAYS:
        return ""
    pauses = [(later - earlier).days for earlier, later in pairwise(days)]
    usual = median(pauses)
    if max(pauses) > _UNEVEN * usual:
        return ""
    return f"it comes back on {len(days)} days, every {usual:g} days" if usual > 1 else f"it comes on {len(days)} days"


def _several(one: Violation, every: Sequence[Violation]) -> str:
    alike = {
        other.principal
        for other in every
        if other.action == one.action and other.reason.policy_type == one.reason.policy_type
    }
    return f"{len(alike)} principals are denied it" if len(alike) > 1 else ""


def _once(one: Violation) -> str:
    if one.calls == 1:
        return "it was tried once"
    return f"all on one day, {_day(one)}" if len(one.days) == 1 else ""


def _day(one: Violation) -> str:
    day: date = next(iter(one.days))
    return day.isoformat()


def _is_burst_alone(one: Violation, reasons: Sequence[str]) -> bool:
    """Whether all came on one day and nothing but that several tried speaks for a need."""
    return len(one.days) == 1 and len(reasons) == 1 and reasons[0].endswith("are denied it")


def _risky(one: Violation) -> str:
    return f"{one.action} is dangerous in the wrong hands" if is_sensitive(one.action) else ""


def _nobody(one: Violation, used: Successes) -> str:
    siblings = used.siblings.get(one.principal, ())
    is_used = any((name, one.action.lower()) in used.of for name in siblings)
    return f"none of {len(siblings)} alike by name does it" if siblings and not is_used else ""
