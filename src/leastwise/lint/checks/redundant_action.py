"""Actions that others of the same list cover."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.values.globs import glob_of
from leastwise.language.wording import shown
from leastwise.lint.covering import Member, covered, without
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW104",
    "redundant-action",
    severity="suggestion",
    aws=("REDUNDANT_ACTION",),
    source='IAM User Guide, "IAM JSON policy elements: Action"',
)
def redundant_action(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An action that another action of the same list covers.

    It is written twice, in letters of whatever case, or a pattern beside it takes it in. The statement means the same
    without it. Of two that say the same the first one stays.
    """
    if len(statement.actions) < 2:
        return
    element = statement.element("NotAction" if statement.said.is_not_action else "Action")
    lowered = [written.text.lower() for written in statement.actions]
    members = [Member(text, glob, glob) for text in lowered for glob in (glob_of(text),)]
    for place, other in covered(members):
        written, by = statement.actions[place], statement.actions[other]
        is_same = members[place].text == members[other].text
        told = "is written twice" if is_same else f"is covered by {shown(by.text)}"
        yield Found(f"{shown(written.text)} {told}", written, "remove it", edits=without(element, written))
