"""Newly released actions that the patterns of a stored policy have come to match."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.risks import Risk, risk_of
from leastwise.catalogue.services import AccessLevel
from leastwise.model.policy import Policy, Statement
from leastwise.synthesize.action_names import CHANGING
from leastwise.synthesize.action_patterns import matcher


@dataclass(frozen=True, slots=True)
class Released:
    """An action that an older catalogue did not have."""

    name: str
    access_level: AccessLevel
    risk: Risk

    @property
    def changes(self) -> bool:
        """Whether it writes or manages permissions."""
        return self.access_level in CHANGING


@dataclass(frozen=True, slots=True)
class NewlyMatched:
    """A pattern of a statement, counted from 0, and the released actions that it matches; after NotAction the pattern
    is all of the list, and the actions are those that it leaves.
    """

    statement: int
    sid: str | None
    effect: str
    pattern: str
    actions: tuple[Released, ...]

    @property
    def widens(self) -> bool:
        """Whether something is allowed now that writes or manages permissions."""
        return self.effect == "Allow" and any(one.changes for one in self.actions)


def released(catalogue: Catalogue, since: Iterable[str]) -> tuple[Released, ...]:
    """The catalogue's actions that are not among the names `since`; case plays no part."""
    before = {name.lower() for name in since}
    names = (name for name in catalogue.index().actions if name.lower() not in before)
    found = ((name, catalogue.action(name)) for name in names)
    return tuple(Released(name, one.access_level, risk_of(name, catalogue)) for name, one in found if one)


def newly_matched(policy: Policy, actions: Sequence[Released]) -> tuple[NewlyMatched, ...]:
    """What each pattern of the policy matches of the released actions, in the order of the document.

    Exact names are left out: whoever wrote one meant it.
    """
    return tuple(
        found
        for place, statement in enumerate(policy.statements)
        for found in _of_statement(place, statement, actions)
        if found.actions
    )


def _of_statement(place: int, statement: Statement, actions: Sequence[Released]) -> Iterator[NewlyMatched]:
    if statement.is_not_action:
        tests = [_test(pattern) for pattern in statement.actions]
        left = tuple(one for one in actions if not any(test(one.name.lower()) for test in tests))
        told = f"NotAction {', '.join(statement.actions)}"
        yield NewlyMatched(place, statement.sid, statement.effect, told, left)
        return
    for pattern in statement.actions:
        if {"*", "?"} & set(pattern):
            test = _test(pattern)
            matched = tuple(one for one in actions if test(one.name.lower()))
            yield NewlyMatched(place, statement.sid, statement.effect, pattern, matched)


def _test(pattern: str) -> Callable[[str], bool]:
    return matcher(pattern)
