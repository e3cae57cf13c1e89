"""Wildcards under operators that take them for plain characters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import base_of, has_wildcard
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_MEANT: Final = {
    "StringEquals": "StringLike",
    "StringNotEquals": "StringNotLike",
    "StringEqualsIgnoreCase": "StringLike",
    "StringNotEqualsIgnoreCase": "StringNotLike",
}


@check_statements(
    "LW332",
    "wildcard-without-like",
    severity="warning",
    aws=("WILDCARD_WITHOUT_LIKE_OPERATOR",),
    source='IAM User Guide, "Condition operators", string operators',
)
def wildcard_without_like(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A `*` or `?` under an operator that compares letter by letter.

    `StringEquals` and its kin take them for plain characters, so the value fits nothing but a text with a star in it.
    Write `StringLike` or `StringNotLike` where a pattern is meant, and `${*}` or `${?}` where the character itself is.
    """
    for condition in statement.conditions:
        meant = _MEANT.get(base_of(condition))
        for value in condition.values if meant else ():
            if has_wildcard(value.text):
                message = f"`{condition.operator.text}` takes the wildcard in {shown(value.text)} for a plain character"
                yield Found(message, value, f"write `{meant}`")
