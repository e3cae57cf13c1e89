"""How a principal leaves its permissions boundary: each way as steps, every one of them a request that is allowed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from leastwise.estate.assemble import Holder
from leastwise.estate.held import User
from leastwise.language.matching import names_action
from leastwise.model.policy import Conditions
from leastwise.model.request import Request
from leastwise.synthesize.guardrails.outside import Guarded, Outside
from leastwise.synthesize.guardrails.possible import NONE, Asker, Found
from leastwise.synthesize.guardrails.reached import Reacher, Step, boundary_keys
from leastwise.synthesize.guardrails.ways import (
    ASSIGNING,
    ASSIGNS,
    CREATES,
    CREATING,
    DETACHES,
    DETACHING,
    EDITING,
    EDITING_OF_ORGANIZATIONS,
    EDITS,
    FORBIDDEN,
    IDENTITY_CENTER,
    OPENING,
    OPENS,
    REMOVES,
    REMOVING,
    REPLACES,
    REPLACING,
    Way,
)

_KEY: Final = "iam:PermissionsBoundary"
_ASSUME: Final = "sts:AssumeRole"
_COLONS: Final = 5
_MOST_STEPS: Final = 8
_DERIVED: Final = ("aws:principalorg", "aws:resourceorg", "aws:principaltag", "aws:resourcetag")


@dataclass(frozen=True, slots=True)
class Escape:
    """A way in which a principal leaves the boundary; `also` are other calls that do the same as the last step."""

    way: Way
    principal: str
    boundary: str
    steps: tuple[Step, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """What could not be settled of a principal, and why."""

    principal: str
    why: str


@dataclass
class Search:
    """Looks for the escapes of principals under one boundary."""

    asker: Asker
    reacher: Reacher
    outside: Outside
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def guarded(self) -> Guarded:
        """What is asked."""
        return self.outside.guarded

    def escapes(self, arn: str) -> tuple[Escape, ...]:
        """Every way that the principal has, one for each thing that it gains; each replayed before it is told."""
        self._unread(arn)
        found = []
        for one in chain.from_iterable(look(arn) for look in self._looks):
            if self._is_replayed(one):
                found.append(one)
            else:
                self._doubt(arn, f"{one.way.name}: the steps found are not allowed when they are decided again")
        return tuple(found)

    @property
    def _looks(self) -> tuple[Callable[[str], Iterator[Escape]], ...]:
        return (
            self._creates,
            self._others,
            self._edits,
            self._detaches,
            self._forbidden,
            self._chains,
            self._opens,
            self._assigns,
        )

    def _is_replayed(self, escape: Escape) -> bool:
        return all(self.asker.confirmed(request) is not None for step in escape.steps for request in step.requests)

    def _doubt(self, arn: str, why: str) -> None:
        self.doubts.append(Doubt(arn, why))

    def _taken(self, arn: str, found: Found) -> Request | None:
        if found.request is None and found.doubt:
            self._doubt(arn, found.doubt)
        return found.request

    def _escape(self, arn: str, way: Way, to: str, requests: Sequence[Request]) -> Escape:
        step = Step(way, arn, to, tuple(requests[:1]))
        also = tuple(dict.fromkeys(one.action for one in requests[1:] if one.action != requests[0].action))
        return Escape(way, arn, self.guarded.bound.boundary, (step,), also)

    @property
    def _not_allowed(self) -> Conditions:
        return {"StringNotEquals": {_KEY: self.guarded.allowed}}

    def _creates(self, arn: str) -> Iterator[Escape]:
        """A user or a role is made without one of the boundaries."""
        made = []
        for action, kind in CREATING.items():
            found = self.asker.anywhere(arn, action, _every(arn, kind), conditions=self._not_allowed)
            request = self._taken(arn, found)
            made += [] if request is None else [request]
        if made:
            yield self._escape(arn, CREATES, made[0].resource, made)

    def _others(self, arn: str) -> Iterator[Escape]:
        """The boundary of a principal that has it is taken off, or another is put in its place."""
        removed: list[Request] = []
        replaced: list[Request] = []
        for other in self._bound_like(arn):
            kind = "user" if isinstance(other, User) else "role"
            off = self.asker.on(arn, REMOVING[kind], other.arn, context=boundary_keys(other))
            put = self.asker.anywhere(arn, REPLACING[kind], other.arn, conditions=self._not_allowed)
            removed += filter(None, [self._taken(arn, off)])
            replaced += filter(None, [self._taken(arn, put)])
        for request in self._made_within(arn):
            kind = "user" if request.action == "iam:CreateUser" else "role"
            put = self.asker.anywhere(arn, REPLACING[kind], request.resource, conditions=self._not_allowed)
            replaced += filter(None, [self._taken(arn, put)])
        for kind in ("role", "user"):
            has_it: Conditions = {"StringEquals": {_KEY: self.guarded.allowed}}
            later = self.asker.anywhere(arn, REMOVING[kind], _every(arn, kind), conditions=has_it)
            removed += filter(None, [self._taken(arn, later)])
        if removed:
            yield self._escape(arn, REMOVES, removed[0].resource, removed)
        if replaced:
            yield self._escape(arn, REPLACES, replaced[0].resource, replaced)

    def _made_within(self, arn: str) -> Iterator[Request]:
        """The making of a user and of a role with one of the boundaries."""
        within: Conditions = {"StringEquals": {_KEY: self.guarded.allowed}}
        for action, kind in CREATING.items():
            found = self.asker.anywhere(arn, action, _every(arn, kind), conditions=within)
            if found.request is not None:
                yield found.request

    def _bound_like(self, arn: str) -> Iterator[Holder]:
        """The principal itself, and the others of its account that the boundary binds."""
        bound = self.guarded.bound.principals
        for one in dict.fromkeys((arn, *bound)):
            if one.split(":")[4] == arn.split(":")[4]:
                yield self.asker.estate.holders[one]

    def _edits(self, arn: str) -> Iterator[Escape]:
        """The boundary itself is changed."""
        for policy in self.guarded.allowed:
            if policy.split(":")[4] == arn.split(":")[4]:
                found = [self._taken(arn, self.asker.on(arn, action, policy)) for action in EDITING]
                requests = [one for one in found if one is not None]
                if requests:
                    yield self._escape(arn, EDITS, policy, requests)

    def _detaches(self, arn: str) -> Iterator[Escape]:
        """A policy that guards is changed, or detached from somebody."""
        for policy in self.guarded.protected:
            requests = [one for one in (self._taken(arn, found) for found in self._undone(arn, policy)) if one]
            if requests:
                yield self._escape(arn, DETACHES, policy, requests)

    def _undone(self, arn: str, policy: str) -> Iterator[Found]:
        if ":organizations:" in policy:
            yield from (self.asker.on(arn, action, policy) for action in EDITING_OF_ORGANIZATIONS)
            return
        if policy.split(":")[4] == arn.split(":")[4]:
            yield from (self.asker.on(arn, action, policy) for action in EDITING)
        for action, kind in DETACHING.items():
            yield self.asker.anywhere(arn, action, _every(arn, kind), context={"iam:PolicyARN": policy})

    def _opens(self, arn: str) -> Iterator[Escape]:
        """The policy of a resource is written, for actions of its service that the boundary does not name."""
        limit = self.guarded.bound.policy
        if limit is None:
            return
        for action in OPENING:
            left = self.outside.left_by(limit, f"{action.partition(':')[0]}:*")
            found = self.asker.anywhere(arn, action, "*") if left and self.asker.may_grant(arn, action) else NONE
            request = self._taken(arn, found)
            if request is not None:
                yield self._escape(arn, OPENS, request.resource, [request])

    def _assigns(self, arn: str) -> Iterator[Escape]:
        """People get permissions by Identity Center, where the account administers it."""
        estate, account = self.asker.estate, arn.split(":")[4]
        tree = estate.tree_of(account)
        if tree is None or account not in (
            tree.organization.management_account,
            *(one.account for one in tree.organization.delegations if IDENTITY_CENTER in one.services),
        ):
            return
        found = [self._taken(arn, self.asker.anywhere(arn, action, "*")) for action in ASSIGNING]
        requests = [one for one in found if one is not None]
        if requests:
            yield self._escape(arn, ASSIGNS, requests[0].resource, requests)

    def _unread(self, arn: str) -> None:
        """Roles that the principal may assume, named in accounts that the snapshot does not hold, stay open."""
        if not self.asker.may_grant(arn, _ASSUME):
            return
        for parsed in self.asker.estate.identity(self.asker.estate.holders[arn]):
            for one in parsed.policy.statements:
                if one.effect == "Allow" and not one.is_not_resource and names_action(one, _ASSUME.lower()):
                    for text in one.resources:
                        account = text.split(":")[4] if text.count(":") >= _COLONS else ""
                        if account.isdigit() and not self.asker.estate.is_read(account):
                            self._doubt(arn, f"it may assume {text}: account {account} is not in the snapshot")

    def _chains(self, arn: str) -> Iterator[Escape]:
        """The shortest steps to each principal as which more may be done than the boundary lets through."""
        waiting: deque[tuple[str, tuple[Step, ...]]] = deque([(arn, ())])
        seen = {(arn, False)}
        while waiting:
            at, way = waiting.popleft()
            known = self.reacher.steps(at)
            for step in known.found:
                gained = (step.to, step.is_grant)
                if gained in seen or (step.is_grant and self.outside.is_accepted(step.to)):
                    continue
                seen.add(gained)
                end = self._end(arn, step)
                if end is not None:
                    yield Escape(step.way, arn, self.guarded.bound.boundary, (*way, step, *end))
                elif len(way) + 1 < _MOST_STEPS:
                    waiting.append((step.to, (*way, step)))
            for to, why in known.doubts:
                if (to, False) not in seen and self.outside.is_open(to):
                    self._doubt(arn, why)

    def _end(self, arn: str, step: Step) -> tuple[Step, ...] | None:
        """What more may be done after the step; None where nothing more may."""
        if step.is_grant:
            return ()
        found = self.outside.beyond(step.to)
        request = self._taken(arn, found)
        return None if request is None else (Step(FORBIDDEN, step.to, request.resource, (request,)),)

    def _forbidden(self, arn: str) -> Iterator[Escape]:
        """What is said to be forbidden, and the principal may do by itself."""
        if self.guarded.has_own_aim:
            request = self._taken(arn, self.outside.beyond(arn))
            if request is not None:
                yield self._escape(arn, FORBIDDEN, request.resource, [request])


def _every(arn: str, kind: str) -> str:
    """Every user, role or group of the principal's account."""
    head = arn.split(":")
    return f"arn:{head[1]}:iam::{head[4]}:{kind}/*"


def chosen(request: Request, before: str) -> str:
    """What of the request's context was chosen, without what the snapshot tells, after `before`; empty for nothing."""
    told = [
        f"{key} {'absent' if value is None else value}"
        for key, value in request.context.items()
        if not key.lower().startswith(_DERIVED)
    ]
    return f"{before}({', '.join(told)})" if told else ""
