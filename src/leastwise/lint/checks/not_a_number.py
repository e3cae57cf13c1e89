"""Values of number operators that are no numbers."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.values.numbers import number
from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, values_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW341",
    "not-a-number",
    severity="warning",
    aws=("TYPE_MISMATCH_NUMBER",),
    source='IAM User Guide, "Condition operators", numeric operators',
)
def not_a_number(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A value under an operator for numbers that is no whole or decimal number.

    Nothing fits it: a positive operator fails, `NumericNotEquals` always holds. Write the number in digits, with a dot
    for decimals and no separators. Policy variables are a check of their own.
    """
    for condition in statement.conditions:
        for value in values_of(condition) if family_of(condition) == "numerics" else ():
            if number(value.text) is None:
                yield Found(f"{shown(value.text)} is no number", value, "write a whole or decimal number")
