"""Actions that an Allow names in vain, because their requests carry no such tags."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.condition_values import is_allow
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.unsent_tags import by_unsent_tags


@check_statements(
    "LW310",
    "allow-by-unsent-tag-key",
    severity="suggestion",
    aws=(
        "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
    ),
    source="Service Authorization Reference",
)
def allow_by_unsent_tag_key(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow by tags of actions whose requests carry no such tags.

    `aws:RequestTag/…` and `aws:TagKeys` are sent by actions that take tags, `aws:ResourceTag/…` by those on resources
    that have tags. For all others the condition is never true and the statement never allows them. Move them to a
    statement without it.
    """
    for condition, whom in by_unsent_tags(statement) if is_allow(statement) else ():
        message = f"{whom} never have {shown(condition.key.text)}: they are not allowed here"
        yield Found(message, condition.key, "move these actions to a statement without it")
