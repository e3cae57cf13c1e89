"""What a proposal grants beyond the exact calls, on purpose: patterns of resources, and actions nobody used yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.model.arn import literal
from leastwise.synthesize.buffer import Buffered, Setting, buffered, granted
from leastwise.synthesize.generalise import Generalised, Seen, generalised
from leastwise.synthesize.grants import Grant
from leastwise.usage.observed import Use
from leastwise.usage.resources import RECORDED, REQUESTED, UNSCOPED

EVERY: Final = "*"
BUFFER: Final = "buffer"
_RECHECK_AFTER: Final = timedelta(days=90)
_LEAST: Final = 4
"""A pattern that stands for fewer resources than this makes nothing shorter, and is not worth what it adds."""

_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Patterns:
    """The pattern that stands for each resource, and those that somebody should look at first."""

    applied: Mapping[str, Generalised]
    suggested: tuple[Generalised, ...]


NO_PATTERNS: Final = Patterns({}, ())


def patterns_of(rests: Mapping[Grant, Sequence[Use]]) -> Patterns:
    """Patterns for the resources that the calls named, each of whose parts came up again and again with new values."""
    days: dict[str, list[int]] = {}
    for grant, uses in rests.items():
        for use in uses:
            if grant.scope in (RECORDED, REQUESTED) and grant.resource == literal(use.resource):
                days.setdefault(use.resource, []).extend(_days(use))
    seen = [Seen(resource, min(found), max(found)) for resource, found in days.items() if found]
    if not seen:
        return NO_PATTERNS
    span = min(one.first for one in seen), max(one.last for one in seen)
    found = generalised(seen, span=span)
    several = [one for one in found if len(one.members) >= _LEAST]
    applied = {literal(member): one for one in several if one.is_applied for member in one.members}
    return Patterns(applied, tuple(one for one in several if not one.is_applied))


def _days(use: Use) -> Iterator[int]:
    return (int(time.timestamp()) // _SECONDS for time in (use.first, use.last) if time is not None)


@dataclass(frozen=True, slots=True)
class Extra:
    """An action that is granted without use: on what, how probably it is needed, why, and when to look at it again."""

    action: str
    resources: tuple[str, ...]
    probability: float
    weight: int
    reasons: tuple[str, ...]
    recheck: datetime | None


@dataclass(frozen=True, slots=True)
class Buffer:
    """The actions that are granted without use, and those that are worth asking somebody about first."""

    extras: tuple[Extra, ...] = ()
    to_ask: tuple[Buffered, ...] = ()


def buffer_of(
    grants: Iterable[Grant],
    *,
    catalogue: Catalogue,
    setting: Setting,
    siblings: Sequence[Collection[str]],
    accepted: frozenset[str],
    newest: datetime | None,
) -> Buffer:
    """The buffer around the grants; each action on resources that the used actions of its kind are on."""
    held = list(grants)
    used = {grant.action for grant in held}
    found = buffered(used, catalogue=catalogue, setting=setting, siblings=siblings, accepted=accepted)
    let_in = granted(found, accepted)
    recheck = None if newest is None else datetime.combine((newest + _RECHECK_AFTER).date(), datetime.min.time(), UTC)
    extras = [
        Extra(one.action, _resources(one.action, held, catalogue), one.probability, one.weight, one.reasons, recheck)
        for one in found
        if one.action in let_in
    ]
    return Buffer(tuple(extras), tuple(one for one in found if one.action not in let_in))


def _resources(action: str, held: Iterable[Grant], catalogue: Catalogue) -> tuple[str, ...]:
    """What used actions of the service are on that take the same types of resource; `*` where there is no such."""
    known = catalogue.action(action)
    types = {use.name for use in known.resource_types} if known else set()
    if not types:
        return (EVERY,)
    prefix = action.partition(":")[0]
    found = {
        grant.resource
        for grant in held
        if grant.resource != EVERY
        and grant.action.partition(":")[0] == prefix
        and (other := catalogue.action(grant.action)) is not None
        and types & {use.name for use in other.resource_types}
    }
    return tuple(sorted(found)) or (EVERY,)


def grants_of_buffer(extras: Iterable[Extra]) -> list[Grant]:
    """The grants that the buffer adds."""
    return [
        Grant(one.action, resource, UNSCOPED if resource == EVERY else BUFFER, ())
        for one in extras
        for resource in one.resources
    ]


def with_patterns(grant: Grant, patterns: Patterns) -> Grant:
    """The grant on the pattern that stands for its resource, where one does."""
    found = patterns.applied.get(grant.resource)
    return grant if found is None else replace(grant, resource=found.pattern)
