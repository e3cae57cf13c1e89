"""The facts of a request as conditions read them, and which condition keys hold lists."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Final

from leastwise.catalogue.keys import condition_key, is_multi_valued
from leastwise.catalogue.load import load_catalogue
from leastwise.model.errors import RequestError
from leastwise.model.request import UNKNOWN, ContextValue, Unknown

Fact = str | tuple[str, ...] | Unknown | None
"""A single value, the values of a list, not known, or absent."""

GLOBAL_LISTS: Final = frozenset(
    {
        "aws:tagkeys",
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:vpceorgpaths",
        "aws:principalservicenameslist",
    }
)
"""IAM User Guide, "AWS global condition context keys"; "Single-valued vs. multivalued context keys"."""

SENT_SINGLE: Final = frozenset({"events:detail-type"})
"""Lists in the catalogue that AWS managed policies test with plain `StringEquals` and that must therefore match."""

_LIST_SUFFIX = ":amr"
_CACHED_KEYS = 16_384


@lru_cache(maxsize=_CACHED_KEYS)
def is_list_key(key: str) -> bool:
    """Whether AWS sends a list for this key, given in lower case."""
    if key in GLOBAL_LISTS or key.endswith(_LIST_SUFFIX):
        return True
    if key.startswith("aws:") or key in SENT_SINGLE:
        return False
    return is_multi_valued(load_catalogue(), key)


_GLOBAL_TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "aws:assumedroot",
            "aws:multifactorauthpresent",
            "aws:principalisawsservice",
            "aws:securetransport",
            "aws:viaawsservice",
            "aws:viaawsmcpservice",
            "aws:ismcpserviceaction",
        ),
        "Bool",
    ),
    **dict.fromkeys(("aws:currenttime", "aws:tokenissuetime"), "Date"),
    **dict.fromkeys(("aws:epochtime", "aws:multifactorauthage"), "Numeric"),
    **dict.fromkeys(("aws:sourceip", "aws:vpcsourceip", "aws:ec2instancesourceprivateipv4"), "IPAddress"),
    **dict.fromkeys(("aws:principalarn", "aws:sourcearn", "aws:sourcevpcarn", "aws:signinsessionarn"), "ARN"),
}


@lru_cache(maxsize=_CACHED_KEYS)
def type_of_key(key: str) -> str:
    """The type of a key's values, given in lower case: String, ARN, Bool, Numeric, Date or IPAddress.

    Source: IAM User Guide, "AWS global condition context keys"; Service Authorization Reference.
    """
    if key.startswith("aws:"):
        return _GLOBAL_TYPES.get(key, "String")
    found = condition_key(load_catalogue(), key)
    return found.type if found else "String"


class Facts(dict[str, Fact]):
    """Condition keys in lower case to their facts; a key that is missing is absent or unknown, as the context says."""

    __slots__ = ("is_complete",)

    def __init__(self, context: Mapping[str, ContextValue], *, is_complete: bool) -> None:
        for key, value in context.items():
            self[key.lower()] = value if value.__class__ is str else fact_of(value)
        self.is_complete = is_complete
        if len(self) != len(context):
            self.update(dict.fromkeys(doubled(context), UNKNOWN))

    def __missing__(self, key: str) -> Fact:
        return None if self.is_complete else UNKNOWN


def doubled(context: Mapping[str, ContextValue]) -> dict[str, tuple[str, ...]]:
    """The keys that stand in the context in several cases of letters with different values, and these values.

    AWS compares one of them and does not say which. IAM User Guide, "Condition", on tag keys.
    """
    found: dict[str, dict[Fact, None]] = {}
    for key, value in context.items():
        found.setdefault(key.lower(), {})[fact_of(value)] = None
    return {
        key: tuple(value for value in values if isinstance(value, str))
        for key, values in found.items()
        if len(values) > 1
    }


def fact_of(value: ContextValue) -> Fact:
    """The value as conditions read it: all text, a list as a tuple; raises RequestError for what is neither."""
    if value is None or isinstance(value, str | Unknown):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(text_of(item) for item in value)
    return text_of(value)


def text_of(value: object) -> str:
    """One value as text; raises RequestError for what no request can carry."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and isfinite(value):
        return f"{Decimal(repr(value)):f}"
    raise RequestError("a context key has a value that no request carries", help="give text, or a list of texts")
