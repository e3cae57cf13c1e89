"""Permissions boundaries checked: whether those whom they bind can leave them, and what in them binds nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final, Literal

from leastwise.estate.assemble import Estate
from leastwise.model.policy import Effect, Policy, Statement
from leastwise.prove.actions import action_index
from leastwise.synthesize.guardrails.bound import Bound
from leastwise.synthesize.guardrails.by_resources import ByResources
from leastwise.synthesize.guardrails.escapes import Doubt, Escape, Search
from leastwise.synthesize.guardrails.outside import Forbidden, Guarded, Outside, accepted_with
from leastwise.synthesize.guardrails.possible import Asker
from leastwise.synthesize.guardrails.reached import Reacher

Answer = Literal["PASS", "FAIL", "UNKNOWN"]
_MOST_NAMED: Final = 400


@dataclass(frozen=True, slots=True)
class Aim:
    """What is asked of every boundary.

    `allowed` are further boundaries that are as good, `protected` policies that may not be changed, `forbidden` what
    may not be reached, and `limit` a policy beyond which nothing may be.
    """

    allowed: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    forbidden: tuple[Forbidden, ...] = ()
    limit: Policy | None = None


@dataclass(frozen=True, slots=True)
class Needless:
    """A part of a boundary that decides nothing: nobody who is bound is granted any of these actions.

    `actions` are as they stand in the statement, none where the whole statement is meant.
    """

    index: int
    sid: str | None
    effect: Effect
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one boundary."""

    bound: Bound
    allowed: tuple[str, ...]
    escapes: tuple[Escape, ...]
    doubts: tuple[Doubt, ...]
    needless: tuple[Needless, ...]

    @property
    def answer(self) -> Answer:
        """FAIL where somebody can leave it, UNKNOWN where that was not settled, otherwise PASS."""
        return "FAIL" if self.escapes else "UNKNOWN" if self.doubts else "PASS"


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks boundaries of one estate; what is found for one serves the others."""

    asker: Asker
    reacher: Reacher
    by_resources: ByResources
    aim: Aim

    @classmethod
    def of(cls, estate: Estate, aim: Aim) -> Checker:
        """A checker that has asked nothing yet."""
        asker = Asker(estate)
        return cls(asker, Reacher(asker), ByResources(asker), aim)

    def checked(self, bound: Bound) -> Checked:
        """What is found of the boundary, for each principal that it binds."""
        aim = self.aim
        allowed = accepted_with(self.asker, bound, aim.allowed)
        guarded = Guarded(bound, allowed, aim.protected, aim.forbidden, aim.limit)
        search = Search(self.asker, self.reacher, Outside(self.asker, guarded, self.by_resources))
        escapes = tuple(escape for arn in bound.principals for escape in search.escapes(arn))
        doubts = tuple(dict.fromkeys((*_not_known(bound), *search.doubts)))
        return Checked(bound, allowed, escapes, doubts, tuple(needless(self.asker, bound)))


def _not_known(bound: Bound) -> Iterator[Doubt]:
    if bound.policy is None:
        why = f"what {bound.boundary} says is not known from the snapshot"
        yield from (Doubt(arn, why) for arn in bound.principals)


def needless(asker: Asker, bound: Bound) -> Iterator[Needless]:
    """The statements and actions of a boundary that none of those whom it binds is granted."""
    granted = reduce(or_, (asker.granted(arn)[0] for arn in bound.principals), 0)
    for index, one in enumerate(bound.policy.statements if bound.policy else ()):
        if not action_index().bits_of_statement(one) & granted:
            yield Needless(index, one.sid, one.effect)
        elif not one.is_not_action:
            unused = tuple(_unused(one, granted))
            if unused:
                yield Needless(index, one.sid, one.effect, unused[:_MOST_NAMED])


def _unused(one: Statement, granted: int) -> Iterator[str]:
    return (text for text in one.actions if not action_index().bits_of(text) & granted)


def boundary_named(bounds: Sequence[Bound], text: str) -> Sequence[Bound]:
    """The boundaries in use of this ARN, or this name with or without its path."""
    return [one for one in bounds if text in _titles(one.boundary)]


def _titles(arn: str) -> tuple[str, ...]:
    name = arn.partition(":policy/")[2]
    return (arn, name, name.rpartition("/")[2])
