"""ForAnyValue with IfExists."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW326",
    "foranyvalue-with-if-exists",
    severity="warning",
    source='AWS re:Post, "ForAnyValue:StringEqualsIfExists behaving unexpectedly"',
)
def foranyvalue_with_if_exists(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An operator for any value of a list that also asks to pass over a missing list.

    `IfExists` is read for each value of the list; where the key is missing there is no value, and `ForAnyValue` is
    false. So `IfExists` does nothing after `ForAnyValue`. For "if the key is there, one of its values fits" write two
    statements, one of them with `Null` and `true`.
    """
    told = set()
    for condition in statement.conditions:
        name = condition.name
        if name and name.qualifier == "ForAnyValue" and name.if_exists and condition.operator.path not in told:
            told.add(condition.operator.path)
            meant = str(name).removesuffix("IfExists")
            message = f"`IfExists` has no effect in `{name}`: the condition fails where the key is missing"
            yield Found(message, condition.operator, f"write `{meant}`, or add a statement for requests without it")
