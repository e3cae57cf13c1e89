"""Policy variables under operators that take none."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.operators import OPERATORS
from leastwise.language.wording import shown
from leastwise.lint.condition_values import base_of, has_variable
from leastwise.lint.document import Condition, Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW361",
    "variable-for-operator",
    severity="error",
    aws=("INVALID_VARIABLE_FOR_OPERATOR",),
    source='IAM User Guide, "IAM policy elements: Variables and tags"',
)
def variable_for_operator(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A policy variable under an operator that takes none.

    Operators for numbers, dates, addresses and bytes, and `Null`, read the value as it is written, so nothing fits it.
    Policy variables work under operators for strings and for ARNs.
    """
    for condition in statement.conditions:
        for value in condition.values if _takes_none(condition) else ():
            if has_variable(value.text, document):
                message = f"`{condition.operator.text}` takes no policy variable such as {shown(value.text)}"
                yield Found(message, value, "write the value itself, or use an operator for strings")


def _takes_none(condition: Condition) -> bool:
    operator = OPERATORS.get(base_of(condition))
    return base_of(condition) == "Null" or (operator is not None and operator.takes == "plain")
