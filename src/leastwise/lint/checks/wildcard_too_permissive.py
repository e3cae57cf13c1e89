"""Wildcards where one account, organization or network is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import base_of, has_wildcard
from leastwise.lint.document import Condition, Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.sensitive_keys import SENSITIVE, narrows

_USER_ID: Final = "aws:userid"
_LEAST_FIXED: Final = 6
_WILDCARD: Final = re.compile(r"[*?]")
_WITH_WILDCARDS: Final = frozenset({"StringLike", "StringNotLike"})


@check_statements(
    "LW365",
    "wildcard-too-permissive",
    severity="error",
    aws=("WILDCARD_USAGE_TOO_PERMISSIVE",),
    source='IAM User Guide, "AWS global condition context keys", sensitive condition keys',
)
def wildcard_too_permissive(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A wildcard in the value of a key for an account, an organization, a VPC or an endpoint, or in a user ID.

    Such identifiers are given out by chance, so part of one says nothing of whose it is: `o-*` is every organization.
    In `aws:userid` what stands before the colon is the role, and what follows is a session name that the caller may
    choose: a wildcard belongs after the colon. Write the whole identifier, or several of them. A Deny of values that
    fit a pattern opens nothing and is not told.
    """
    for condition in statement.conditions:
        if base_of(condition) not in _WITH_WILDCARDS or not narrows(statement, condition):
            continue
        for value in condition.values:
            if _is_too_open(condition, value.text):
                message = f"the wildcard in {shown(value.text)} lets others than meant fit {shown(condition.key.text)}"
                yield Found(message, value, "write the whole identifier")


def _is_too_open(condition: Condition, text: str) -> bool:
    if condition.lowered in SENSITIVE:
        return has_wildcard(text)
    if condition.lowered != _USER_ID:
        return False
    head = text.partition(":")[0]
    found = _WILDCARD.search(head)
    return has_wildcard(head) and found is not None and found.start() < _LEAST_FIXED
