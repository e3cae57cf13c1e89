"""One list of names and its patterns: the cheapest cover at a price of a character.

Most patterns cover neighbours in the order of names, and a cover by those alone is found exactly, as a shortest way.
Its dual values bound what any other pattern can save, so that few of those have to be tried.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from leastwise.synthesize.action_patterns import Pattern, bits

Choice = frozenset[Pattern]
"""The patterns chosen for one list."""

Price = Callable[[Pattern], float]
_EPSILON = 1e-12
_MOST_IN_EXCHANGE = 2
_Run = tuple[int, float, Pattern]
"""Where a pattern's neighbours end, its price, and itself."""


@dataclass(frozen=True)
class Problem:
    """One list: so many names in their order, and the patterns that may cover them, each name's own among them."""

    names: int
    patterns: tuple[Pattern, ...]

    @cached_property
    def runs(self) -> tuple[tuple[int, int, Pattern], ...]:
        """Patterns for neighbours with the first of them and the one after the last."""
        found = ((one.covers & -one.covers, one.covers.bit_length(), one) for one in self.patterns)
        return tuple(
            (low.bit_length() - 1, high, one)
            for low, high, one in found
            if one.covers.bit_count() == high - low.bit_length() + 1
        )

    @cached_property
    def covering(self) -> tuple[tuple[tuple[int, Pattern], ...], ...]:
        """For each name, where the neighbours end of each pattern that covers it, and the pattern."""
        found: list[list[tuple[int, Pattern]]] = [[] for _ in range(self.names)]
        for low, high, one in self.runs:
            for place in range(low, high):
                found[place].append((high, one))
        return tuple(map(tuple, found))

    @cached_property
    def scattered(self) -> tuple[tuple[Pattern, tuple[int, ...]], ...]:
        """The other patterns, with the names that each covers."""
        neighbours = {id(one) for _, _, one in self.runs}
        return tuple((one, tuple(bits(one.covers))) for one in self.patterns if id(one) not in neighbours)


def characters(choice: Choice) -> int:
    """Characters of the patterns with their quotes and commas."""
    return sum(one.characters for one in choice)


def hazard(choice: Choice) -> float:
    """The drift hazard of the patterns together."""
    return math.fsum(sorted(one.drift.hazard for one in choice))


def at_price(price: float) -> Price:
    """Drift hazard, and so much for each character; of equal ones the shorter."""
    return lambda one: one.drift.hazard + (price + _EPSILON) * one.characters


def cheapest(problem: Problem, price: Price, *, start: Choice = frozenset()) -> Choice:
    """A cover of low price; `start` is a choice to begin from."""
    return _Search(problem, price).found(start)


def cheapest_by_exchange(problem: Problem, price: Price, *, start: Choice) -> Choice:
    """A cover of lower price still: no pattern in it can be exchanged for up to two others with a gain."""
    return _Search(problem, price).exchanged(start)


@dataclass(frozen=True, slots=True)
class _Held:
    """The patterns chosen that are not for neighbours, what the whole cover costs, and what each name adds to it."""

    patterns: dict[Pattern, float]
    value: float
    duals: list[float]


class _Search:
    """Looks for a cover of one list at one price."""

    def __init__(self, problem: Problem, price: Price) -> None:
        self._price = price
        self._runs = Runs(problem, price)
        self._scattered = [(one, places, price(one)) for one, places in problem.scattered]

    def found(self, start: Choice) -> Choice:
        """The cover after each single pattern was added or dropped that gains."""
        return self._whole(self._settled(self._from(start)))

    def exchanged(self, start: Choice) -> Choice:
        """The same after each exchange of one for up to two that gains."""
        now = self._settled(self._from(start))
        while (better := self._exchange(now)) is not None:
            now = self._settled(better)
        return self._whole(now)

    def _from(self, start: Choice) -> _Held:
        return self._with({one: cost for one, _, cost in self._scattered if one in start})

    def _with(self, patterns: dict[Pattern, float]) -> _Held:
        value, duals = self._runs.duals(_joined(patterns))
        return _Held(patterns, value + sum(patterns.values()), duals)

    def _whole(self, now: _Held) -> Choice:
        return needed(self._runs.way(_joined(now.patterns)) | now.patterns.keys(), self._price)

    def _settled(self, now: _Held) -> _Held:
        while better := self._added(now) or self._dropped(now):
            now = better
        return now

    def _added(self, now: _Held) -> _Held | None:
        """With the one pattern more that gains most; the duals bound what each can gain."""
        bound = [(sum([now.duals[i] for i in places]) - cost, one, cost) for one, places, cost in self._scattered]
        promising = sorted((b for b in bound if b[0] > _EPSILON), key=lambda b: (-b[0], b[1].text))
        best: _Held | None = None
        gain = _EPSILON
        for most, one, cost in promising:
            if most <= gain:
                break
            tried = self._with({**now.patterns, one: cost})
            if now.value - tried.value > gain:
                gain, best = now.value - tried.value, tried
        return best

    def _dropped(self, now: _Held) -> _Held | None:
        return next(
            (one for one in map(self._with, _each_less(now.patterns)) if one.value < now.value - _EPSILON), None
        )

    def _exchange(self, now: _Held) -> _Held | None:
        for fewer in _each_less(now.patterns):
            tried: _Held | None = self._with(fewer)
            for _ in range(_MOST_IN_EXCHANGE):
                tried = self._added(tried) if tried else None
                if tried and tried.value < now.value - _EPSILON:
                    return tried
        return None


def _each_less(patterns: dict[Pattern, float]) -> Iterator[dict[Pattern, float]]:
    """The patterns without each one of them."""
    for one in patterns:
        yield {other: cost for other, cost in patterns.items() if other is not one}


def _joined(patterns: dict[Pattern, float]) -> int:
    covered = 0
    for one in patterns:
        covered |= one.covers
    return covered


class Runs:
    """The patterns for neighbours at one price, by the names that they cover."""

    def __init__(self, problem: Problem, price: Price) -> None:
        self._names = problem.names
        self._price = price
        by_place: list[dict[int, tuple[float, Pattern]]] = [{} for _ in range(problem.names)]
        for low, high, one in problem.runs:
            cost = price(one)
            for place in range(low, high):
                held = by_place[place].get(high)
                if held is None or cost < held[0]:
                    by_place[place][high] = cost, one
        self._by_place = [_undominated(ends) for ends in by_place]
        self._covering = problem.covering

    def duals(self, free: int) -> tuple[float, list[float]]:
        """What the cheapest cover costs, and what each name adds to it."""
        costs = self._costs(free)
        return costs[0], [costs[i] - costs[i + 1] for i in range(self._names)]

    def way(self, free: int) -> Choice:
        """The cheapest cover."""
        costs, place = self._costs(free), 0
        chosen: list[Pattern] = []
        while place < self._names:
            if free >> place & 1:
                place += 1
                continue
            _, end, one = min(((cost + costs[end], end, one) for end, cost, one in self._by_place[place]), key=_first)
            chosen.append(one)
            place = end
        return frozenset(chosen)

    def instead_of(self, choice: Choice, pattern: Pattern) -> Choice:
        """The choice with what the pattern alone covers covered by others."""
        mine = pattern.covers & own(choice)
        low, high = (mine & -mine).bit_length() - 1, mine.bit_length()
        best: list[tuple[float, int, Pattern | None]] = [(0.0, high, None)] * (high - low + 1)
        for place in range(high - 1, low - 1, -1):
            after = best[place - low + 1]
            if mine >> place & 1:
                after = min(
                    (
                        (self._price(one) + best[min(end, high) - low][0], end, one)
                        for end, one in self._covering[place]
                        if one is not pattern
                    ),
                    key=_first,
                )
            best[place - low] = after if mine >> place & 1 else (after[0], place + 1, None)
        found, place = choice - {pattern}, low
        while place < high:
            _, place, one = best[place - low]
            found = found | {one} if one else found
        return needed(found, self._price)

    def _costs(self, free: int) -> list[float]:
        costs = [0.0] * (self._names + 1)
        by_place = self._by_place
        for place in range(self._names - 1, -1, -1):
            if free >> place & 1:
                costs[place] = costs[place + 1]
            else:
                costs[place] = min([cost + costs[end] for end, cost, _ in by_place[place]])
        return costs


def _first(found: tuple[float, int, Pattern | None]) -> float:
    return found[0]


def _undominated(ends: dict[int, tuple[float, Pattern]]) -> list[_Run]:
    """Those that reach further than all that are cheaper."""
    found: list[_Run] = []
    for end, (cost, one) in sorted(ends.items(), reverse=True):
        if not found or cost < found[-1][1]:
            found.append((end, cost, one))
    return found


def needed(choice: Choice, price: Price, free: int = 0) -> Choice:
    """The choice without what the rest of it covers too, dearest first; the free names need no cover."""
    current = choice
    while True:
        alone = own(current) & ~free
        needless = [one for one in current if not one.covers & alone]
        if not needless:
            return current
        current -= {min(needless, key=lambda one: (-price(one), one.text))}


def own(choice: Choice) -> int:
    """The names that exactly one pattern of the choice covers."""
    once, more = 0, 0
    for one in choice:
        more |= once & one.covers
        once |= one.covers
    return once & ~more
