"""Tag condition keys that do not say which tag."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.keys import lacks_tag_key
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW305",
    "tag-key-missing",
    severity="error",
    aws=("MISSING_TAG_KEY_IN_CONDITION",),
    source='IAM User Guide, "IAM policy validation check reference", missing tag key in condition',
)
def tag_key_missing(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition key for the value of a tag that does not name the tag.

    Such keys end in a slash and the tag's key, as in `aws:ResourceTag/team`. Without it the key is in no request. To
    ask for the keys of all tags in a request, write `aws:TagKeys` with a set operator.
    """
    for condition in statement.conditions:
        if lacks_tag_key(condition.lowered):
            stem = condition.key.text.rstrip("/")
            message = f"the condition key {shown(condition.key.text)} does not say which tag"
            yield Found(message, condition.key, f"write `{stem}/` and the key of the tag")
