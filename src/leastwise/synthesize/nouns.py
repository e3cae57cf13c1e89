"""What the name of an action tells: its verb, its noun, and the verbs that belong together over a thing's life."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.services import Action

Noun = tuple[str, ...]
"""Words of a noun in lower case and singular; none for a name that is a verb alone."""

READING: Final = frozenset({"List", "Read"})
_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_VERSION: Final = re.compile(r"V[0-9]+$")
_KEEPS_ITS_S: Final = ("ss", "us", "is", "ws", "dns", "sns", "sqs", "rds", "kms", "ecs", "eks")
_IRREGULAR: Final = MappingProxyType(
    {"alias": "alias", "aliases": "alias", "buses": "bus", "caches": "cache", "indices": "index", "statuses": "status"}
)

_PAIRS: Final = (
    ("create", "delete update modify describe"),
    ("put", "delete"),
    ("attach", "detach"),
    ("associate", "disassociate"),
    ("add", "remove"),
    ("start", "stop cancel"),
    ("enable", "disable"),
    ("register", "deregister unregister update"),
    ("allocate", "release deallocate"),
    ("authorize", "revoke"),
    ("grant", "revoke"),
    ("tag", "untag"),
    ("subscribe", "unsubscribe"),
    ("import", "delete"),
    ("upload", "delete"),
    ("run", "terminate stop start"),
    ("request", "cancel release"),
    ("suspend", "resume"),
    ("activate", "deactivate"),
    ("accept", "reject"),
    ("lock", "unlock"),
    ("pause", "resume"),
    ("open", "close"),
    ("purchase", "cancel"),
    ("invite", "disassociate"),
    ("submit", "cancel"),
    ("initiate", "complete abort"),
    ("publish", "delete"),
    ("set", "get unset"),
    ("copy", "delete"),
    ("restore", "delete"),
)


def _both_ways() -> Mapping[str, frozenset[str]]:
    partners: dict[str, set[str]] = {}
    for first, later in _PAIRS:
        for other in later.split():
            partners.setdefault(first, set()).add(other)
            partners.setdefault(other, set()).add(first)
    return MappingProxyType({verb: frozenset(others) for verb, others in partners.items()})


PARTNERS: Final = _both_ways()
"""Each verb with those that begin, change or end what it begins, changes or ends."""


@dataclass(frozen=True, slots=True)
class Name:
    """The parts of one action's name."""

    service: str
    verb: str
    noun: Noun


@lru_cache(maxsize=65_536)
def parsed(action: str) -> Name:
    """`ec2:DescribeInstances` is `describe` and `instance`; `BatchGet…` is a `get`."""
    service, _, short = action.partition(":")
    words = [word.lower() for word in _WORD.findall(_VERSION.sub("", short))]
    if len(words) > 1 and words[0] == "batch":
        words = words[1:]
    return Name(service.lower(), words[0] if words else "", tuple(map(_singular, words[1:])))


def are_partners(one: Name, other: Name) -> bool:
    """Whether the two belong to the life of one thing, as create and delete do."""
    return _is_about_one(one, other) and other.verb in PARTNERS.get(one.verb, frozenset())


def is_near(one: Noun, other: Noun) -> bool:
    """Whether one noun is a part of the other from its beginning, as `instance` is of `instance status`."""
    shorter, longer = sorted((one, other), key=len)
    return 0 < len(shorter) < len(longer) and longer[: len(shorter)] == shorter


def _is_about_one(one: Name, other: Name) -> bool:
    return bool(one.noun) and one.noun == other.noun and one.service == other.service


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 and not word.endswith(_KEEPS_ITS_S) else word


@dataclass(frozen=True, slots=True)
class Names:
    """The actions of one service by noun, by first word of the noun, by verb, and how many of each access level."""

    by_noun: Mapping[Noun, tuple[Action, ...]]
    by_first_word: Mapping[str, tuple[Action, ...]]
    by_verb: Mapping[str, int]
    by_level: Mapping[str, int]
    tagging: tuple[Action, ...]
    count: int


@lru_cache(maxsize=1024)
def names_of(prefix: str, catalogue: Catalogue) -> Names:
    """The names of a service; none for a service that the catalogue has not."""
    service = catalogue.service(prefix)
    actions = [service.actions[key] for key in sorted(service.actions)] if service else []
    by_noun: dict[Noun, list[Action]] = {}
    by_first_word: dict[str, list[Action]] = {}
    by_verb: dict[str, int] = {}
    by_level: dict[str, int] = {}
    for action in actions:
        name = parsed(action.name)
        by_verb[name.verb] = by_verb.get(name.verb, 0) + 1
        by_level[action.access_level] = by_level.get(action.access_level, 0) + 1
        if name.noun:
            by_noun.setdefault(name.noun, []).append(action)
            by_first_word.setdefault(name.noun[0], []).append(action)
    return Names(
        {noun: tuple(found) for noun, found in by_noun.items()},
        {word: tuple(found) for word, found in by_first_word.items()},
        by_verb,
        by_level,
        tuple(action for action in actions if action.access_level == "Tagging"),
        len(actions),
    )
