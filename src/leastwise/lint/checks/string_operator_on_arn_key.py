"""Text patterns on keys that hold ARNs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from leastwise.language.context import type_of_key
from leastwise.language.wording import shown
from leastwise.lint.condition_values import base_of, has_wildcard
from leastwise.lint.document import Condition, Document, WrittenStatement
from leastwise.lint.keys import is_known
from leastwise.lint.registry import Found, check_statements

_MEANT: Final = {"StringLike": "ArnLike", "StringNotLike": "ArnNotLike"}
_PARTS_BEFORE_RESOURCE: Final = 5


@check_statements(
    "LW331",
    "string-operator-on-arn-key",
    severity="security-warning",
    aws=("STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS",),
    source='IAM User Guide, "Condition operators", ARN operators',
)
def string_operator_on_arn_key(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A text pattern with a wildcard in one of the first five parts of an ARN.

    Under `StringLike` a `*` runs over colons, so it may take in other accounts, services and resources than the pattern
    seems to say. `ArnLike` compares part by part. Write `ArnLike`, or `ArnNotLike` for `StringNotLike`. A wildcard in
    the last part of the ARN alone is not told.
    """
    for condition in statement.conditions:
        meant = _MEANT.get(base_of(condition))
        if meant is None or not is_known(condition.lowered) or type_of_key(condition.lowered) != "ARN":
            continue
        if any(_runs_over_parts(value.text) for value in condition.values):
            message = f"a wildcard of `{condition.operator.text}` runs over colons in {shown(condition.key.text)}"
            yield Found(message, condition.key, f"write `{_operator(condition, meant)}`, and all six parts of the ARN")


def _operator(condition: Condition, base: str) -> str:
    return str(replace(condition.name, base=base)) if condition.name else base


def _runs_over_parts(text: str) -> bool:
    parts = text.split(":", _PARTS_BEFORE_RESOURCE)
    return has_wildcard(":".join(parts[:_PARTS_BEFORE_RESOURCE]))
