"""Conditions that ask nothing."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.nodes import Members
from leastwise.language.operator_names import split_operator
from leastwise.language.wording import named
from leastwise.lint.document import Document, Written, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW333",
    "empty-condition",
    severity="suggestion",
    aws=("EMPTY_OBJECT_CONDITION",),
    source='IAM User Guide, "IAM policy validation check reference", empty object condition',
)
def empty_condition(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A `Condition`, or an operator in it, without any key.

    It asks nothing, so the statement holds as if it were not there. Remove it, or add the keys that were meant.
    """
    if "Condition" not in statement:
        return
    element = statement.element("Condition")
    members = element.node.values if isinstance(element.node, Members) else []
    if isinstance(element.node, Members) and not members:
        yield Found("the condition is empty and asks nothing", element, "remove it, or add what it is to ask")
    for operator, block in members:
        if isinstance(block, Members) and not block.values and split_operator(operator.value):
            at = Written(operator.value, operator, f"{element.path}.{named(operator.value)}")
            yield Found(f"`{operator.value}` has no key and asks nothing", at, "remove it, or add a key")
