"""Which actions a statement is about, letter by letter, and in how many ways several may be about an unknown one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from leastwise.catalogue.load import load_catalogue
from leastwise.decide.policies import Entry
from leastwise.model.errors import RequestError
from leastwise.model.policy import Statement
from leastwise.prove.checking.patterns import Pattern, fits, written

_MOST_STATES: Final = 200_000


@lru_cache(maxsize=65_536)
def _pattern(text: str) -> Pattern:
    return written(text.lower(), has_escapes=False, has_wildcards=True)


def names_action(statement: Statement, action: str) -> bool:
    """Whether the statement's Action or NotAction takes in the action, given in lower case."""
    return _is_named(statement.actions, action) is not statement.is_not_action


@lru_cache(maxsize=262_144)
def _is_named(actions: tuple[str, ...], action: str) -> bool:
    prefix = action.partition(":")[0]
    for text in actions:
        own, colon, _ = text.lower().partition(":")
        if colon and own != prefix and "*" not in own and "?" not in own:
            continue
        if text == "*" or fits(action, (_pattern(text),)):
            return True
    return False


def future_signatures(entries: Sequence[Entry], services: Iterable[str]) -> Iterator[tuple[str, frozenset[Entry]]]:
    """For each way in which the statements may be about an unknown action of some service, a name and the statements.

    The patterns are read side by side, a letter at a time, but those that are a known action's name. Raises
    RequestError when there are too many ways.
    """
    prefixes = dict.fromkeys(services)
    for entry in entries:
        for text in entry.statement.actions:
            own, colon, _ = text.lower().partition(":")
            if colon and "*" not in own and "?" not in own:
                prefixes[own] = None
    for prefix in prefixes:
        yield from _ways(entries, f"{prefix}:")
    yield from _ways(entries, f"{_another(prefixes)}:")


def _another(prefixes: Iterable[str]) -> str:
    """A service that no statement names."""
    taken = set(prefixes)
    return next(name for number in range(len(taken) + 1) if (name := f"x{number}") not in taken)


def _ways(entries: Sequence[Entry], head: str) -> Iterator[tuple[str, frozenset[Entry]]]:
    patterns: dict[str, int] = {}
    for entry in entries:
        for text in entry.statement.actions:
            if _may_begin(text.lower(), head) and not is_known(text.lower()):
                patterns.setdefault(text.lower(), len(patterns))
    steps = [_pattern(text) for text in patterns]
    seen: dict[frozenset[int], str] = {}
    for name, fitting in _names(steps, head):
        if fitting not in seen:
            seen[fitting] = name
            fits_now = frozenset(text for text, number in patterns.items() if number in fitting)
            yield name, frozenset(entry for entry in entries if _is_about(entry.statement, fits_now))


def _is_about(statement: Statement, fitting: frozenset[str]) -> bool:
    return any(text.lower() in fitting for text in statement.actions) is not statement.is_not_action


@lru_cache(maxsize=65_536)
def is_known(action: str) -> bool:
    """Whether the catalogue has the action, given in lower case."""
    prefix, colon, name = action.partition(":")
    service = load_catalogue().service(prefix) if colon and not set(action) & {"*", "?"} else None
    return service is not None and name in service.actions


def _may_begin(text: str, head: str) -> bool:
    own, colon, _ = text.partition(":")
    return not colon or "*" in own or "?" in own or f"{own}:" == head


State = tuple[frozenset[int], ...]


def _names(patterns: Sequence[Pattern], head: str) -> Iterator[tuple[str, frozenset[int]]]:
    """Names beginning with `head`, one for each state that the patterns can be in, with the patterns that fit."""
    letters = [*sorted({x for p in patterns for step in p for x in step.letters.listed if x != ":"} | {"~"})]
    state: State = tuple(_closed(pattern, {0}) for pattern in patterns)
    for letter in head:
        state = _after(patterns, state, letter)
    queue, seen = [(head, state)], {state}
    while queue:
        name, state = queue.pop(0)
        for letter in letters:
            following = _after(patterns, state, letter)
            if following in seen:
                continue
            seen.add(following)
            if len(seen) > _MOST_STATES:
                raise RequestError("the statements may be about an action in too many ways")
            queue.append((name + letter, following))
            yield name + letter, frozenset(n for n, p in enumerate(patterns) if len(p) in following[n])


def _after(patterns: Sequence[Pattern], state: State, letter: str) -> State:
    found = []
    for pattern, places in zip(patterns, state, strict=True):
        following = set()
        for place in places:
            if place < len(pattern) and letter in pattern[place].letters:
                following.add(place if pattern[place].repeats else place + 1)
        found.append(_closed(pattern, following))
    return tuple(found)


def _closed(pattern: Pattern, places: set[int]) -> frozenset[int]:
    """The places, and those after a step that may be left out."""
    found = set(places)
    todo = list(places)
    while todo:
        place = todo.pop()
        if place < len(pattern) and pattern[place].repeats and place + 1 not in found:
            found.add(place + 1)
            todo.append(place + 1)
    return frozenset(found)
