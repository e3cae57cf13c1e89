"""Keys that name an account, an organization or a network, in whose values nothing may be left open."""

from __future__ import annotations

from typing import Final

from leastwise.lint.condition_values import is_allow, is_negated
from leastwise.lint.document import Condition, WrittenStatement

SENSITIVE: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
    }
)
"""IAM User Guide, "AWS global condition context keys", sensitive condition keys."""


def narrows(statement: WrittenStatement, condition: Condition) -> bool:
    """Whether fewer requests get through the fewer values fit: an Allow of them, or a Deny of all others."""
    return is_allow(statement) is not is_negated(condition)
