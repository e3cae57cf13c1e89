"""Actions as a boundary lets them through: as narrow as its quota has room for, each widening told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from leastwise.catalogue.load import Catalogue
from leastwise.model.errors import InputError
from leastwise.model.policy import Statement
from leastwise.prove.actions import action_index
from leastwise.synthesize.action_names import words
from leastwise.synthesize.fit import weight
from leastwise.synthesize.wildcards import compressed

Level = Literal["actions", "same", "reading", "verbs", "service"]
LEVELS: Final[tuple[Level, ...]] = ("actions", "same", "reading", "verbs", "service")
"""Each action by name; patterns of no other action; patterns by verb for what reads; by verb for all; the service."""
_READING: Final = frozenset({"List", "Read"})
_SID: Final = "Ceiling"


@dataclass(frozen=True, slots=True)
class Width:
    """How a service's actions are let through, and which known actions besides those that were needed."""

    service: str
    level: Level
    patterns: tuple[str, ...]
    needed: int
    more: tuple[str, ...]


def fitted(
    actions: Collection[str], services: Collection[str], *, room: int, catalogue: Catalogue, level: Level = "actions"
) -> tuple[Statement, tuple[Width, ...]]:
    """One Allow statement within `room` characters for the actions, and for all of the services, and how wide it is.

    `level` is the narrowest that is tried. Raises InputError where not even whole services fit.
    """
    by_service: dict[str, list[str]] = defaultdict(list)
    for action in actions:
        by_service[action.partition(":")[0].lower()].append(action)
    levels: dict[str, Level] = dict.fromkeys(sorted(by_service), level)
    levels |= dict.fromkeys(services, "service")
    if level == "actions" and _length(_patterns(by_service, levels, catalogue)) > room:
        same = _same(by_service, levels, room, catalogue)
        if same is not None:
            return same
    for wider in LEVELS[2:]:
        while _length(_patterns(by_service, levels, catalogue)) > room:
            chosen = _best(by_service, levels, wider, catalogue)
            if chosen is None:
                break
            levels[chosen] = wider
    found = _patterns(by_service, levels, catalogue)
    if _length(found) > room:
        raise InputError(
            f"{len(levels)} services do not fit into one boundary, even whole", help="bind fewer principals by it"
        )
    widths = [_width(one, levels[one], found[one], by_service.get(one, ())) for one in sorted(found)]
    return _statement(found), tuple(widths)


def _same(
    by_service: Mapping[str, Sequence[str]], levels: Mapping[str, Level], room: int, catalogue: Catalogue
) -> tuple[Statement, tuple[Width, ...]] | None:
    """Patterns that take in no known action besides; None where these do not fit either."""
    whole = _statement(_patterns(by_service, levels, catalogue))
    found = compressed([whole], room=room, catalogue=catalogue)
    if found is None or weight(found.statements[0]) > room:
        return None
    statement = found.statements[0]
    widths = []
    for service in sorted(levels):
        own = tuple(one for one in statement.actions if one.lower().startswith(f"{service}:"))
        needed = by_service.get(service, ())
        level: Level = levels[service] if set(own) <= {*needed, f"{service}:*"} else "same"
        widths.append(_width(service, level, own, needed))
    return statement, tuple(widths)


def _best(
    by_service: Mapping[str, Sequence[str]], levels: Mapping[str, Level], wider: Level, catalogue: Catalogue
) -> str | None:
    """The service that becomes shortest by this level; None where none does."""
    saved = {}
    for service, level in levels.items():
        if LEVELS.index(level) < LEVELS.index(wider):
            now, then = (_of_service(service, by_service[service], one, catalogue) for one in (level, wider))
            saved[service] = sum(map(len, now)) + 3 * len(now) - sum(map(len, then)) - 3 * len(then)
    best = max(sorted(saved), key=lambda one: saved[one], default=None)
    return best if best is not None and saved[best] > 0 else None


def _patterns(
    by_service: Mapping[str, Sequence[str]], levels: Mapping[str, Level], catalogue: Catalogue
) -> dict[str, tuple[str, ...]]:
    return {
        service: _of_service(service, by_service.get(service, ()), level, catalogue)
        for service, level in levels.items()
    }


def _of_service(service: str, actions: Sequence[str], level: Level, catalogue: Catalogue) -> tuple[str, ...]:
    if level == "service":
        return (f"{service}:*",)
    names = sorted(actions, key=str.lower)
    return tuple(names) if level in ("actions", "same") else tuple(_by_verb(service, names, level, catalogue))


def _by_verb(service: str, names: Sequence[str], level: Level, catalogue: Catalogue) -> Iterator[str]:
    """The actions of one first word as a pattern, where there are several; for `reading` only if all of them read."""
    by_verb: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_verb[words(name.partition(":")[2])[0]].append(name)
    for verb, several in sorted(by_verb.items()):
        pattern = f"{service}:{verb}*"
        known = action_index().actions(action_index().bits_of(pattern))
        is_meant = level == "verbs" or all(one.access_level in _READING for one in known)
        yield from (pattern,) if len(several) > 1 and is_meant else several


def _statement(found: Mapping[str, Sequence[str]]) -> Statement:
    return Statement(_SID, tuple(text for service in sorted(found) for text in found[service]), ("*",))


def _length(found: Mapping[str, Sequence[str]]) -> int:
    return weight(_statement(found))


def _width(service: str, level: Level, patterns: Sequence[str], needed: Sequence[str]) -> Width:
    index, bits, own = action_index(), 0, 0
    for text in patterns:
        bits |= index.bits_of(text)
    for text in needed:
        own |= index.bits_of(text)
    return Width(service, level, tuple(patterns), len(needed), index.told(bits & ~own))
