"""Calls that a guard rail denied: by principal, pattern and policy, how often, and whether somebody needs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.estate.assemble import Estate
from leastwise.synthesize.grants import names_in
from leastwise.synthesize.guardrails.violation_reasons import COLUMNS, GUARDS, Reason, Reasons
from leastwise.usage.distinct import Apart, Distinct, distinct
from leastwise.usage.observed import Observed, Window
from leastwise.usage.outcomes import DENIED

_NEW: Final = timedelta(days=7)
_APART: Final = Apart((), None, by_hour=True, denied_columns=COLUMNS)


@dataclass(frozen=True)
class Violation:
    """Denied calls of one principal for one action on resources of one shape, by one policy.

    `days` are calls by day, those at an unknown time left out; `resources` those that were asked for.
    """

    principal: str
    action: str
    shape: str
    reason: Reason
    calls: int
    days: Mapping[date, int]
    resources: tuple[str, ...]
    first: datetime | None
    last: datetime | None

    @property
    def weeks(self) -> Mapping[date, int]:
        """Calls by week, each by its Monday."""
        found: Counter[date] = Counter()
        for day, calls in self.days.items():
            found[day - timedelta(days=day.weekday())] += calls
        return dict(sorted(found.items()))


@dataclass(frozen=True)
class Violations:
    """The violations of a window; `newest` is the newest call in the store, from which days are counted.

    `others` counts denied calls by the policy types that were not asked for; the empty type is what is not known.
    """

    found: tuple[Violation, ...]
    newest: datetime | None
    others: Mapping[str, int]

    @property
    def by_type(self) -> Mapping[str, int]:
        """Calls by policy type."""
        counted: Counter[str] = Counter()
        for one in self.found:
            counted[one.reason.policy_type] += one.calls
        return dict(sorted(counted.items()))

    @property
    def new(self) -> tuple[Violation, ...]:
        """What was first seen in the last seven days."""
        if self.newest is None:
            return ()
        since = self.newest - _NEW
        return tuple(one for one in self.found if one.first is not None and one.first >= since)


def violations(
    observed: Observed,
    window: Window,
    *,
    catalogue: Catalogue,
    estate: Estate | None = None,
    principal: str = "",
    has_all_types: bool = False,
) -> Violations:
    """The denied calls of the window; raises StoreError when the store cannot be read."""
    rows = distinct(observed, _APART, outcomes=(DENIED,), window=window, principal=principal)
    names = names_in(observed, {}, frozenset(one.how for one in rows))
    reasons = Reasons(_APART, names, catalogue, estate)
    told = [(one, reasons.of(one)) for one in rows]
    others: Counter[str] = Counter()
    kept: list[tuple[Distinct, Reason]] = []
    for one, reason in told:
        if has_all_types or reason.policy_type in GUARDS:
            kept.append((one, reason))
        else:
            others[reason.policy_type] += one.events
    found = sorted(_grouped(kept), key=lambda one: (-one.calls, one.principal, one.action, one.shape))
    return Violations(tuple(found), observed.newest(), dict(sorted(others.items())))


def _grouped(told: Sequence[tuple[Distinct, Reason]]) -> Iterator[Violation]:
    grouped: dict[tuple[str, str, Reason], list[Distinct]] = {}
    for one, reason in told:
        grouped.setdefault((one.principal, one.action, reason), []).append(one)
    for (principal, action, reason), rows in grouped.items():
        shapes = shapes_of(one.resource for one in rows)
        by_shape: dict[str, list[Distinct]] = {}
        for one in rows:
            by_shape.setdefault(shapes[one.resource], []).append(one)
        for shape, several in by_shape.items():
            yield _violation(principal, action, shape, reason, several)


def _violation(principal: str, action: str, shape: str, reason: Reason, rows: Sequence[Distinct]) -> Violation:
    days: Counter[date] = Counter()
    for one in rows:
        if one.first is not None:
            days[one.first.date()] += one.events
    return Violation(
        principal,
        action,
        shape,
        reason,
        sum(one.events for one in rows),
        dict(sorted(days.items())),
        tuple(sorted({one.resource for one in rows})),
        min((one.first for one in rows if one.first is not None), default=None),
        max((one.last for one in rows if one.last is not None), default=None),
    )


def shapes_of(resources: Iterable[str]) -> dict[str, str]:
    """Each resource with its shape: itself where it is alone, otherwise what stands before its name, and `*`."""
    several: dict[str, set[str]] = {}
    for one in resources:
        several.setdefault(_head(one), set()).add(one)
    return {one: one if len(alike) == 1 else f"{head}*" for head, alike in several.items() for one in alike}


def _head(resource: str) -> str:
    """What stands before the last part of an ARN; a shorter text as it is."""
    if resource.count(":") < _COLONS:
        return resource
    return resource[: max(resource.rfind("/"), resource.rfind(":")) + 1]


_COLONS: Final = 5
