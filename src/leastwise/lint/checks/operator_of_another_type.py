"""Operators that do not fit the type of their key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from leastwise.language.context import type_of_key
from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, has_variable
from leastwise.lint.document import Condition, Document, WrittenStatement
from leastwise.lint.keys import is_known, is_of_provider
from leastwise.lint.registry import Found, check_statements

_FITTING: Final[Mapping[str, frozenset[str]]] = {
    "String": frozenset({"strings", "arns", "binaries"}),
    "ARN": frozenset({"arns", "strings"}),
    "Bool": frozenset({"booleans"}),
    "Numeric": frozenset({"numerics"}),
    "Date": frozenset({"dates"}),
    "IPAddress": frozenset({"addresses"}),
}
_MEANT: Final[Mapping[str, str]] = {
    "String": "an operator for strings",
    "ARN": "an operator for ARNs",
    "Bool": "`Bool`",
    "Numeric": "an operator for numbers",
    "Date": "an operator for dates",
    "IPAddress": "`IpAddress` or `NotIpAddress`",
}
_ALSO: Final[Mapping[str, str]] = {"aws:epochtime": "numerics", "aws:currenttime": "numerics"}


@check_statements(
    "LW334",
    "operator-of-another-type",
    severity="warning",
    aws=("TYPE_MISMATCH",),
    source='IAM User Guide, "Condition operators"; Service Authorization Reference',
)
def operator_of_another_type(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An operator for another type of values than the key holds.

    A text operator on numbers, dates or addresses compares letters: `StringEquals` never finds an address in a block.
    An operator for numbers on text never fits. Use the operator of the key's type. Operators for strings on ARNs, and
    those for ARNs on strings, work and are not told; nor are operators for strings with policy variables, which those
    of the other types do not take.
    """
    for condition in statement.conditions:
        kind = type_of_key(condition.lowered)
        if _is_of_another(condition, kind) and not _is_text_with_variable(condition, document):
            message = f"{shown(condition.key.text)} is of type {kind} and `{condition.operator.text}` is for another"
            yield Found(message, condition.key, f"write {_MEANT[kind]}")


def _is_text_with_variable(condition: Condition, document: Document) -> bool:
    return family_of(condition) == "strings" and any(has_variable(v.text, document) for v in condition.values)


def _is_of_another(condition: Condition, kind: str) -> bool:
    family, key = family_of(condition), condition.lowered
    if not family or is_of_provider(key) or not is_known(key) or _ALSO.get(key) == family:
        return False
    return kind in _FITTING and family not in _FITTING[kind]
