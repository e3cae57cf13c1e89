"""Statements that add nothing."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.nodes import Items
from leastwise.lint.document import Document
from leastwise.lint.edits import removal
from leastwise.lint.effect import redundant
from leastwise.lint.registry import Found, check


@check(
    "LW503",
    "redundant-statement",
    severity="suggestion",
    aws=("REDUNDANT_STATEMENT",),
    kinds=("identity", "boundary", "session", "resource", "scp", "endpoint"),
    needs_sound=True,
    source='IAM User Guide, "Policy evaluation logic"',
)
def redundant_statement(document: Document) -> Iterator[Found]:
    """A statement without which the document means the same.

    Other statements of the same effect cover all that it matches. Each is told for itself: of two that say the same,
    both are told, and one may go. It is proved for every request.
    """
    element = document.element("Statement")
    for statement in redundant(document):
        items = element.node if element else None
        edits = removal(items, statement.index) if isinstance(items, Items) else ()
        yield Found("the other statements say the same without this one", statement.whole, "remove it", edits=edits)
