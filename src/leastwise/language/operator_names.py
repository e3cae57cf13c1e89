"""The names of condition operators, and what the parts of a written one say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Qualifier = Literal["ForAllValues", "ForAnyValue"]

QUALIFIERS: tuple[Qualifier, ...] = ("ForAllValues", "ForAnyValue")
IF_EXISTS = "IfExists"

BASE_OPERATORS: tuple[str, ...] = (
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
)
"""IAM User Guide, "IAM JSON policy elements: Condition operators"."""

_BASES = {name.lower(): name for name in BASE_OPERATORS}
_QUALIFIERS: dict[str, Qualifier] = {name.lower(): name for name in QUALIFIERS}
_SUFFIX = IF_EXISTS.lower()


@dataclass(frozen=True, slots=True)
class OperatorName:
    """A condition operator in AWS's spelling: `ForAllValues:` or `ForAnyValue:`, the operator, `IfExists`."""

    base: str
    qualifier: Qualifier | None = None
    if_exists: bool = False

    def __str__(self) -> str:
        prefix = f"{self.qualifier}:" if self.qualifier else ""
        return f"{prefix}{self.base}{IF_EXISTS if self.if_exists else ''}"


@lru_cache(maxsize=4096)
def split_operator(text: str) -> OperatorName | None:
    """The parts of a written operator, whatever the case of its letters; None when AWS has no such operator.

    `Null` takes no `IfExists`: whether the key exists is its own question. IAM User Guide, "Condition operators".
    """
    before, colon, name = text.lower().rpartition(":")
    qualifier = _QUALIFIERS.get(before)
    if colon and qualifier is None:
        return None
    base = _BASES.get(name)
    if base is not None:
        return OperatorName(base, qualifier)
    base = _BASES.get(name.removesuffix(_SUFFIX))
    if base is None or base == "Null":
        return None
    return OperatorName(base, qualifier, if_exists=True)
