"""Every action allowed on some resources."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import GRANTING, allows, is_every_action, stars
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW402",
    "all-actions",
    severity="warning",
    kinds=GRANTING,
    source='IAM User Guide, "Security best practices in IAM", Apply least-privilege permissions',
)
def all_actions(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow of every action on some resources.

    Whatever AWS may yet add for these resources is allowed as well, changing who may use them among it. Where the
    resources are all resources too it is `everything-on-everything`.
    """
    if allows(statement) and not any(True for _ in stars(statement)):
        for written in statement.actions:
            if is_every_action(written.text):
                yield Found("every action is allowed on these resources", written, "name the actions that are needed")
