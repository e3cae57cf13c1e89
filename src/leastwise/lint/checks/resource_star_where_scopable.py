"""A star where resources could be named."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import GRANTING, allows, is_about_resources, is_every_action, named_by, stars, told
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW404",
    "resource-star-where-scopable",
    severity="suggestion",
    kinds=GRANTING,
    source='Service Authorization Reference, "Actions table", Resource types',
)
def resource_star_where_scopable(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow on every resource of actions that take a resource.

    Each action that takes a resource can be held to some. Actions that take none need the `*` and belong in a
    statement of their own. It is not told where a condition says which resources are meant.
    """
    at = next(stars(statement), None)
    if at is None or not allows(statement) or is_about_resources(statement):
        return
    patterns = [written.text for written in statement.actions if not is_every_action(written.text)]
    names = [one.name for pattern in patterns for one in named_by(pattern) if one.resource_types]
    if names:
        yield Found(f"{told(list(dict.fromkeys(names)))} could be held to some resources", at, "name the resources")
