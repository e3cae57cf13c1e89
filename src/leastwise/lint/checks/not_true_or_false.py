"""Values of Bool and Null that are neither true nor false."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.values.booleans import boolean
from leastwise.language.wording import shown
from leastwise.lint.condition_values import base_of, values_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW344",
    "not-true-or-false",
    severity="warning",
    aws=("TYPE_MISMATCH_BOOLEAN",),
    source='IAM User Guide, "Condition operators", Boolean operators',
)
def not_true_or_false(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A value other than true and false where one of them belongs.

    Under `Bool` and `Null` nothing fits it, and the condition fails. Write `true` or `false`; `yes`, `1` and the like
    are neither.
    """
    for condition in statement.conditions:
        for value in values_of(condition) if base_of(condition) in ("Bool", "Null") else ():
            if boolean(value.text) is None:
                yield Found(f"{shown(value.text)} is neither `true` nor `false`", value, "write `true` or `false`")
