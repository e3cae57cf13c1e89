"""Allow with NotAction."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import GRANTING
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW406",
    "allow-with-not-action",
    severity="security-warning",
    kinds=GRANTING,
    source='IAM User Guide, "NotAction"',
)
def allow_with_not_action(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow of all actions but some, on every resource.

    It allows every other action of every service, those that AWS will add among them. What is to be kept from a
    principal belongs in a Deny, what is needed in `Action`. A condition, or resources of one service, narrow it: then
    it is not told.
    """
    said = statement.said
    is_wide = said.is_not_resource or any(text.strip("*") == "" for text in said.resources)
    if said.effect == "Allow" and said.is_not_action and is_wide and not said.conditions:
        at = statement.element("NotAction")
        yield Found("all actions but these are allowed", at, "name what is needed in `Action`")
