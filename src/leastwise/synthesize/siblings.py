"""Principals that have the same work, as far as their names tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from leastwise.model.arn import parse_arn

_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_REGION: Final = re.compile(r"(?<![a-z0-9])[a-z]{2}(-[a-z]+)+-[0-9](?![a-z0-9])")
_CHOSEN_BY_TOOLS: Final = re.compile(
    r"(?=[0-9a-z]*[0-9])[0-9a-f]{6,}|[0-9]+|(?=[0-9a-z]*[0-9])(?=[0-9a-z]*[a-z])[0-9a-z]{12,}"
)
_STAGES: Final = frozenset(
    (
        *("dev", "devel", "develop", "development", "test", "testing", "tst", "qa", "uat", "int", "integration"),
        *("stage", "staging", "stg", "pre", "preprod", "preview", "sandbox", "sbx", "nonprod", "prod", "prd"),
        *("production", "live", "blue", "green", "canary", "primary", "secondary"),
    )
)


def siblings_of(principals: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each principal the others whose names differ in stage, Region, account, number or letters that tools chose.

    A principal without any is left out. Roles and users are not siblings of each other.
    """
    families: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for principal in sorted(set(principals)):
        kind, words = _family(principal)
        if words:
            families.setdefault((kind, words), []).append(principal)
    return {
        one: tuple(other for other in family if other != one)
        for family in families.values()
        if len(family) > 1
        for one in family
    }


def _family(principal: str) -> tuple[str, tuple[str, ...]]:
    arn = parse_arn(principal)
    kind, _, path = arn.resource.partition("/") if arn else ("", "", "")
    name = _REGION.sub("", path.rpartition("/")[2])
    words = (word.lower() for part in re.split(r"[^A-Za-z0-9]+", name) for word in _words(part))
    return kind, tuple(word for word in words if word not in _STAGES)


def _words(part: str) -> list[str]:
    """A part of a name without what a tool chose; camel case is several words."""
    return (
        [] if _CHOSEN_BY_TOOLS.fullmatch(part.lower()) else [w.rstrip("0123456789") or w for w in _WORD.findall(part)]
    )
