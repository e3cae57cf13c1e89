"""How likely the next days hold a request outside the policy that was made from the last ones.

The unit is the grant of an action to a principal, and the day: events of one day come in bursts and tell little apart
from each other. A fleet is its own judge: how often did windows like this one, earlier, turn out to miss something?
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Final, Literal

from leastwise.synthesize.logistic import Model, fitted
from leastwise.synthesize.pooled import DailyLaw, daily_law, tallied
from leastwise.synthesize.seasons import seasons, written
from leastwise.synthesize.use_windows import Past, Seen, has_new, numbers, pasts, seen
from leastwise.usage.observed import DailyUse

Method = Literal["fleet", "pooled", "too little data"]

HORIZON: Final = 30
FEWEST_WINDOWS: Final = 50
"""Earlier windows of principals from which a fleet can be learned."""
_FEWEST_OUTCOMES: Final = 10
"""Of these windows, those that must have turned out either way."""
_FEWEST_GRANTS: Final = 20
_FEWEST_DAYS: Final = 7
_MOST_MOMENTS: Final = 16
_MOST_WINDOWS: Final = 6_000
_RIDGE: Final = 30.0
_SHARES: Final = (1.0, 0.75, 0.5)
"""Lengths of earlier windows as shares of the longest that there is room for, where none is as long as the policy's."""
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Confidence:
    """The chance that the next `horizon` days use an action that the window did not; None where nothing supports one.

    `windows` is how many earlier windows of the fleet it was learned from. `facts` are what anybody can check.
    """

    probability: float | None
    horizon: int
    method: Method
    windows: int
    facts: tuple[str, ...]


def confidences(
    uses: Sequence[DailyUse],
    *,
    horizon: int = HORIZON,
    principals: Collection[str] | None = None,
    until: int | None = None,
    days: int | None = None,
) -> dict[str, Confidence]:
    """The confidence for each principal, or for these; `until` is the first day that is not known.

    `uses` are those of the whole fleet, from which all is learned. The policies rest on the last `days` days, on
    all if not given; what is older is learned from, too.
    """
    known = [use for use in uses if until is None or use.day < until]
    if not known:
        return {name: _unknown(horizon) for name in sorted(principals or ())}
    first, last = min(use.day for use in known), max(use.day for use in known)
    end = last + 1 if until is None else until
    start = first if days is None else max(first, end - days)
    fleet = pasts(known)
    forecast = _Forecast(fleet, start, end, _Log(first, end, horizon))
    wanted = sorted(fleet) if principals is None else sorted(principals)
    return {name: forecast.of(fleet.get(name, Past({}, ()))) for name in wanted}


def _unknown(horizon: int) -> Confidence:
    return Confidence(None, horizon, "too little data", 0, ("nothing seen",))


@dataclass(frozen=True, slots=True)
class _Log:
    """The days that there is a log of, and how far ahead to look."""

    first: int
    end: int
    horizon: int

    @property
    def step(self) -> int:
        """How far ahead earlier windows can look; a third of the log where it has no room for more."""
        length = self.end - self.first
        return self.horizon if length >= 2 * self.horizon else max(length // 3, 1)

    def moments(self, length: int) -> list[tuple[int, int]]:
        """Earlier windows, the latest first: as long as the policy's, or as there is room for."""
        newest, every = self.end - self.step, _WEEK if self.step == self.horizon else _WEEK // 2
        room = newest - self.first
        lengths = [length] if length <= room else sorted({int(room * share) for share in _SHARES}, reverse=True)
        found = [
            (stop - each, stop) for each in lengths if each > 0 for stop in range(newest, self.first + each - 1, -every)
        ]
        return found[:_MOST_MOMENTS]


class _Forecast:
    """What the fleet's earlier windows teach, and the chances that follow from it."""

    def __init__(self, fleet: Mapping[str, Past], start: int, end: int, log_: _Log) -> None:
        self._fleet = fleet
        self._start, self._end, self._log = start, end, log_
        self._law = _law(seen(past, start, end) for past in fleet.values())
        self._model, self.windows = self._learned()

    def of(self, past: Past) -> Confidence:
        """The confidence for one principal."""
        now = seen(past, self._start, self._end)
        chance, method = self._chance(now)
        told = (*_facts(now), *_seasonal(past, self._start, self._end))
        return Confidence(chance, self._log.horizon, method, self.windows if method == "fleet" else 0, told)

    def _chance(self, now: Seen) -> tuple[float | None, Method]:
        if not now.used or self._law is None:
            return None, "too little data"
        new = self._law.expected_new(len(now.used), now.watched, self._log.horizon)
        if self._model is None:
            return 1 - exp(-new), "pooled"
        near = self._model.chance(_row(now, self._law, self._log.step))
        soon = self._law.expected_new(len(now.used), now.watched, self._log.step)
        return 1 - (1 - near) ** (new / soon if soon > 0 else 1.0), "fleet"

    def _learned(self) -> tuple[Model | None, int]:
        """A model of whether earlier windows turned out to miss something, and how many there were."""
        rows: list[list[float]] = []
        outcomes: list[bool] = []
        for start, end in self._log.moments(self._end - self._start):
            if len(rows) + len(self._fleet) > _MOST_WINDOWS and rows:
                break
            then = [(past, one) for past in self._fleet.values() if (one := seen(past, start, end)).used]
            law = _law(one for _, one in then)
            if law is not None:
                rows += [_row(one, law, self._log.step) for _, one in then]
                outcomes += [has_new(past, start, end, end + self._log.step) for past, _ in then]
        missed = sum(outcomes)
        if len(rows) < FEWEST_WINDOWS or min(missed, len(rows) - missed) < _FEWEST_OUTCOMES:
            return None, 0
        return fitted(rows, outcomes, ridge=_RIDGE), len(rows)


def _law(then: Iterable[Seen]) -> DailyLaw | None:
    """The law of daily use of all that is seen; None for too little of it."""
    pairs = [(used, one.watched) for one in then for used in one.used]
    if len(pairs) < _FEWEST_GRANTS or max(days for _, days in pairs) < _FEWEST_DAYS:
        return None
    return daily_law(tallied(pairs))


def _row(one: Seen, law: DailyLaw, ahead: int) -> list[float]:
    return [*numbers(one, law, ahead), log(max(one.end - one.start, 1))]


def _facts(now: Seen) -> Iterator[str]:
    length = now.end - now.start
    if not now.used:
        yield f"nothing seen in {_days(length)}"
        return
    yield f"{now.rare[0]} of {len(now.used)} actions seen on one day only"
    yield f"last new action {_days(now.end - now.firsts[-1])} before the window's end"
    yield f"{now.active} of {_days(length)} active"
    if now.watched < length:
        yield f"first seen {_days(now.watched)} before the window's end"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _seasonal(past: Past, start: int, end: int) -> Iterator[str]:
    for one in seasons(past.actions, end):
        is_due = one.next < end + HORIZON
        missed = [action for action in one.actions if not any(start <= day < end for day in past.actions[action])]
        due = f", due again about {written(one.next)}" if is_due else ""
        outside = f"; {len(missed)} of them not in the window" if missed else ""
        shown = ", ".join(one.actions[:2]) + (f" and {len(one.actions) - 2} more" if len(one.actions) > 2 else "")
        yield f"{one.period} use of {shown}: {', '.join(map(written, one.days[-4:]))}{due}{outside}"
