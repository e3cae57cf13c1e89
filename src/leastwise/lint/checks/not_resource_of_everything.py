"""NotResource that leaves no resource."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import is_all
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW409",
    "not-resource-of-everything",
    severity="warning",
    source='IAM User Guide, "NotResource"',
)
def not_resource_of_everything(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A `NotResource` that takes in every resource.

    No resource is left, so that the statement matches nothing: a Deny of it denies nothing.
    """
    if statement.said.is_not_resource:
        for written in statement.resources:
            if is_all(written.text):
                yield Found("no resource is left: the statement matches nothing", written, "name the exceptions alone")
