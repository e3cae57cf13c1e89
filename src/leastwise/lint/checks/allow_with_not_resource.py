"""Allow with NotResource."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import GRANTING
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW407",
    "allow-with-not-resource",
    severity="security-warning",
    kinds=GRANTING,
    source='IAM User Guide, "NotResource"',
)
def allow_with_not_resource(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow on all resources but some.

    It reaches every other resource, of other services and of those that are yet to be made among them. What is to be
    kept from a principal belongs in a Deny, what is needed in `Resource`.
    """
    if statement.said.effect == "Allow" and "NotResource" in statement:
        at = statement.element("NotResource")
        yield Found("all resources but these are allowed", at, "name what is needed in `Resource`")
