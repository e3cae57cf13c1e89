"""Wildcards in the service of an action."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.catalogue.actions import is_pattern
from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.model.policy import KINDS


@check_statements(
    "LW103",
    "wildcard-in-action-service",
    severity="suggestion",
    aws=("WILDCARD_IN_SERVICE_NAME",),
    kinds=[kind for kind in KINDS if kind != "rcp"],
    source='IAM User Guide, "IAM JSON policy elements: Action"',
)
def wildcard_in_action_service(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An action with a wildcard in its service prefix.

    It takes in actions of services that have nothing to do with each other, and of every service that AWS will open
    under a fitting name. `*` and `*:*`, which mean every action and say so, are not found. Write one action for each
    service that is meant.
    """
    for written in statement.actions:
        prefix, colon, name = written.text.partition(":")
        if colon and is_pattern(prefix) and (prefix, name) != ("*", "*"):
            message = f"{shown(written.text)} has a wildcard in its service"
            yield Found(message, written, "write one action for each service, such as `s3:Get*`")
