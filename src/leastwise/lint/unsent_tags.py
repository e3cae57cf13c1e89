"""Conditions on tags that requests for some of a statement's actions do not carry."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import told
from leastwise.lint.condition_values import holds_when_absent
from leastwise.lint.document import Condition, WrittenStatement
from leastwise.lint.keys import actions_without, is_about_tags


def by_unsent_tags(statement: WrittenStatement) -> Iterator[tuple[Condition, str]]:
    """Each condition that asks for tags, and in words the requests that have none and so never fit."""
    for condition in statement.conditions:
        if not is_about_tags(condition.lowered) or holds_when_absent(condition):
            continue
        if statement.said.is_not_action:
            yield condition, "requests for many actions outside `NotAction`"
            continue
        lacking, _ = actions_without(statement, condition)
        if lacking:
            yield condition, f"requests for {told([written.text for written in lacking])}"
