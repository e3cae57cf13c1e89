"""The calls that statements rest on: how many, when, in which sessions, logged under which names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leastwise.model.policy import Statement
from leastwise.synthesize.broaden import Patterns, with_patterns
from leastwise.synthesize.grants import Conditions, Grant
from leastwise.synthesize.widen import Widening, parent_of
from leastwise.usage.observed import MOST_SESSIONS, Observed, Use
from leastwise.usage.requests import PASSED


@dataclass(frozen=True, slots=True)
class ActionEvidence:
    """The calls that one action of a statement rests on; `events` are the names under which they are logged."""

    action: str
    calls: int
    first: datetime | None
    last: datetime | None
    events: tuple[str, ...]
    inferred: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """The calls that a statement rests on; `example` is one event's id, `sessions` counts session names."""

    calls: int
    first: datetime | None
    last: datetime | None
    example: str
    sessions: int
    sessions_are_more: bool
    actions: tuple[ActionEvidence, ...]
    notes: tuple[str, ...]


Index = Mapping[tuple[str, str, str], Sequence[Use]]


def index_of(rests: Mapping[Grant, list[Use]], stands: Patterns, widenings: Sequence[Widening]) -> Index:
    """The uses by action, resource as the policy has it, and conditions."""
    patterns = {w.pattern for w in widenings}
    index: dict[tuple[str, str, str], list[Use]] = {}
    for grant, uses in rests.items():
        resource = _covering(with_patterns(grant, stands).resource, patterns)
        index.setdefault((grant.action, resource, _key(blocks_of(grant.conditions))), []).extend(uses)
    return index


def _covering(resource: str, patterns: set[str]) -> str:
    """The pattern that now stands for the resource, or the resource itself."""
    current = resource
    while current:
        if current in patterns:
            return current
        current = parent_of(current)
    return resource


def _key(blocks: Mapping[str, Mapping[str, tuple[str, ...]]]) -> str:
    return repr(sorted((o, sorted(b.items())) for o, b in blocks.items()))


def blocks_of(conditions: Conditions) -> dict[str, dict[str, tuple[str, ...]]]:
    """The conditions of a grant as a statement has them."""
    blocks: dict[str, dict[str, tuple[str, ...]]] = {}
    for operator, key, values in conditions:
        blocks.setdefault(operator, {})[key] = values
    return blocks


def evidence_of(statement: Statement, index: Index, observed: Observed) -> Evidence:
    """The calls that the statement rests on."""
    by_action = {action: _uses_of(action, statement, index) for action in statement.actions}
    uses = [use for found in by_action.values() for use in found]
    sessions = {s for use in uses for s in use.sessions}
    return Evidence(
        calls=calls_of(uses),
        first=min((u.first for u in uses if u.first), default=None),
        last=max((u.last for u in uses if u.last), default=None),
        example=observed.event_id(p for u in uses for p in u.places),
        sessions=len(sessions),
        sessions_are_more=any(len(u.sessions) >= MOST_SESSIONS for u in uses),
        actions=tuple(_action_evidence(action, found) for action, found in by_action.items()),
        notes=tuple(_notes(uses)),
    )


def _uses_of(action: str, statement: Statement, index: Index) -> list[Use]:
    key = _key(statement.conditions)
    return [u for resource in statement.resources for u in index.get((action, resource, key), ())]


def _action_evidence(action: str, uses: Sequence[Use]) -> ActionEvidence:
    return ActionEvidence(
        action=action,
        calls=calls_of(uses),
        first=min((u.first for u in uses if u.first), default=None),
        last=max((u.last for u in uses if u.last), default=None),
        events=tuple(sorted({u.event_name for u in uses})),
        inferred=", ".join(sorted({u.inferred for u in uses if u.inferred})),
    )


def calls_of(uses: Iterable[Use]) -> int:
    """Events behind the uses, each once: one call may have needed several actions and resources."""
    places = {(p.part, p.evidence): p.events for use in uses for p in use.places}
    return sum(places.values())


def _notes(uses: Sequence[Use]) -> Iterable[str]:
    if any(u.inferred == PASSED for u in uses):
        yield "iam:PassRole is never logged: it is inferred from the role in the requests"
    if any(u.inferred and u.inferred != PASSED for u in uses):
        yield "inferred from what the service says it called for the caller"
    if any(u.how == "pattern" for u in uses):
        yield "a `*` in a resource stands where AWS chooses the id or the record tells only a prefix"
    if any(u.is_guess for u in uses):
        yield "the action of an event is a guess from its name"
    if any(u.via for u in uses):
        services = ", ".join(sorted({u.via for u in uses if u.via}))
        yield f"some calls were made by {services} with the principal's own permissions"
