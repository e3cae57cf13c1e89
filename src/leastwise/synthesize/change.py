"""What a proposal takes away from today's policies and puts in their place, each line with the calls behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from leastwise.language.matching import resource_pattern
from leastwise.language.values import TooHard
from leastwise.language.values.texts import Texts
from leastwise.model.policy import Policy, Statement
from leastwise.model.switches import DEFAULT
from leastwise.synthesize.evidence import calls_of
from leastwise.synthesize.grants import Grant
from leastwise.usage.observed import DailyUse, Use

Sign = Literal["-", "+"]
_RARE_DAYS: Final = 4
_LEAST_SPAN: Final = 28
_RHYTHMS: Final = ((6, 8, "weekly"), (13, 15, "every two weeks"), (26, 35, "monthly"), (80, 100, "quarterly"))
"""Days between uses, from and to, and what that is called."""


@dataclass(frozen=True, slots=True)
class Line:
    """An action on a resource that an Allow grants, with the calls of it; `condition` is in words, empty for none."""

    sign: Sign
    action: str
    resource: str
    condition: str
    calls: int = 0
    last: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rare:
    """An action that is kept though it was used on few days, and how these lie."""

    action: str
    calls: int
    days: int
    rhythm: str


@dataclass(frozen=True, slots=True)
class Change:
    """The lines that go and come, and the rare ones that are kept."""

    removed: tuple[Line, ...]
    added: tuple[Line, ...]
    rare: tuple[Rare, ...]

    @property
    def size(self) -> int:
        """How many lines change."""
        return len(self.removed) + len(self.added)


Rests = Mapping[Grant, Sequence[Use]]


def change(
    before: Iterable[Policy], after: Iterable[Policy], *, rests: Rests, notes: Mapping[str, str]
) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """The lines that go and those that come; `notes` are why an action stays though nobody is seen to use it."""
    old = dict.fromkeys(pair for policy in before for pair in _pairs(policy))
    new = dict.fromkeys(pair for policy in after for pair in _pairs(policy))
    removed = tuple(Line("-", *pair) for pair in old if pair not in new)
    return removed, tuple(_added(pair, rests, notes) for pair in new if pair not in old)


_Pair = tuple[str, str, str]


def _pairs(policy: Policy) -> Iterator[_Pair]:
    for one in policy.statements:
        if one.effect == "Allow":
            condition = _condition(one)
            for action in one.actions:
                name = f"all but {action}" if one.is_not_action else action
                for resource in one.resources:
                    yield name, f"all but {resource}" if one.is_not_resource else resource, condition


def _condition(one: Statement) -> str:
    told = [
        f"{operator} {key} {', '.join(values)}"
        for operator, block in one.conditions.items()
        for key, values in block.items()
    ]
    return " and ".join(told)


def _added(pair: _Pair, rests: Rests, notes: Mapping[str, str]) -> Line:
    action, resource, condition = pair
    within = _texts(resource)
    uses = [
        use
        for grant, found in rests.items()
        if grant.action == action and (grant.resource == resource or _is_within(_texts(grant.resource), within))
        for use in found
    ]
    last = max((use.last for use in uses if use.last), default=None)
    return Line("+", action, resource, condition, calls_of(uses), last, "" if uses else notes.get(action, ""))


def _texts(pattern: str) -> Texts | None:
    glob = resource_pattern(pattern, "identity", True, DEFAULT).glob
    return None if glob is None else Texts.globs([glob])


def _is_within(one: Texts | None, other: Texts | None) -> bool:
    if one is None or other is None:
        return False
    try:
        return one <= other
    except TooHard:
        return False


def rare(days: Iterable[DailyUse], granted: frozenset[str]) -> tuple[Rare, ...]:
    """The granted actions that were used on few days of many, those with the fewest calls first."""
    by_action: dict[str, dict[int, int]] = {}
    every: set[int] = set()
    for one in days:
        every.add(one.day)
        counted = by_action.setdefault(one.action, {})
        counted[one.day] = counted.get(one.day, 0) + one.events
    if not every or max(every) - min(every) < _LEAST_SPAN:
        return ()
    found = [
        Rare(action, sum(counted.values()), len(counted), rhythm(sorted(counted)))
        for action, counted in by_action.items()
        if action in granted and len(counted) <= _RARE_DAYS
    ]
    return tuple(sorted(found, key=lambda one: (one.calls, one.action)))


def rhythm(days: Sequence[int]) -> str:
    """How days lie: weekly, monthly, quarterly, or on how many of them."""
    gaps = [later - earlier for earlier, later in pairwise(days)]
    if not gaps:
        return "once"
    middle = median(gaps)
    is_even = all(abs(gap - middle) <= max(2, middle / 6) for gap in gaps)
    named = next((name for least, most, name in _RHYTHMS if is_even and least <= middle <= most), None)
    return named or f"on {len(days)} days"
