"""Bool and Null with more than one value."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.condition_values import base_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW345",
    "several-booleans",
    severity="error",
    aws=("INVALID_CONDITION_MULTIPLE_BOOLEAN",),
    source='IAM User Guide, "IAM policy validation check reference", invalid condition multiple Boolean',
)
def several_booleans(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """Several values where one of true and false belongs.

    AWS does not say what it makes of several values under `Bool` or `Null`. A test for both is no test, and a test for
    the same twice is one too many: leave one value.
    """
    for condition in statement.conditions:
        if base_of(condition) in ("Bool", "Null") and len(condition.values) > 1:
            message = f"{shown(condition.key.text)} has several values, where one of `true` and `false` belongs"
            yield Found(message, condition.key, "leave one value")
