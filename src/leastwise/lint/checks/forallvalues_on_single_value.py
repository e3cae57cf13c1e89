"""ForAllValues on keys that hold one value."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.condition_values import base_of, is_allow, may_be_missing
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import is_single
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW322",
    "forallvalues-on-single-value",
    severity="security-warning",
    aws=("FORALLVALUES_WITH_SINGLE_VALUED_KEY",),
    source='IAM User Guide, "Single-valued vs. multivalued context keys"',
)
def forallvalues_on_single_value(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow by all values of a key that holds one value at most.

    `ForAllValues` is true of an empty list, so the Allow also takes in every request that lacks the key. Leave the set
    operator out: one value needs none. Keys of which it is not known how many values they hold are not told, nor are
    statements with another condition that fails without the key.
    """
    for condition in statement.conditions if is_allow(statement) else ():
        name = condition.name
        if name is None or name.qualifier != "ForAllValues" or base_of(condition) == "Null":
            continue
        if is_single(condition.lowered) and may_be_missing(statement, condition):
            message = f"{shown(condition.key.text)} holds one value, and `{name}` holds where it is missing"
            yield Found(message, condition.key, f"write `{str(name).partition(':')[2]}`")
