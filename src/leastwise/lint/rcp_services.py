"""What an RCP's Deny says of requests that AWS services make for themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from leastwise.lint.condition_values import accepts, asks_for_presence, holds_when_absent, is_negated
from leastwise.lint.document import Condition, Document, WrittenStatement

_IS_SERVICE: Final = "aws:principalisawsservice"
_OF_SOURCE: Final = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})


def denies_without(statement: WrittenStatement, keys: Collection[str]) -> Iterator[Condition]:
    """The conditions of a Deny on one of the keys that also hold where it is missing."""
    if statement.said.effect != "Deny":
        return
    for condition in statement.conditions:
        if condition.lowered in keys and is_negated(condition) and holds_when_absent(condition):
            yield condition


def source_denies(statement: WrittenStatement) -> Iterator[Condition]:
    """Those on the account, organization or resource on whose behalf a service asks."""
    yield from denies_without(statement, _OF_SOURCE)


def leaves_out(statement: WrittenStatement, document: Document, value: str) -> bool:
    """Whether a condition on `aws:PrincipalIsAWSService` fails where the key has this value."""
    asked = (condition for condition in statement.conditions if condition.lowered == _IS_SERVICE)
    return any(accepts(condition, document, value) is False for condition in asked)


def asks_for_source(statement: WrittenStatement) -> bool:
    """Whether the statement asks by `Null` that a key of the source be there."""
    return any(one.lowered in _OF_SOURCE and asks_for_presence(one) for one in statement.conditions)
