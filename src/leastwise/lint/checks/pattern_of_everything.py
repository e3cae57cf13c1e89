"""Values that every text or address fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.decide.domains import ALWAYS
from leastwise.language.wording import shown
from leastwise.lint.condition_values import base_of, holds_when_absent, is_negated
from leastwise.lint.document import Condition, Document, Written, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_TEXTS: Final = frozenset({"StringLike", "StringNotLike"})
_ADDRESSES: Final = frozenset({"IpAddress", "NotIpAddress"})
_EVERYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})


@check_statements(
    "LW357",
    "pattern-of-everything",
    severity="suggestion",
    aws=("REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION",),
    source='IAM User Guide, "IAM policy validation check reference", redundant key due to wildcard in condition',
)
def pattern_of_everything(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A pattern that every value of the key fits, so that the condition or its other values count for nothing.

    The values are `*` for text, and the block of all addresses: `0.0.0.0/0` is all of IPv4, `::/0` all of IPv6. With
    `IfExists`, or on a key that every request has, the condition always holds. With a negated operator it holds only
    where the key is missing, which `Null` says more plainly. Values beside it add nothing. A lone `*` that asks
    whether a tag is there is not told.
    """
    for condition in statement.conditions:
        for value in condition.values:
            effect = _effect(condition) if _is_everything(condition, value) else None
            if effect:
                message = f"every value of {shown(condition.key.text)} fits {shown(value.text)}: {effect}"
                yield Found(message, value, "write the values that are meant, or remove the key")
                break


def _is_everything(condition: Condition, value: Written) -> bool:
    if base_of(condition) in _TEXTS:
        return bool(value.text) and not value.text.strip("*")
    return base_of(condition) in _ADDRESSES and value.text in _EVERYWHERE


def _effect(condition: Condition) -> str | None:
    if is_negated(condition):
        return "the condition holds only where the key is missing"
    if holds_when_absent(condition) or condition.lowered in ALWAYS:
        return "the condition always holds"
    if base_of(condition) in _ADDRESSES:
        return "the condition asks for no address"
    return "the other values add nothing" if len(condition.values) > 1 else None
