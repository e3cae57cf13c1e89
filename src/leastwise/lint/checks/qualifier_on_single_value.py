"""Set operators that a key with one value does not need."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.condition_values import base_of, is_allow, may_be_missing
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import is_single
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW323",
    "qualifier-on-single-value",
    severity="suggestion",
    source='IAM User Guide, "Single-valued vs. multivalued context keys"',
)
def qualifier_on_single_value(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A set operator on a key that holds one value at most, where it opens nothing.

    `ForAnyValue` is false wherever the key is missing, with a negated operator too, and `ForAllValues` is true there:
    who reads the condition may not expect it. Leave the set operator out. `ForAllValues` in an Allow, which does open
    something, is a check of its own.
    """
    for condition in statement.conditions:
        name = condition.name
        if name is None or name.qualifier is None or base_of(condition) == "Null":
            continue
        opens = name.qualifier == "ForAllValues" and is_allow(statement) and may_be_missing(statement, condition)
        if not opens and is_single(condition.lowered):
            message = f"{shown(condition.key.text)} holds one value and needs no `{name.qualifier}`"
            yield Found(message, condition.key, f"write `{str(name).partition(':')[2]}`")
