"""Who reaches what a role may do by assuming it, one role after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from leastwise.estate.ask import NOTHING_KNOWN, Answer, Facts, who_can
from leastwise.estate.assemble import Estate
from leastwise.estate.held import Role
from leastwise.model.decision import ALLOW
from leastwise.model.switches import DEFAULT, Switches

_ASSUME: Final = "sts:AssumeRole"
_MOST_STEPS: Final = 8


@dataclass(frozen=True)
class Chain:
    """A principal, given as its ARN, that may assume the first of the roles, and as each of them the next.

    The last role is one that may do what was asked for. `steps` are the answers to each of these, in order.
    """

    principal: str
    roles: tuple[str, ...]
    steps: tuple[Answer, ...]

    @property
    def is_certain(self) -> bool:
        """Whether each step is allowed, whatever else is so."""
        return all(step.decision.outcome is ALLOW for step in self.steps)


def chains(
    estate: Estate,
    direct: Iterable[Answer],
    *,
    facts: Facts = NOTHING_KNOWN,
    switches: Switches = DEFAULT,
) -> Iterator[Chain]:
    """The shortest chain to one of the roles among `direct`, of each principal that has one and is not among these.

    They are not followed beyond a role that the snapshot does not hold: who may assume it is for its account to tell.
    Certain chains come before those that turn on something, of the same length.
    """
    answers = list(direct)
    known = {one.principal for one in answers}
    waiting = deque(
        Chain(one.principal, (one.principal,), (one,))
        for one in sorted(answers, key=lambda one: one.decision.outcome is not ALLOW)
        if _is_role(estate, one.principal)
    )
    while waiting:
        at = waiting.popleft()
        if len(at.roles) > _MOST_STEPS:
            continue
        found = list(who_can(estate, _ASSUME, at.principal, facts=facts, switches=switches))
        for step in sorted(found, key=lambda one: one.decision.outcome is not ALLOW):
            if step.principal in known:
                continue
            known.add(step.principal)
            yield Chain(step.principal, at.roles, (step, *at.steps))
            if _is_role(estate, step.principal):
                waiting.append(Chain(step.principal, (step.principal, *at.roles), (step, *at.steps)))


def _is_role(estate: Estate, arn: str) -> bool:
    return isinstance(estate.holders.get(arn), Role)
