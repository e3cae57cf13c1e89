"""Global condition keys that AWS does not have."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import did_you_mean, shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import GLOBAL_KEYS, REPLACED, is_global, is_known, lacks_tag_key
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW301",
    "unknown-global-key",
    severity="error",
    aws=("INVALID_GLOBAL_CONDITION_KEY",),
    source='IAM User Guide, "AWS global condition context keys"',
)
def unknown_global_key(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition key that begins as the global keys do and is none of them.

    It is in no request. An Allow that asks for it grants nothing, a Deny that asks for it denies nothing, and a
    negated test of it always holds. The case of letters is no matter. The list of global keys may lack one that AWS
    has just added.
    """
    for condition in statement.conditions:
        key = condition.lowered
        if is_global(key) and key not in REPLACED and not is_known(key) and not lacks_tag_key(key):
            meant = did_you_mean(condition.key.text, GLOBAL_KEYS.values())
            help_line = meant or "see the global condition keys of the IAM User Guide"
            yield Found(f"there is no global condition key {shown(condition.key.text)}", condition.key, help_line)
