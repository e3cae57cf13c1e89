"""Actions that slip past a Deny, because they never send the key that it asks for."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.breadth import told
from leastwise.lint.condition_values import holds_when_absent, is_allow
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import actions_without, of_services
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW309",
    "deny-misses-action-without-key",
    severity="security-warning",
    aws=("UNSUPPORTED_ACTION_FOR_CONDITION_KEY",),
    source="Service Authorization Reference",
)
def deny_misses_action_without_key(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A Deny with a condition on a key that requests for some of its actions never have.

    The other actions send the key; these do not, so the statement never denies them although it names them. Move them
    to a Deny without the condition. A pattern counts when none of the actions that fit it sends the key.
    """
    if statement.said.is_not_action or is_allow(statement):
        return
    for condition in of_services(statement):
        lacking, sending = actions_without(statement, condition)
        if lacking and sending and not holds_when_absent(condition):
            named = told([written.text for written in lacking])
            message = f"the condition on {shown(condition.key.text)} is never true for {named}: they stay undenied"
            yield Found(message, condition.key, "move these actions to a Deny without it")
