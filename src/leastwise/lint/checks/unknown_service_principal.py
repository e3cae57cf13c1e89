"""Misspelt service principals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from leastwise.catalogue.load import load_catalogue
from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_DOMAIN: Final = "amazonaws.com"
_SHORTEST: Final = 5
"""Letters of a service's name at least: shorter names are near each other by chance."""


@check_statements(
    "LW216",
    "unknown-service-principal",
    severity="warning",
    kinds=("resource", "trust", "endpoint"),
    source='IAM User Guide, "AWS JSON policy elements: Principal", AWS service principals',
)
def unknown_service_principal(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A service principal that is one letter away from a known one.

    It names no service, so that the statement lets nobody in, or keeps nobody out. AWS publishes no list of service
    principals, and many are not named after the service; so only close misspellings of known services, and of
    `amazonaws.com`, are found.
    """
    for kind, written in statement.principals:
        meant = _meant(written.text.lower()) if kind == "Service" else None
        if meant:
            yield Found(f"{shown(written.text)} is no known service principal", written, f"did you mean `{meant}`?")


@lru_cache(maxsize=1024)
def _meant(principal: str) -> str | None:
    """The principal that this one is a slip of; None where it is known, or like none."""
    labels = principal.split(".")
    domain = ".".join(labels[-2:])
    if domain != _DOMAIN:
        return ".".join((*labels[:-2], _DOMAIN)) if len(labels) > 2 and _is_slip(domain, _DOMAIN) else None
    name = labels[0]
    if len(name) < _SHORTEST or len(labels) > 4 or name in _known():
        return None
    near = next((one for one in sorted(_known()) if _is_slip(name, one)), None)
    return ".".join((near, *labels[1:])) if near else None


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    catalogue = load_catalogue()
    return frozenset({*catalogue.prefixes, *(name.lower() for name in catalogue.header.event_sources)})


def _is_slip(one: str, other: str) -> bool:
    """Whether one letter too many, too few or wrong, or two in each other's place, tell the texts apart."""
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        return len(long) - len(short) == 1 and any(long[:n] + long[n + 1 :] == short for n in range(len(long)))
    apart = [n for n, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
    if len(apart) == 1:
        return True
    return (
        len(apart) == 2
        and apart[1] == apart[0] + 1
        and one[apart[0] : apart[1] + 1][::-1] == other[apart[0] : apart[1] + 1]
    )
