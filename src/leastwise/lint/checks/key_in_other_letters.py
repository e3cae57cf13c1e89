"""Condition keys in other letters than AWS writes them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Condition, Document, WrittenStatement
from leastwise.lint.edits import replacement
from leastwise.lint.keys import has_two_spellings, is_of_provider, spelled
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW306",
    "key-in-other-letters",
    severity="suggestion",
    source='IAM User Guide, "IAM JSON policy elements: Condition"',
)
def key_in_other_letters(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition key whose letters are not in the case in which AWS writes it.

    AWS reads keys in any case, so nothing changes; a search for the key finds every use of it only when all are
    written alike. The name of a tag at the end of a key is left as it is.
    """
    counts = Counter((condition.operator.path, condition.lowered) for condition in statement.conditions)
    for condition in statement.conditions:
        meant = _spelled(condition)
        if meant is not None:
            is_alone = counts[condition.operator.path, condition.lowered] == 1
            edits = replacement(condition.key.node, json.dumps(meant, ensure_ascii=False)) if is_alone else ()
            message = f"AWS writes the condition key {shown(condition.key.text)} in other letters"
            yield Found(message, condition.key, f"write {shown(meant)}", edits=edits)


def _spelled(condition: Condition) -> str | None:
    text, key = condition.key.text, condition.lowered
    if is_of_provider(key) or has_two_spellings(key):
        return None
    meant = spelled(text)
    return meant if meant != text else None
