"""Policy variables where there are none."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, Written, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW118",
    "variable-outside-resource-part",
    severity="error",
    aws=("VARIABLE_UNSUPPORTED_IN_ELEMENT",),
    source='IAM User Guide, "IAM policy elements: Variables and tags"',
)
def variable_outside_resource_part(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A policy variable in an element that has none.

    Variables stand in `Resource`, `NotResource` and the values of conditions alone. In an action, a principal, a `Sid`
    or the key of a condition `${…}` is plain text, which no request has: the statement does not do what it says.
    """
    for written in _elsewhere(statement):
        if "${" in written.text:
            message = f"{shown(written.text)} holds a policy variable where there is none"
            yield Found(message, written, "write the value itself, or move the test into `Condition`")


def _elsewhere(statement: WrittenStatement) -> Iterator[Written]:
    if "Sid" in statement:
        yield statement.element("Sid")
    yield from statement.actions
    for _, written in statement.principals:
        yield written
    for condition in statement.conditions:
        yield condition.key
