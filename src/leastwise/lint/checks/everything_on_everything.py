"""Every action allowed on every resource."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import GRANTING, allows, is_every_action, stars
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW401",
    "everything-on-everything",
    severity="security-warning",
    kinds=GRANTING,
    source='IAM User Guide, "Security best practices in IAM", Apply least-privilege permissions',
)
def everything_on_everything(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow of every action on every resource.

    Whoever has it is an administrator, and so is whoever can act as them. `leastwise propose` writes the policy that
    the logged calls need.
    """
    if allows(statement) and any(True for _ in stars(statement)):
        for written in statement.actions:
            if is_every_action(written.text):
                yield Found("every action is allowed on every resource", written, "name the actions that are needed")
