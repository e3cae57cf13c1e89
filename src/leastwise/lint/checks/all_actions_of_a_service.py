"""Every action of one service allowed."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.breadth import GRANTING, allows, is_all
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW403",
    "all-actions-of-a-service",
    severity="suggestion",
    kinds=GRANTING,
    source='IAM User Guide, "Security best practices in IAM", Apply least-privilege permissions',
)
def all_actions_of_a_service(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow of every action of one service.

    Reading, changing, deleting and, with most services, deciding who else may do so are allowed together, and so is
    every action that the service will add. `leastwise used` tells which of them were ever called.
    """
    if not allows(statement):
        return
    for written in statement.actions:
        service, colon, name = written.text.partition(":")
        if colon and is_all(name) and not is_all(service):
            yield Found(f"{shown(written.text)} allows all of the service", written, "name the actions that are needed")
