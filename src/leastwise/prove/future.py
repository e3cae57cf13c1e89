"""Action names that the catalogue does not know, such as those that AWS will add: in classes as the known ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import Final

from leastwise.decide.policies import Entry
from leastwise.language.values.globs import glob_of
from leastwise.language.values.texts import Texts
from leastwise.prove.actions import action_index
from leastwise.prove.classes import ActionClass

_TRIED: Final = 16
"""Names of a class that are looked up before those known are left out by name."""
_NAMES: Final = glob_of("?*:?*")


@dataclass(frozen=True, slots=True)
class _Cell:
    names: Texts
    about: tuple[Entry, ...]


def future_classes(entries: Sequence[Entry], asking: Sequence[Entry], services: Iterable[str]) -> Iterator[ActionClass]:
    """Names not in the catalogue that a statement of `asking` is about, in classes that no statement tells apart.

    `services` are looked at one by one besides those that statements name. Raises TooHard.
    """
    named = dict.fromkeys((*services, *(prefix for entry in entries for prefix in _prefixes(entry))))
    for prefix in named:
        yield from _classes(Texts.globs([glob_of(f"{prefix}:?*")]), prefix, entries, asking)
    others = Texts.globs([_NAMES]) & ~Texts.globs(glob_of(f"{prefix}:*") for prefix in named)
    yield from _classes(others, None, entries, asking)


def _prefixes(entry: Entry) -> Iterator[str]:
    for pattern in entry.statement.actions:
        prefix, colon, _ = pattern.lower().partition(":")
        if colon and "*" not in prefix and "?" not in prefix:
            yield prefix


def _classes(
    domain: Texts, prefix: str | None, entries: Sequence[Entry], asking: Sequence[Entry]
) -> Iterator[ActionClass]:
    sets = {entry: _names_of(entry, prefix) for entry in entries}
    wanted = list(dict.fromkeys(sets[entry] for entry in asking))
    if all(one == _NONE for one in wanted):
        return
    union = _EVERY if _EVERY in wanted else reduce(or_, wanted)
    cells = [_Cell(domain if union == _EVERY else domain & union, ())]
    for names, several in _by_set(sets).items():
        known = _EVERY if names == union else names  # all that is wanted is among them
        cells = [part for cell in cells for part in _split(cell, known, several)]
    for cell in cells:
        example = _unknown(cell.names)
        if example is not None:
            yield ActionClass(0, frozenset(cell.about), example)


_EVERY: Final = Texts.all()
_NONE: Final = Texts.none()


def _by_set(sets: dict[Entry, Texts]) -> dict[Texts, list[Entry]]:
    found: dict[Texts, list[Entry]] = {}
    for entry, names in sets.items():
        found.setdefault(names, []).append(entry)
    return found


def _split(cell: _Cell, names: Texts, entries: list[Entry]) -> Iterator[_Cell]:
    if names == _EVERY:
        yield _Cell(cell.names, (*cell.about, *entries))
        return
    if names == _NONE:
        yield cell
        return
    inside, outside = cell.names & names, cell.names & ~names
    if not inside.is_empty():
        yield _Cell(inside, (*cell.about, *entries))
    if not outside.is_empty():
        yield _Cell(outside, cell.about)


def _names_of(entry: Entry, prefix: str | None) -> Texts:
    """The unknown names of one service, or of those not looked at by themselves, that the statement is about."""
    found = _unknown_names(entry.statement.actions, prefix)
    return ~found if entry.statement.is_not_action else found


@lru_cache(maxsize=16_384)
def _unknown_names(actions: tuple[str, ...], prefix: str | None) -> Texts:
    of_services, of_any = _by_service(actions)
    patterns = (*of_services.get(prefix, ()), *of_any) if prefix else of_any
    if any(pattern in ("*", "*:*", f"{prefix}:*") for pattern in patterns):
        return _EVERY
    return Texts.globs(glob_of(pattern) for pattern in patterns if action_index().index_of(pattern) is None)


@lru_cache(maxsize=4096)
def _by_service(actions: tuple[str, ...]) -> tuple[dict[str, list[str]], list[str]]:
    """The patterns by the service that they name, and those of any, in lower case."""
    of_services: dict[str, list[str]] = {}
    of_any: list[str] = []
    for pattern in dict.fromkeys(one.lower() for one in actions):
        own, colon, _ = pattern.partition(":")
        is_plain = bool(colon) and "*" not in own and "?" not in own
        (of_services.setdefault(own, []) if is_plain else of_any).append(pattern)
    return of_services, of_any


def _unknown(names: Texts) -> str | None:
    """A name of the set that the catalogue does not know; None when it knows them all."""
    index = action_index()
    tried = names.members(_TRIED)
    found = next((name for name in tried if index.index_of(name) is None), None)
    if found is not None or len(tried) < _TRIED:
        return found
    known = Texts.literals(name for name in index.lowered if name in names)
    return (names & ~known).member()
