"""Plain operators on keys that hold lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.context import is_list_key
from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_PLAIN_IN_GUIDES: Final = frozenset({"datapipeline:pipelinecreator"})
"""Lists in the reference that AWS's own examples test as one value. IAM User Guide, "AWS Data Pipeline: Denies access
to DataPipeline pipelines that a user did not create"."""


@check_statements(
    "LW321",
    "missing-qualifier",
    severity="error",
    aws=("MISSING_QUALIFIER",),
    source='IAM User Guide, "Single-valued vs. multivalued context keys"',
)
def missing_qualifier(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A key that holds a list, under an operator for one value.

    AWS then compares nothing: wherever the key is present the condition fails, with a negated operator too. Write
    `ForAnyValue:` where one fitting value is enough, `ForAllValues:` where every value must fit. `Null` needs neither.
    """
    for condition in statement.conditions:
        name = condition.name
        if name is None or name.qualifier or name.base == "Null" or condition.lowered in _PLAIN_IN_GUIDES:
            continue
        if not is_list_key(condition.lowered):
            continue
        message = f"{shown(condition.key.text)} holds a list and `{name}` compares one value"
        yield Found(message, condition.key, f"write `ForAnyValue:{name}` or `ForAllValues:{name}`")
