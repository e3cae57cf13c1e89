"""What a statement asks of multi-factor authentication: whether it holds with it, without it, and without the key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from leastwise.lint.condition_values import accepts, asks_for_absence, base_of, holds_when_absent
from leastwise.lint.document import Condition, Document, WrittenStatement

PRESENT: Final = "aws:multifactorauthpresent"
AGE: Final = "aws:multifactorauthage"


@dataclass(frozen=True, slots=True)
class Guard:
    """The conditions on MFA of one statement, and when they hold: `true`, `false` in the key, or no key.

    The key is `true` for sessions with MFA, `false` for other sessions that could have had it, and missing for
    long-term credentials. IAM User Guide, "AWS global condition context keys".
    """

    conditions: tuple[Condition, ...]
    with_mfa: bool
    without_mfa: bool
    without_key: bool


def guards(document: Document) -> Iterator[tuple[WrittenStatement, Guard]]:
    """The statements that ask for MFA, with what they ask."""
    for statement in document.statements:
        guard = guard_of(statement, document)
        if guard is not None:
            yield statement, guard


def guard_of(statement: WrittenStatement, document: Document) -> Guard | None:
    """What the statement asks of MFA; None where it asks nothing, or what is not known."""
    asked = tuple(condition for condition in statement.conditions if condition.lowered == PRESENT)
    if not asked:
        return None
    answers = [(_holds(one, document, "true"), _holds(one, document, "false")) for one in asked]
    if any(None in pair for pair in answers):
        return None
    with_mfa, without_mfa = (all(pair[place] for pair in answers) for place in (0, 1))
    return Guard(asked, with_mfa, without_mfa, all(holds_when_absent(condition) for condition in asked))


def _holds(condition: Condition, document: Document, value: str) -> bool | None:
    if base_of(condition) == "Null":
        return not asks_for_absence(condition)
    return accepts(condition, document, value)
