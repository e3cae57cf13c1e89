"""Action wildcards for lists that are too long: none matches a known action outside its list and what is accepted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from leastwise.catalogue.load import Catalogue
from leastwise.model.policy import Statement
from leastwise.synthesize.action_names import Levels, Listed, known_of
from leastwise.synthesize.action_patterns import Pattern, matcher, patterns_for
from leastwise.synthesize.fit import weight
from leastwise.synthesize.pattern_cover import least_drift
from leastwise.synthesize.pattern_drift import Drift
from leastwise.synthesize.pattern_exact import proved_least_drift
from leastwise.synthesize.pattern_lists import Choice, Problem


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A pattern that took the place of names: the known actions that it matches, which of them are accepted besides
    the names, and how likely it is to match more within two years.
    """

    pattern: str
    matches: tuple[str, ...]
    beyond: tuple[str, ...]
    drift: Drift


@dataclass(frozen=True, slots=True)
class Compressed:
    """The statements in their order with patterns in place of names, and each pattern that was not there before."""

    statements: tuple[Statement, ...]
    wildcards: tuple[Wildcard, ...]


@dataclass(frozen=True, slots=True)
class _List:
    """The actions of one service in one statement; `kept` are the patterns among them as they were."""

    statement: int
    listed: Listed
    kept: tuple[str, ...]

    def problem(self) -> Problem:
        return Problem(len(self.listed.names), patterns_for(self.listed, kept=self.kept))


def compressed(
    statements: Sequence[Statement],
    *,
    room: int,
    catalogue: Catalogue,
    slack: Collection[str] = frozenset(),
    exact: bool = False,
) -> Compressed | None:
    """The statements within `room` characters together, with as little drift risk as was found; None when none fits.

    Lists after NotAction and names of no service that the catalogue knows stay as they are. Patterns match no action
    that the catalogue knows but those of their list and of `slack`. With `exact` the choice is proved to be the best;
    raises ImportError where the solver for it is not installed.
    """
    lists = [one for place, statement in enumerate(statements) for one in _lists(place, statement, catalogue, slack)]
    problems = [one.problem() for one in lists]
    held = _remaining(statements, lists)
    unmatched = sum(len(one.listed.prefix) + len(text) + 4 for one in lists for text in _unmatched(one))
    emptied = {one.statement for one in lists if not held[one.statement].actions}
    left = room - sum(map(weight, held)) - unmatched + len(emptied)  # the last action of a list has no comma
    choices = _chosen(problems, left, exact)
    if choices is None:
        return None
    return Compressed(_rewritten(held, lists, choices), tuple(_wildcards(lists, choices, slack)))


def _chosen(problems: Sequence[Problem], room: int, exact: bool) -> Sequence[Choice] | None:
    if not exact:
        return least_drift(problems, room=room)
    found = proved_least_drift(problems, room=room)
    return None if found is None else found.choices


def _lists(place: int, statement: Statement, catalogue: Catalogue, slack: Collection[str]) -> Iterator[_List]:
    """One list a service, of the action patterns that name one."""
    if statement.is_not_action:
        return
    by_service: dict[str, list[str]] = {}
    for text in statement.actions:
        if (prefix := _one_service(text)) is not None:
            by_service.setdefault(prefix, []).append(text)
    known = known_of(catalogue, by_service)
    accepted = {name.lower() for name in slack}
    for prefix, texts in by_service.items():
        if not known[prefix]:
            continue
        yield _list(place, prefix, texts, known[prefix], accepted)


def _one_service(text: str) -> str | None:
    prefix, colon, name = text.partition(":")
    return prefix.lower() if colon and name and not {"*", "?"} & set(prefix) else None


def _list(place: int, prefix: str, texts: Sequence[str], levels: Levels, accepted: Collection[str]) -> _List:
    kept = tuple(dict.fromkeys(text.partition(":")[2] for text in texts if {"*", "?"} & set(text)))
    exact = {name.lower(): name for text in texts if not {"*", "?"} & set(text) for name in (text.partition(":")[2],)}
    tests = [matcher(pattern) for pattern in kept]
    names = {
        name.lower(): name for name in levels if name.lower() in exact or any(test(name.lower()) for test in tests)
    }
    names = {**exact, **names}  # the catalogue's own spelling goes before the document's
    others = tuple(name for name in levels if name.lower() not in names and f"{prefix}:{name.lower()}" not in accepted)
    return _List(place, Listed(prefix, tuple(names[key] for key in sorted(names)), others, levels), kept)


def _remaining(statements: Sequence[Statement], lists: Sequence[_List]) -> list[Statement]:
    """The statements with those actions alone that are in no list."""
    listed = {(one.statement, one.listed.prefix) for one in lists}
    return [
        replace(
            statement, actions=tuple(text for text in statement.actions if (place, _one_service(text)) not in listed)
        )
        for place, statement in enumerate(statements)
    ]


def _rewritten(held: Sequence[Statement], lists: Sequence[_List], choices: Sequence[Choice]) -> tuple[Statement, ...]:
    actions: dict[int, list[str]] = {}
    for one, choice in zip(lists, choices, strict=True):
        actions.setdefault(one.statement, []).extend(sorted((p.text for p in choice), key=str.lower))
        actions[one.statement] += [f"{one.listed.prefix}:{text}" for text in _unmatched(one)]
    return tuple(
        replace(statement, actions=(*actions.get(place, ()), *statement.actions)) if place in actions else statement
        for place, statement in enumerate(held)
    )


def _unmatched(one: _List) -> Iterator[str]:
    """Patterns of the list that match nothing known; what they will match is granted today."""
    lower = [name.lower() for name in one.listed.names]
    return (pattern for pattern in one.kept if not any(map(matcher(pattern), lower)))


def _wildcards(lists: Sequence[_List], choices: Sequence[Choice], slack: Collection[str]) -> Iterator[Wildcard]:
    found: dict[str, Wildcard] = {}
    for one, choice in zip(lists, choices, strict=True):
        for pattern in choice:
            if pattern.drift is not Drift.NONE and pattern.text not in found:
                found[pattern.text] = _wildcard(one, pattern, slack)
    yield from (found[text] for text in sorted(found))


def _wildcard(one: _List, pattern: Pattern, slack: Collection[str]) -> Wildcard:
    test = matcher(pattern.text)
    prefix = one.listed.prefix
    listed = {f"{prefix}:{name}".lower(): f"{prefix}:{name}" for name in one.listed.names}
    beyond = sorted(name for name in slack if test(name.lower()) and name.lower() not in listed)
    return Wildcard(
        pattern.text,
        tuple(sorted([name for low, name in listed.items() if test(low)] + beyond)),
        tuple(beyond),
        pattern.drift,
    )
