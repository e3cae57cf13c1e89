"""Null with a set operator."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW324",
    "null-with-qualifier",
    severity="suggestion",
    aws=("NULL_WITH_QUALIFIER",),
    source='IAM User Guide, "IAM policy validation check reference", null with qualifier',
)
def null_with_qualifier(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A question whether a key is there, with a set operator before it.

    `Null` asks whether a key is there at all, so there is nothing to ask of each value. Leave the set operator out.
    """
    told = set()
    for condition in statement.conditions:
        name = condition.name
        if name and name.base == "Null" and name.qualifier and condition.operator.path not in told:
            told.add(condition.operator.path)
            yield Found(f"`Null` has no use for `{name.qualifier}`", condition.operator, "write `Null`")
