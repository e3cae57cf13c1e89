"""Unused actions that may be needed beside the used ones, each with what speaks for it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.services import Action
from leastwise.synthesize.neighbours import Neighbours, nearest
from leastwise.synthesize.nouns import READING, Name, Names, Noun, are_partners, is_near, names_of, parsed

FEATURES: Final = (
    "always",
    "reads what is used",
    "partner of a use",
    "reads what is near",
    "tags what is created",
    "uses of the noun",
    "share of the noun in use",
    "neighbours",
    "likeness",
    "neighbours by likeness",
    "neighbours by share of the service",
    "tagging",
    "service in use",
    "share of the service in use",
    "share of the level in use",
    "share of the verb in use",
    "size",
    "commonness",
)
"""What each place of a candidate's features is about."""

_RARE: Final = 1e-3


class Signs(NamedTuple):
    """What speaks for an unused action: the uses that it goes with, and how many of how many neighbours have it."""

    is_reading: bool
    partners: tuple[str, ...]
    same_noun: tuple[str, ...]
    near_noun: tuple[str, ...]
    created: tuple[str, ...]
    having: int
    neighbours: int


class Candidate(NamedTuple):
    """An unused action, what speaks for it, and all that as numbers."""

    action: str
    signs: Signs
    features: tuple[float, ...]


@dataclass(slots=True)
class _Counts:
    """How much of a service is in use, and the uses of each noun."""

    uses: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    verbs: Counter[str] = field(default_factory=Counter)
    nouns: dict[Noun, list[str]] = field(default_factory=dict)


_NONE: Final = _Counts()


@dataclass(frozen=True, slots=True)
class _Around:
    """All that the used actions tell, counted once for all candidates."""

    used: Mapping[str, Name]
    services: Mapping[str, _Counts]
    held: Mapping[str, int]
    neighbours: int
    likeness: float
    known: Neighbours
    catalogue: Catalogue


def candidates(used: Collection[str], *, catalogue: Catalogue, known: Neighbours) -> tuple[Candidate, ...]:
    """Every unused action about a used noun or one near to it, every tagging beside a creation, and all that
    neighbours have; in the order of their names."""
    around = _around(used, catalogue, known)
    names = {name for name in (*_by_name(around), *around.held) if name not in around.used}
    actions = (catalogue.action(name) for name in sorted(names))
    return tuple(_candidate(action, around) for action in actions if action)


def _around(used: Collection[str], catalogue: Catalogue, known: Neighbours) -> _Around:
    names = {action: parsed(action) for action in sorted(used)}
    services: dict[str, _Counts] = {}
    for action, name in names.items():
        counts = services.setdefault(name.service, _Counts())
        found = catalogue.action(action)
        counts.uses += 1
        counts.verbs[name.verb] += 1
        counts.levels[found.access_level if found else "Write"] += 1
        if name.noun:
            counts.nouns.setdefault(name.noun, []).append(action)
    neighbours = nearest(known, used)
    held = Counter(action for _, policy in neighbours for action in policy.actions)
    likeness = neighbours[0][0] if neighbours else 0.0
    return _Around(names, services, held, len(neighbours), likeness, known, catalogue)


def _by_name(around: _Around) -> Iterator[str]:
    for service, counts in around.services.items():
        names = names_of(service, around.catalogue)
        for noun in counts.nouns:
            yield from (action.name for action in names.by_noun.get(noun, ()))
            yield from (action.name for action in _reads_near(noun, names))
        if counts.verbs["create"]:
            yield from (action.name for action in names.tagging)


def _reads_near(noun: Noun, names: Names) -> Iterator[Action]:
    for action in names.by_first_word.get(noun[0], ()):
        if action.access_level in READING and is_near(noun, parsed(action.name).noun):
            yield action


def _candidate(action: Action, around: _Around) -> Candidate:
    name = parsed(action.name)
    counts = around.services.get(name.service, _NONE)
    is_reading = action.access_level in READING
    same = tuple(counts.nouns.get(name.noun, ()))
    partners = tuple(use for use in same if are_partners(around.used[use], name))
    near = _near_uses(name, counts) if is_reading and not same else ()
    created = _creations(name.service, around) if action.access_level == "Tagging" and counts.verbs["create"] else ()
    signs = Signs(is_reading, partners, same, near, created, around.held.get(action.name, 0), around.neighbours)
    return Candidate(action.name, signs, _features(signs, action, name, counts, around))


def _features(signs: Signs, action: Action, name: Name, counts: _Counts, around: _Around) -> tuple[float, ...]:
    names = names_of(name.service, around.catalogue)
    having = signs.having / max(1, signs.neighbours)
    service = counts.uses / names.count
    return (
        1.0,
        float(bool(signs.same_noun) and signs.is_reading),
        float(bool(signs.partners) and not signs.is_reading),
        float(bool(signs.near_noun)),
        float(bool(signs.created)),
        math.log1p(len(signs.same_noun)),
        len(signs.same_noun) / len(names.by_noun[name.noun]) if signs.same_noun else 0.0,
        having,
        around.likeness,
        having * around.likeness,
        having * service,
        float(action.access_level == "Tagging"),
        float(counts.uses > 0),
        service,
        counts.levels[action.access_level] / names.by_level[action.access_level],
        counts.verbs[name.verb] / names.by_verb[name.verb],
        math.log1p(len(around.used)),
        math.log(around.known.share(action.name) + _RARE),
    )


def _near_uses(name: Name, counts: _Counts) -> tuple[str, ...]:
    return tuple(use for noun, uses in counts.nouns.items() if is_near(noun, name.noun) for use in uses)


def _creations(service: str, around: _Around) -> tuple[str, ...]:
    return tuple(use for use, name in around.used.items() if name.service == service and name.verb == "create")
