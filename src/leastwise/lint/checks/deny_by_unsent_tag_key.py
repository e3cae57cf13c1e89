"""Actions that slip past a Deny, because their requests carry no such tags."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.condition_values import is_allow
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.unsent_tags import by_unsent_tags


@check_statements(
    "LW311",
    "deny-by-unsent-tag-key",
    severity="security-warning",
    aws=(
        "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    ),
    source="Service Authorization Reference",
)
def deny_by_unsent_tag_key(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A Deny by tags of actions whose requests carry no such tags.

    `aws:RequestTag/…` and `aws:TagKeys` are sent by actions that take tags, `aws:ResourceTag/…` by those on resources
    that have tags. For all others the condition is never true and the statement never denies them. Move them to a
    Deny that does not ask for tags.
    """
    for condition, whom in by_unsent_tags(statement) if not is_allow(statement) else ():
        message = f"{whom} never have {shown(condition.key.text)}: they stay undenied"
        yield Found(message, condition.key, "move these actions to a Deny without it")
