"""Resource patterns that take in every resource of the action's types."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from leastwise.catalogue.conventions import VARIABLE
from leastwise.catalogue.services import Action
from leastwise.language.wording import shown
from leastwise.lint.breadth import GRANTING, actions_of, allows, is_about_resources, is_all
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.prove.world import templates_of


@check_statements(
    "LW405",
    "resource-effectively-star",
    severity="suggestion",
    kinds=GRANTING,
    source='IAM User Guide, "Security best practices in IAM", Apply least-privilege permissions',
)
def resource_effectively_star(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource of an Allow that names a kind of resource and takes in all of them.

    Account, Region and name are wildcards, so that it holds no more back than `*` does for the actions beside it. It is
    not told where a condition says which resources are meant, nor of types that have one resource in an account.
    """
    if not allows(statement) or statement.said.is_not_resource or is_about_resources(statement):
        return
    named = [written for written in statement.resources if not is_all(written.text) and written.text.endswith("*")]
    actions = [action for _, several in actions_of(statement) for action in several] if named else []
    for written in named:
        if any(written.text in _widest(action) for action in actions):
            yield Found(f"{shown(written.text)} is every such resource", written, "name the resources")


@lru_cache(maxsize=8192)
def _widest(action: Action) -> frozenset[str]:
    """The patterns of the action's templates with a star in the place of each variable."""
    found = set()
    for template in templates_of(action):
        widest = VARIABLE.sub("*", template)
        if widest.rpartition(":")[2].endswith("*"):
            found |= {widest, widest.replace("arn:*:", "arn:aws:", 1)}
    return frozenset(found)
