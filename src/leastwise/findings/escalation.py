"""How principals that are no administrators become one: the shortest chain of each, every step of it decided."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from leastwise.estate.assemble import Estate
from leastwise.findings.own_steps import GIVES, GROWS, OwnSteps
from leastwise.findings.power import Power, is_asked
from leastwise.language.values.globs import glob_of
from leastwise.prove.actions import action_index
from leastwise.synthesize.guardrails.possible import Asker, Found
from leastwise.synthesize.guardrails.reached import Reacher, Step
from leastwise.synthesize.guardrails.ways import ASSUMES, EDITING, GRANTING, RUNNING

_MOST_STEPS: Final = 8
_GIVING: Final = (EDITING[0], *(action for actions in GRANTING.values() for action in actions))


@dataclass(frozen=True, slots=True)
class Chain:
    """The steps by which a principal becomes an administrator, and how many other first steps lead there as soon."""

    principal: str
    steps: tuple[Step, ...]
    others: int = 0


@dataclass
class Escalation:
    """The chains of an estate, on one day; roles for emergencies are there to be assumed and are no aim of that."""

    estate: Estate
    power: Power
    today: str = ""
    emergency: tuple[str, ...] = ()
    _services: dict[str, Mapping[str, Found]] = field(default_factory=dict)

    @cached_property
    def asker(self) -> Asker:
        """Who asks for each step."""
        return Asker(self.estate, self.today)

    @cached_property
    def chains(self) -> Mapping[str, Chain]:
        """The shortest chain of every principal that has one and is no administrator, by ARN."""
        found: dict[str, Chain] = {}
        left = [arn for arn in sorted(self.estate.holders) if is_asked(arn) and arn not in self.power.administrators]
        frontier = self._first(left) or self._together(left)
        while frontier:
            found.update(frontier)
            left = [arn for arn in left if arn not in found]
            frontier = self._next(left, frontier) or self._together(left)
        return found

    @cached_property
    def open_ways(self) -> Mapping[str, tuple[str, ...]]:
        """What is not known of principals that no chain was found for, by ARN."""
        known = self.chains.keys() | self.power.administrators.keys()
        left = [arn for arn in sorted(self.estate.holders) if is_asked(arn) and arn not in known]
        found = {arn: tuple(dict.fromkeys(self._open(arn))) for arn in left}
        return {arn: several for arn, several in found.items() if several}

    @cached_property
    def conditional(self) -> frozenset[str]:
        """Those of them that are administrators already, under conditions that can be met: nothing grows by that."""
        growing = (arn for arn, one in self.chains.items() if one.steps[0].way is GROWS)
        return frozenset(arn for arn in growing if self.power.is_conditional(self.estate.holders[arn]))

    def is_emergency(self, arn: str) -> bool:
        """Whether it is a role for emergencies."""
        return any(glob_of(pattern).matches(arn) for pattern in self.emergency)

    @cached_property
    def _own(self) -> OwnSteps:
        return OwnSteps(self.estate, self.asker, self.power)

    @cached_property
    def _to_administrators(self) -> Reacher:
        return self._reacher(self.power.administrators)

    @cached_property
    def _to_anybody(self) -> Reacher:
        return Reacher(self.asker, _trusted_services=self._services)

    def _reacher(self, among: Collection[str]) -> Reacher:
        return Reacher(self.asker, frozenset(among), _trusted_services=self._services)

    def _first(self, left: list[str]) -> dict[str, Chain]:
        return self._found(left, lambda arn: ((step,) for step in self._single(arn)))

    def _next(self, left: list[str], frontier: Mapping[str, Chain]) -> dict[str, Chain]:
        reacher = self._reacher(frontier)
        if any(len(one.steps) >= _MOST_STEPS for one in frontier.values()):
            return {}
        return self._found(
            left, lambda arn: ((step, *frontier[step.to].steps) for step in self._taken(reacher, arn) if step.to != arn)
        )

    def _found(self, left: list[str], ways: Callable[[str], Iterator[tuple[Step, ...]]]) -> dict[str, Chain]:
        found = {}
        for arn in left:
            several = [steps for steps in ways(arn) if all(map(self._is_replayed, steps))]
            if several:
                found[arn] = Chain(arn, several[0], len(several) - 1)
        return found

    def _single(self, arn: str) -> Iterator[Step]:
        found = [*self._own.steps(arn), *self._taken(self._to_administrators, arn)]
        yield from found or self._given(arn)

    def _taken(self, reacher: Reacher, arn: str) -> Iterator[Step]:
        """The steps to others as they are, but for what a role for emergencies is there for."""
        for step in reacher.acting(arn).found:
            if not (step.way is ASSUMES and self.is_emergency(step.to)):
                yield step

    def _given(self, arn: str) -> Iterator[Step]:
        """Another principal is given anything, and the giver may act as it."""
        given = {step.to: step for step in self._gifts(arn)}
        for step in self._reacher(given).acting(arn).found:
            yield Step(GIVES, arn, step.to, (*given[step.to].requests, *step.requests))

    def _together(self, left: list[str]) -> dict[str, Chain]:
        """Of those whom a principal may act as, one gives anything to another, or to the principal itself."""
        gifts = {arn: several for arn in left if (several := self._gifts(arn))}
        if not gifts:
            return {}
        nodes = self._leading(left, {*gifts, *(step.to for several in gifts.values() for step in several)})
        reacher = self._reacher(nodes)
        near = [arn for arn in left if arn in nodes]
        return self._found(near, lambda arn: self._joined(self._acting_as(reacher, arn), gifts))

    def _leading(self, left: list[str], to: set[str]) -> set[str]:
        """These principals, and those of the others that may act as one of them, by any number of steps."""
        nodes, frontier = set(to), set(to)
        while frontier:
            reacher = self._reacher(frontier)
            frontier = {arn for arn in left if arn not in nodes and any(self._taken(reacher, arn))}
            nodes |= frontier
        return nodes

    def _gifts(self, arn: str) -> tuple[Step, ...]:
        if not any(self.asker.may_grant(arn, one) for one in _GIVING):
            return ()
        found = (step for step in self._to_anybody.given(arn).found if not self._is_held(step.to))
        return tuple(Step(GIVES, arn, step.to, step.requests) for step in found)

    def _acting_as(self, reacher: Reacher, arn: str) -> Mapping[str, tuple[Step, ...]]:
        """Whom it may act as, itself the first, by the fewest steps."""
        ways: dict[str, tuple[Step, ...]] = {arn: ()}
        waiting = deque([arn])
        while waiting:
            at = waiting.popleft()
            for step in self._taken(reacher, at) if len(ways[at]) < _MOST_STEPS else ():
                if step.to not in ways:
                    ways[step.to] = (*ways[at], step)
                    waiting.append(step.to)
        return ways

    def _joined(
        self, ways: Mapping[str, tuple[Step, ...]], gifts: Mapping[str, tuple[Step, ...]]
    ) -> Iterator[tuple[Step, ...]]:
        several = (
            (*way, gift, *ways[gift.to]) for at, way in ways.items() for gift in gifts.get(at, ()) if gift.to in ways
        )
        yield from sorted(several, key=len)

    def _is_held(self, arn: str) -> bool:
        return self.power.is_held_by_boundary(self.estate.holders[arn])

    def _is_replayed(self, step: Step) -> bool:
        return all(self.asker.confirmed(one) is not None for one in step.requests)

    def _open(self, arn: str) -> Iterator[str]:
        yield from self._own.doubts(arn)
        reacher = self._to_administrators
        running = reacher.running(arn) if self._runs_anything(arn) else ()
        yield from (why for _, why in (*reacher.acting(arn).doubts, *running))

    def _runs_anything(self, arn: str) -> bool:
        """Whether it may change or enter whatever runs of some service, not only what is named."""
        whole = self.power.whole(self.estate.holders[arn])
        sets = ([action_index().bits_of(one) for one in actions] for each in RUNNING.values() for actions in each)
        return any(all(whole & bits for bits in several) for several in sets)
