"""Values of a condition that other values cover."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.nodes import Items
from leastwise.language.wording import shown
from leastwise.lint.condition_cover import covered_values
from leastwise.lint.condition_values import list_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.edits import removal
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW356",
    "redundant-condition-value",
    severity="suggestion",
    aws=("REDUNDANT_CONDITION_VALUE_NUM",),
    source='IAM User Guide, "IAM policy validation check reference", redundant condition value num',
)
def redundant_condition_value(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A value of a condition that adds nothing to the other values of its key.

    It is there twice, a pattern or a wider block of addresses covers it, or another number or date is the one that
    counts: a request under 5 is also under 10. The condition means the same without it.
    """
    for condition in statement.conditions:
        items = list_of(statement, condition) if len(condition.values) > 1 else None
        for place, other in covered_values(condition, document) if items else ():
            value, covering = condition.values[place], condition.values[other]
            edits = removal(items, place) if isinstance(items, Items) else ()
            message = f"{shown(value.text)} adds nothing to {shown(covering.text)}"
            yield Found(message, value, "remove it", edits=edits)
