"""Plain rules for what to grant beside the used actions: what a buffer has to beat."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.services import Action
from leastwise.synthesize.nouns import READING, are_partners, names_of, parsed


def noun_closure(used: Collection[str], catalogue: Catalogue) -> frozenset[str]:
    """Every other action about a used noun."""
    return frozenset(other.name for _, other in _same_noun(used, catalogue)) - frozenset(used)


def same_noun_reads(used: Collection[str], catalogue: Catalogue) -> frozenset[str]:
    """Every other action that reads or lists a used noun."""
    found = (other.name for _, other in _same_noun(used, catalogue) if other.access_level in READING)
    return frozenset(found) - frozenset(used)


def lifecycle_pairs(used: Collection[str], catalogue: Catalogue) -> frozenset[str]:
    """Every action that belongs to the life of what a used one begins, changes or ends, but for reads."""
    return frozenset(
        other.name
        for use, other in _same_noun(used, catalogue)
        if other.access_level not in READING and are_partners(parsed(use), parsed(other.name))
    ) - frozenset(used)


def service_wildcard(used: Collection[str], catalogue: Catalogue) -> frozenset[str]:
    """Every other action of the used services."""
    services = (catalogue.service(prefix) for prefix in sorted({use.partition(":")[0] for use in used}))
    return frozenset(a.name for found in services if found for a in found.actions.values()) - frozenset(used)


def _same_noun(used: Collection[str], catalogue: Catalogue) -> Iterator[tuple[str, Action]]:
    for use in used:
        name = parsed(use)
        for other in names_of(name.service, catalogue).by_noun.get(name.noun, ()):
            yield use, other
