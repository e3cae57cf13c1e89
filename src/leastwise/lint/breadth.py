"""How far a statement reaches: what it allows, on everything or not, and whether a condition narrows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from operator import or_
from typing import Final

from leastwise.catalogue.services import Action
from leastwise.language.wording import shown
from leastwise.lint.document import Written, WrittenStatement
from leastwise.model.policy import Kind
from leastwise.prove.actions import action_index

GRANTING: Final[tuple[Kind, ...]] = ("identity", "session", "resource")
"""The policy types whose Allow grants; that of a boundary, an SCP, an RCP or an endpoint only lets through."""

_OF_RESOURCES: Final = ("aws:resourcetag/", "aws:resourceaccount", "aws:resourceorg")
_MOST_NAMED: Final = 3


def allows(statement: WrittenStatement) -> bool:
    """Whether the statement allows actions that it names."""
    return statement.said.effect == "Allow" and not statement.said.is_not_action


def stars(statement: WrittenStatement) -> Iterator[Written]:
    """The resources of `Resource` that are every resource."""
    if not statement.said.is_not_resource:
        yield from (written for written in statement.resources if is_all(written.text))


def is_all(pattern: str) -> bool:
    """Whether the pattern takes in every resource."""
    return bool(pattern) and not pattern.strip("*")


def is_every_action(pattern: str) -> bool:
    """Whether the pattern takes in every action of every service."""
    prefix, colon, name = pattern.partition(":")
    return is_all(prefix) and (not colon or is_all(name))


def is_about_resources(statement: WrittenStatement) -> bool:
    """Whether a condition says which resources are meant."""
    return any(one.lowered.startswith(_OF_RESOURCES) or ":resourcetag/" in one.lowered for one in statement.conditions)


def actions_of(statement: WrittenStatement) -> Iterator[tuple[Written, tuple[Action, ...]]]:
    """Each action as written, with the known actions that it stands for."""
    for written in statement.actions:
        yield written, named_by(written.text)


@lru_cache(maxsize=8192)
def named_by(pattern: str) -> tuple[Action, ...]:
    """The known actions that a pattern of a policy stands for."""
    index = action_index()
    return tuple(index.actions(index.bits_of(pattern)))


def among(statement: WrittenStatement, wanted: Iterable[str]) -> Iterator[tuple[Written, list[str]]]:
    """Each action as written that stands for some of the wanted ones, given in lower case, and which these are."""
    index = action_index()
    bits = bits_of_names(frozenset(wanted))
    for written in statement.actions:
        found = index.bits_of(written.text) & bits
        if found:
            yield written, list(index.told(found))


@lru_cache(maxsize=256)
def bits_of_names(names: frozenset[str]) -> int:
    """The actions of these names, as a set of the index."""
    index = action_index()
    return reduce(or_, map(index.bits_of, names), 0)


def told(names: Sequence[str]) -> str:
    """The names, the first few in full and the rest counted."""
    first = ", ".join(shown(name) for name in names[:_MOST_NAMED])
    return f"{first} and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else first


def reach_of(statement: WrittenStatement, action: str) -> Written | None:
    """What allows the action on every resource, or on all but some; None where nothing does.

    The action is given in lower case. What allows it is an action of `Action`, or `NotAction` that leaves it out.
    """
    said = statement.said
    is_wide = said.is_not_resource or any(True for _ in stars(statement))
    if said.effect != "Allow" or not is_wide:
        return None
    index = action_index()
    naming = [written for written in statement.actions if index.bits_of(written.text) & index.bits_of(action)]
    if said.is_not_action:
        return None if naming else statement.element("NotAction")
    return naming[0] if naming else None
