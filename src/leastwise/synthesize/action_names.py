"""The action names that are known, service by service, and the words that a name is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.services import AccessLevel

Levels = Mapping[str, AccessLevel]
"""The actions of one service by their short names, each with its access level."""

Known = Mapping[str, Levels]
"""Service prefix, in lower case, to its actions."""

CHANGING: frozenset[AccessLevel] = frozenset({"Write", "Permissions management"})
"""Levels at which an action that nobody meant to grant does harm by itself."""

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Listed:
    """What the action patterns of one service in one list match: names as the catalogue writes them."""

    prefix: str
    names: tuple[str, ...]
    others: tuple[str, ...]
    levels: Levels


def known_of(catalogue: Catalogue, prefixes: Iterable[str]) -> Known:
    """The actions of these services in the catalogue; a prefix that it does not know has none."""
    return {prefix: _levels(catalogue, prefix) for prefix in {p.lower() for p in prefixes}}


@lru_cache(maxsize=1024)
def _levels(catalogue: Catalogue, prefix: str) -> Levels:
    service = catalogue.service(prefix)
    actions = service.actions.values() if service else ()
    return {action.name.partition(":")[2]: action.access_level for action in actions}


@lru_cache(maxsize=65_536)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in capitals and small letters: `DescribeDBClusters` is `Describe`, `DB`, `Clusters`."""
    return tuple(_WORD.findall(name))


@lru_cache(maxsize=65_536)
def boundaries(name: str) -> tuple[int, ...]:
    """Where words of the name end, its own end with them."""
    ends: list[int] = []
    for word in words(name):
        ends.append((ends[-1] if ends else 0) + len(word))
    return tuple(ends)
