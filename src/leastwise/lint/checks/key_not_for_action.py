"""Service condition keys that none of a statement's actions send."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.condition_values import asks_for_absence
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import actions_without, has_unknown_action, of_services
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW307",
    "key-not-for-action",
    severity="error",
    aws=("UNSUPPORTED_ACTION_FOR_CONDITION_KEY",),
    source="Service Authorization Reference",
)
def key_not_for_action(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition key of a service that requests for none of the statement's actions have.

    The key is then always absent. An Allow that asks for a value of it grants nothing, a Deny that asks for a value
    denies nothing, and with a negated operator or `IfExists` the condition is no condition at all. Which action sends
    which key is told by the service data (`leastwise catalogue status`); an action that is not known there, or
    `NotAction`, leaves it open.
    """
    if statement.said.is_not_action:
        return
    for condition in of_services(statement):
        lacking, sending = actions_without(statement, condition)
        if not lacking or sending or asks_for_absence(condition):
            continue
        if not has_unknown_action(statement):
            message = f"none of the actions sends the condition key {shown(condition.key.text)}"
            yield Found(message, condition.key, "remove it, or ask for a key that these actions send")
