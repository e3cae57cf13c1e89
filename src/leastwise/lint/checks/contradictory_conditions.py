"""Conditions of one statement that are never true together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from leastwise.language.conditions import Clause
from leastwise.language.values import TooHard, meet
from leastwise.language.wording import shown
from leastwise.lint.condition_values import clause_of, holds_when_absent
from leastwise.lint.document import Condition, Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_PUBLIC: Final = "aws:sourceip"
_PRIVATE: Final = frozenset({"aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpcsourceip"})


@check_statements(
    "LW358",
    "contradictory-conditions",
    severity="error",
    source='IAM User Guide, "Conditions with multiple context keys or values"; "AWS global condition context keys"',
)
def contradictory_conditions(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """Conditions that no request meets together.

    All conditions of a statement must hold at once. Two tests of one key may leave no value, such as a number under 5
    and over 10; and a request has the address that it comes from or the VPC endpoint, never both. The statement then
    allows or denies nothing. Split it into statements, or join the values under one operator. Keys that hold lists
    and values with policy variables are not looked at.
    """
    by_key: dict[str, list[Condition]] = {}
    for condition in statement.conditions:
        by_key.setdefault(condition.lowered, []).append(condition)
    for asked in by_key.values():
        if len(asked) > 1 and _clash(asked, document):
            message = f"the conditions on {shown(asked[0].key.text)} are never true together"
            yield Found(message, asked[-1].key, "split the statement, or mend one of them")
    yield from _two_ways(by_key)


def _clash(asked: Sequence[Condition], document: Document) -> bool:
    """Whether neither a value nor a missing key meets all; what is false by itself is another check's."""
    if all(holds_when_absent(condition) for condition in asked):
        return False
    clauses = [clause for condition in asked if (clause := clause_of(condition, document))]
    if not all(_is_plain(clause) for clause in clauses):
        return False
    sets = [clause.accepted for clause in clauses if clause.accepted is not None]
    try:
        return len(sets) > 1 and not any(one.is_empty() for one in sets) and meet(sets).is_empty
    except TooHard:
        return False


def _is_plain(clause: Clause) -> bool:
    return not clause.is_list and clause.accepted is not None and clause.reach != "never"


def _two_ways(by_key: dict[str, list[Condition]]) -> Iterator[Found]:
    """Tests that need a public address beside tests that need an endpoint."""
    public = _needing(by_key.get(_PUBLIC, ()))
    private = [one for key in sorted(_PRIVATE & by_key.keys()) for one in _needing(by_key[key])]
    if public and private:
        message = f"no request has both {shown(public[0].key.text)} and {shown(private[0].key.text)}"
        yield Found(message, private[0].key, "write a statement for each")


def _needing(asked: Sequence[Condition]) -> list[Condition]:
    return [condition for condition in asked if not holds_when_absent(condition)]
