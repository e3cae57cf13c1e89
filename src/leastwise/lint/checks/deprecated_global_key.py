"""Global condition keys that AWS has replaced."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import REPLACED
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW304",
    "deprecated-global-key",
    severity="warning",
    aws=("DEPRECATED_GLOBAL_CONDITION_KEY", "UNSUPPORTED_GLOBAL_CONDITION_KEY"),
    source='IAM User Guide, "IAM policy validation check reference", deprecated global condition key',
)
def deprecated_global_key(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A global condition key for which AWS has another one by now.

    New services and features send the new key alone, so the condition fails where the old key is missing. Write the
    key that the help line names.
    """
    for condition in statement.conditions:
        instead = REPLACED.get(condition.lowered)
        if instead is not None:
            message = f"the condition key {shown(condition.key.text)} is out of use"
            yield Found(message, condition.key, f"write `{instead}`")
