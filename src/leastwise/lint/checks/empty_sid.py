"""Statements with an empty name."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.nodes import Members, Text
from leastwise.lint.document import Document, Written, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.model.finding import Edit


@check_statements(
    "LW122",
    "empty-sid",
    severity="suggestion",
    aws=("EMPTY_SID_VALUE",),
    source='IAM User Guide, "IAM JSON policy elements: Sid"',
)
def empty_sid(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A statement with an empty `Sid`.

    It names nothing and is no help to who reads it. Give the statement a name, or leave the element out.
    """
    sid = statement.element("Sid")
    if "Sid" in statement and isinstance(sid.node, Text) and not sid.text:
        yield Found(
            "the `Sid` is empty", sid, "write what the statement is for, or remove it", edits=_edits(statement, sid)
        )


def _edits(statement: WrittenStatement, sid: Written) -> tuple[Edit, ...]:
    """The element taken out with its comma."""
    members = statement.whole.node.values if isinstance(statement.whole.node, Members) else []
    place = next((index for index, (_, value) in enumerate(members) if value is sid.node), 0)
    if len(members) < 2:
        return ()
    if place + 1 < len(members):
        return (Edit(members[place][0].start, members[place + 1][0].start, ""),)
    return (Edit(members[place - 1][1].end, members[place][1].end, ""),)
