"""Denies of all but some values that pass over requests without the key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import asks_for_absence, is_allow, is_negated
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_TELLING: Final = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:vpceorgpaths",
    }
)
"""Lists whose absence says that the request is from elsewhere."""


@check_statements(
    "LW327",
    "deny-foranyvalue-without-null",
    severity="security-warning",
    source='IAM User Guide, "Single-valued vs. multivalued context keys"',
)
def deny_foranyvalue_without_null(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A Deny of all but some values of a list, which requests without the list slip past.

    `ForAnyValue` is false where the key is missing, with a negated operator too. A Deny of every organization but one
    written so passes over principals of no organization. Write `ForAllValues` with the negated operator, which is true
    of a missing key, or add a Deny with `Null` and `true` for the key. Only keys whose absence says something are
    looked at: organization paths, `aws:CalledVia` and the like.
    """
    if is_allow(statement):
        return
    covered = {
        condition.lowered
        for other in document.statements
        for condition in other.conditions
        if not is_allow(other) and asks_for_absence(condition)
    }
    for condition in statement.conditions:
        name = condition.name
        if name is None or name.qualifier != "ForAnyValue" or not is_negated(condition):
            continue
        if condition.lowered in _TELLING and condition.lowered not in covered:
            message = f"requests without {shown(condition.key.text)} are not denied"
            yield Found(message, condition.key, f"write `ForAllValues:{name.base}`")
