"""Allows whose guard falls away with its key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import GRANTING, is_allow, is_negated
from leastwise.lint.document import Condition, Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_PUBLIC_NETWORK: Final = frozenset({"aws:sourceip"})
_PRIVATE_NETWORK: Final = frozenset(
    {
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpcsourceip",
    }
)
_GUARDS: Final = (
    _PUBLIC_NETWORK
    | _PRIVATE_NETWORK
    | {
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceidentity",
        "aws:sourceorgid",
        "sts:externalid",
    }
)


@check_statements(
    "LW329",
    "if-exists-loosens-allow",
    severity="warning",
    kinds=GRANTING,
    source='IAM User Guide, "Condition operators", IfExists; "AWS global condition context keys"',
)
def if_exists_loosens_allow(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow whose guard falls away where its key is missing.

    With `IfExists`, requests without the key are allowed whatever they are: without an external ID, by a VPC endpoint
    where an address was asked for, from outside every organization. Leave it out. Keys are looked at that say where a
    request comes from or on whose behalf. A pair of tests, one of the public address
    and one of the endpoint, is not told, as each request has one of the two keys; nor is a test that fails without
    the key.
    """
    for condition in statement.conditions if is_allow(statement) else ():
        name = condition.name
        if name is None or not name.if_exists or name.qualifier or is_negated(condition):
            continue
        if condition.lowered in _GUARDS and not _is_paired(condition, statement):
            message = f"requests without {shown(condition.key.text)} are allowed too"
            yield Found(message, condition.key, f"write `{name.base}`")


def _is_paired(condition: Condition, statement: WrittenStatement) -> bool:
    asked = {one.lowered for one in statement.conditions}
    if condition.lowered in _PUBLIC_NETWORK:
        return bool(asked & _PRIVATE_NETWORK)
    return condition.lowered in _PRIVATE_NETWORK and bool(asked & _PUBLIC_NETWORK)
