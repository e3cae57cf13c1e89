"""What would have been denied, had policies been made from the days before: a rolling test over observed use.

At each point in time a method sees the actions of the days before it and grants; the days after it tell what that
would have denied. Only calls that succeeded are looked at, so that a denial here is work that would have stopped. The
guide's page is `backtest`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType
from typing import Final

from leastwise.usage.observed import DailyUse

Method = Callable[[frozenset[str], tuple[frozenset[str], ...]], frozenset[str]]
"""From the actions that a principal used and those that each sibling used to the actions that are granted."""

Weight = Callable[[str], int]
MONTH: Final = 30
RESAMPLES: Final = 1000
_NONE: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Protocol:
    """How many days are observed, how many days after them are looked at, and how far one test is from the next."""

    observe: int = 90
    horizon: int = 30
    step: int = 7

    @property
    def days(self) -> int:
        """The days that one test needs."""
        return self.observe + self.horizon


@dataclass(slots=True)
class Tally:
    """Counts over the tests of one principal under one method."""

    tests: int = 0
    tests_denied: int = 0
    requests: int = 0
    requests_denied: int = 0
    actions: int = 0
    actions_denied: int = 0
    services_denied: int = 0
    pairs: int = 0
    pairs_denied: int = 0
    weight_used: int = 0
    weight_granted: int = 0
    weight_unused: int = 0


Ratio = tuple[str, str]

MEASURES: Final[Mapping[str, Ratio]] = MappingProxyType(
    {
        "requests_denied": ("requests_denied", "requests"),
        "actions_denied": ("actions_denied", "actions"),
        "new_service": ("services_denied", "actions"),
        "pairs_denied": ("pairs_denied", "pairs"),
        "tests_denied": ("tests_denied", "tests"),
        "first_denials": ("actions_denied", "tests"),
        "weight": ("weight_granted", "weight_used"),
        "mean_weight": ("weight_granted", "tests"),
        "unused_weight": ("weight_unused", "weight_granted"),
    }
)
"""Each measure as one count over another; the guide says what they mean."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure over all tests together, as the mean of the principals, and where 95 % of resamples lie."""

    micro: float
    macro: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """The measures of each method, and how many principals and tests they rest on."""

    protocol: Protocol
    principals: int
    tests: int
    methods: Mapping[str, Mapping[str, Measured]] = field(default_factory=dict)


def backtest(
    uses: Iterable[DailyUse],
    methods: Mapping[str, Method],
    *,
    weight: Weight,
    protocol: Protocol = Protocol(),
    siblings: Mapping[str, Sequence[str]] = _NONE,
    only: str = "",
    seed: int = 0,
) -> Backtest:
    """The methods, tested on every principal that is known for long enough, or on `only` one.

    `siblings` names for a principal the others that have the same work. The seed is for the resamples.
    """
    timelines = _timelines(uses)
    tallies: dict[str, list[Tally]] = {name: [] for name in methods}
    for principal in sorted(name for name in timelines if only in ("", name)):
        cases = list(_cases(principal, timelines, siblings, protocol))
        for name, method in methods.items() if cases else ():
            tallies[name].append(_tally(cases, method, weight))
    first = next(iter(tallies.values()), [])
    measured = {name: _measured(found, protocol, seed) for name, found in tallies.items() if found}
    return Backtest(protocol, len(first), sum(one.tests for one in first), measured)


def longest(uses: Iterable[DailyUse], only: str = "") -> int:
    """From the first to the last day on which a principal was seen, for the one seen longest, or `only` one."""
    days: dict[str, list[int]] = {}
    for use in uses:
        if only in ("", use.principal):
            days.setdefault(use.principal, []).append(use.day)
    return max((max(seen) - min(seen) + 1 for seen in days.values()), default=0)


@dataclass(slots=True)
class _Timeline:
    """What a principal used, by day."""

    days: dict[int, list[DailyUse]] = field(default_factory=dict)

    def between(self, begin: int, end: int) -> Iterator[DailyUse]:
        return (use for day in range(begin, end) for use in self.days.get(day, ()))


@dataclass(frozen=True, slots=True)
class _Case:
    """One test: what was used before, by the principal and its siblings, and what is asked for after."""

    used: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    siblings: tuple[frozenset[str], ...]
    asked: Mapping[tuple[str, str], int]


def _timelines(uses: Iterable[DailyUse]) -> dict[str, _Timeline]:
    timelines: dict[str, _Timeline] = {}
    for use in uses:
        days = timelines.setdefault(use.principal, _Timeline()).days
        days.setdefault(use.day, []).append(use)
    return timelines


def _cases(
    principal: str,
    timelines: Mapping[str, _Timeline],
    siblings: Mapping[str, Sequence[str]],
    protocol: Protocol,
) -> Iterator[_Case]:
    """A test each step between the first and the last day of the principal, where it asked for anything afterwards."""
    timeline = timelines[principal]
    others = [timelines[name] for name in siblings.get(principal, ()) if name in timelines and name != principal]
    first, last = min(timeline.days), max(timeline.days)
    for now in range(first + protocol.observe, last - protocol.horizon + 2, protocol.step):
        asked: dict[tuple[str, str], int] = {}
        for use in timeline.between(now, now + protocol.horizon):
            asked[use.action, use.resource] = asked.get((use.action, use.resource), 0) + use.events
        if asked:
            begin = now - protocol.observe
            pairs = frozenset((use.action, use.resource) for use in timeline.between(begin, now))
            seen = tuple(frozenset(use.action for use in other.between(begin, now)) for other in others)
            yield _Case(frozenset(action for action, _ in pairs), pairs, seen, asked)


def _tally(cases: Iterable[_Case], method: Method, weight: Weight) -> Tally:
    tally = Tally()
    for case in cases:
        _count(case, method(case.used, case.siblings), tally, weight)
    return tally


def _count(case: _Case, granted: frozenset[str], tally: Tally, weight: Weight) -> None:
    actions = {action for action, _ in case.asked}
    denied = actions - granted
    services = {action.partition(":")[0] for action in case.used}
    tally.tests += 1
    tally.tests_denied += bool(denied)
    tally.requests += sum(case.asked.values())
    tally.requests_denied += sum(count for (action, _), count in case.asked.items() if action in denied)
    tally.actions += len(actions)
    tally.actions_denied += len(denied)
    tally.services_denied += sum(action.partition(":")[0] not in services for action in denied)
    tally.pairs += len(case.asked)
    tally.pairs_denied += sum(_is_denied(pair, case, denied) for pair in case.asked)
    tally.weight_used += sum(map(weight, case.used))
    tally.weight_granted += sum(map(weight, granted))
    tally.weight_unused += sum(map(weight, granted - actions))


def _is_denied(pair: tuple[str, str], case: _Case, denied: set[str]) -> bool:
    """Used actions are granted on the resources that they were used on, others on all."""
    return pair[0] in denied or (pair[0] in case.used and pair not in case.pairs)


def _measured(tallies: Sequence[Tally], protocol: Protocol, seed: int) -> dict[str, Measured]:
    random = Random(seed)  # noqa: S311
    draws = [random.choices(range(len(tallies)), k=len(tallies)) for _ in range(RESAMPLES)]
    return {name: _measure(name, tallies, protocol, draws) for name in MEASURES}


def _measure(name: str, tallies: Sequence[Tally], protocol: Protocol, draws: Sequence[Sequence[int]]) -> Measured:
    above, below = MEASURES[name]
    scale = MONTH / protocol.horizon if name == "first_denials" else 1.0
    parts = [(getattr(one, above), getattr(one, below)) for one in tallies]
    micro = _ratio(sum(a for a, _ in parts), sum(b for _, b in parts))
    macro = [a / b for a, b in parts if b]
    drawn = sorted(_ratio(sum(parts[i][0] for i in draw), sum(parts[i][1] for i in draw)) for draw in draws)
    low, high = drawn[int(0.025 * len(drawn))], drawn[int(0.975 * len(drawn)) - 1]
    return Measured(micro * scale, sum(macro) / len(macro) * scale if macro else 0.0, low * scale, high * scale)


def _ratio(above: int, below: int) -> float:
    return above / below if below else 0.0
