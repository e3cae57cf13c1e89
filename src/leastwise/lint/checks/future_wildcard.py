"""Patterns of grave actions that new actions will join."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from leastwise.catalogue.actions import is_pattern
from leastwise.catalogue.load import load_catalogue
from leastwise.language.wording import shown
from leastwise.lint.breadth import allows, bits_of_names, is_all, is_every_action
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.prove.actions import action_index


@check_statements(
    "LW128",
    "future-wildcard",
    severity="suggestion",
    kinds=("identity", "resource"),
    source='IAM User Guide, "Security best practices in IAM", Apply least-privilege permissions',
)
def future_wildcard(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow of a pattern of actions, some of them permissions management, that new actions will join.

    AWS adds actions, and those that fit the pattern are allowed from their first day, without anybody having decided
    it. It is found where the pattern stands today for an action that changes who may do what, so that the next such
    action is likely to fit as well. `*` and `service:*` say plainly that they mean all, and are not found here. Write
    the actions that are needed by name.
    """
    for written in statement.actions if allows(statement) else ():
        prefix, colon, name = written.text.partition(":")
        if not colon or is_pattern(prefix) or not is_pattern(name) or is_all(name) or is_every_action(written.text):
            continue
        index = action_index()
        known = index.bits_of(written.text)
        grave = index.told(known & _grave())
        if grave:
            message = f"{shown(written.text)} allows {known.bit_count()} actions today, {shown(grave[0])} among them"
            yield Found(f"{message}, and those to come", written, "name the actions that are needed")


_READING = ("Get", "List", "Describe")
"""Actions that only read, although a few of them stand in the service data as permissions management."""


@lru_cache(maxsize=1)
def _grave() -> int:
    """The actions of permissions management that change something."""
    names = load_catalogue().index().permissions
    return bits_of_names(frozenset(name for name in names if not name.partition(":")[2].startswith(_READING)))
