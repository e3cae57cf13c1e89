"""The AWS managed policies as they are published."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from leastwise.catalogue.actions import expand
from leastwise.catalogue.load import Catalogue
from leastwise.model.errors import UnreadableFile

SHIPPED: Final = Path(__file__).parent / "data" / "managed-policies.jsonl.gz"


class ManagedPolicy(msgspec.Struct, frozen=True):
    """One AWS managed policy; `document` is its JSON text, `updated` the day of this version as `2026-06-25`."""

    arn: str
    name: str
    version: str | None
    updated: str | None
    document: msgspec.Raw

    @property
    def text(self) -> str:
        """The document as JSON text."""
        return bytes(self.document).decode()


@dataclass(frozen=True, slots=True)
class Allowed:
    """The names of the known actions that a managed policy allows somewhere, whatever the resource and condition."""

    name: str
    actions: frozenset[str]


@lru_cache(maxsize=1)
def managed_policies() -> tuple[ManagedPolicy, ...]:
    """All of them, in the order of their ARNs."""
    try:
        lines = gzip.decompress(SHIPPED.read_bytes()).splitlines()
        return tuple(msgspec.json.decode(line, type=ManagedPolicy) for line in lines)
    except (OSError, EOFError, msgspec.MsgspecError) as error:
        raise UnreadableFile(str(SHIPPED), str(error).lower()) from error


@lru_cache(maxsize=2)
def allowed_by_managed(catalogue: Catalogue) -> tuple[Allowed, ...]:
    """What each of them allows: the actions that its Allow statements name, less what it denies everywhere."""
    return tuple(Allowed(one.name, _allowed(json.loads(one.text), catalogue)) for one in managed_policies())


def _allowed(document: dict[str, object], catalogue: Catalogue) -> frozenset[str]:
    allowed: set[str] = set()
    denied: set[str] = set()
    for statement in _listed(document["Statement"]):
        assert isinstance(statement, dict)
        named = {name for pattern in _listed(statement.get("Action", ())) for name in _named(str(pattern), catalogue)}
        if "NotAction" in statement:
            left = {name for one in _listed(statement["NotAction"]) for name in _named(str(one), catalogue)}
            named = set(catalogue.index().actions) - left
        is_whole = statement.get("Resource") == "*" and "Condition" not in statement
        if statement["Effect"] == "Allow":
            allowed |= named
        elif is_whole:
            denied |= named
    return frozenset(allowed - denied)


@lru_cache(maxsize=32_768)
def _named(pattern: str, catalogue: Catalogue) -> tuple[str, ...]:
    return tuple(action.name for action in expand(catalogue, pattern))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if value != () else []
