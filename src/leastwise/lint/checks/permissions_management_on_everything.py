"""Changing who may do what, on every resource."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.catalogue.load import load_catalogue
from leastwise.lint.breadth import GRANTING, allows, bits_of_names, is_about_resources, is_every_action, stars, told
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.prove.actions import action_index


@check_statements(
    "LW413",
    "permissions-management-on-everything",
    severity="security-warning",
    kinds=GRANTING,
    source='IAM User Guide, "Understanding access level summaries within policy summaries"',
)
def permissions_management_on_everything(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """Actions that decide who may do what, allowed on every resource.

    Who may change policies, keys or grants everywhere can give themselves the rest. Actions that take no resource are
    not told, nor is a statement with a condition.
    """
    said = statement.said
    if (
        not allows(statement)
        or said.conditions
        or is_about_resources(statement)
        or not any(True for _ in stars(statement))
    ):
        return
    index = action_index()
    managing = bits_of_names(frozenset(load_catalogue().index().permissions))
    for written in statement.actions:
        found = index.actions(index.bits_of(written.text) & managing)
        names = [] if is_every_action(written.text) else [one.name for one in found if one.resource_types]
        if names:
            yield Found(f"{told(names)} may be used on everything", written, "name the resources in `Resource`")
