"""Allows by a list that also hold where the list is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.context import is_list_key
from leastwise.language.wording import named, shown
from leastwise.lint.breadth import actions_of
from leastwise.lint.condition_values import GRANTING, base_of, is_allow, is_negated, may_be_missing
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import is_global, is_of_provider
from leastwise.lint.registry import Found, check_statements
from leastwise.prove.world import is_sent

_OF_TAGS: Final = "tagkeys"


@check_statements(
    "LW325",
    "forallvalues-without-null",
    severity="security-warning",
    kinds=GRANTING,
    source='IAM User Guide, "Single-valued vs. multivalued context keys"',
)
def forallvalues_without_null(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow by all values of a list that also holds where the list is missing.

    `ForAllValues` is true of an empty list and of a missing key, so the Allow takes in every request without the key.
    Add `"Null": {"…": "false"}` for the same key to the statement, or take out the actions that never send it. A key of
    a service is told where some of the actions never send it, such as a scan beside queries by `dynamodb:LeadingKeys`.
    Not told are negated operators, which forbid values, lists of tag keys, as a request without them sets no tags, and
    statements with another condition that fails without the key.
    """
    for condition in statement.conditions if is_allow(statement) else ():
        name, key = condition.name, condition.lowered
        if name is None or name.qualifier != "ForAllValues" or base_of(condition) == "Null" or is_negated(condition):
            continue
        if key.endswith(_OF_TAGS) or not is_list_key(key) or not may_be_missing(statement, condition):
            continue
        if _is_unsent(statement, key):
            message = f"requests without {shown(condition.key.text)} are allowed too"
            yield Found(message, condition.key, f'add `"Null": {{"{named(condition.key.text)}": "false"}}`')


def _is_unsent(statement: WrittenStatement, key: str) -> bool:
    if is_global(key) or is_of_provider(key) or statement.said.is_not_action:
        return True
    return any(not is_sent(key, action) for _, actions in actions_of(statement) for action in actions)
