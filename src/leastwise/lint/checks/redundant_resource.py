"""Resources that others of the same list cover."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.matching import resource_pattern
from leastwise.language.wording import shown
from leastwise.lint.arns import WITH_RESOURCE
from leastwise.lint.covering import Member, covered, without
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW105",
    "redundant-resource",
    severity="suggestion",
    aws=("REDUNDANT_RESOURCE",),
    kinds=WITH_RESOURCE,
    source='IAM User Guide, "IAM JSON policy elements: Resource"',
)
def redundant_resource(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource that another resource of the same list covers.

    It is written twice, or a pattern beside it takes in all that it does, whatever its policy variables stand for. The
    statement means the same without it. Of two that say the same the first one stays.
    """
    if len(statement.resources) < 2:
        return
    element = statement.element("NotResource" if statement.said.is_not_resource else "Resource")
    members = [_member(written.text, document) for written in statement.resources]
    for place, other in covered(members):
        written, by = statement.resources[place], statement.resources[other]
        told = "is written twice" if written.text == by.text else f"is covered by {shown(by.text)}"
        yield Found(f"{shown(written.text)} {told}", written, "remove it", edits=without(element, written))


def _member(text: str, document: Document) -> Member:
    pattern = resource_pattern(text, document.kind, document.policy.has_variables)
    if pattern.glob is not None:
        return Member(text, pattern.glob, pattern.glob)
    return Member(text, pattern.widest() if pattern.template else None, None)
