"""AWS managed policies as sets of actions, and their two halves: one to train on, one that only reports look at."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from leastwise.catalogue.actions import expand, is_pattern
from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.managed import SHIPPED

FEWEST, MOST = 8, 200
WILDCARD_FREE = 0.9
NEAR = 0.5
_GZIP = b"\x1f\x8b"
_OWNER = re.compile(r"^(AWS|Amazon|aws|amazon)[-_]?")
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Policy:
    """One managed policy: the actions that it allows, and the share of its action entries that have no wildcard."""

    name: str
    actions: frozenset[str]
    wildcard_free: float

    @property
    def stem(self) -> str:
        """The first word of the name, without the owner's: policies of one product share it."""
        found = _WORD.findall(_OWNER.sub("", self.name))
        return found[0].lower() if found else self.name.lower()

    @property
    def is_eligible(self) -> bool:
        """Whether somebody wrote its actions one by one, neither few nor many."""
        return FEWEST <= len(self.actions) <= MOST and self.wildcard_free >= WILDCARD_FREE

    @property
    def is_for_test(self) -> bool:
        """Whether its stem is in the half that only reports look at."""
        return hashlib.sha256(self.stem.encode()).digest()[0] % 2 == 1


def collection(path: Path | None, catalogue: Catalogue) -> tuple[Policy, ...]:
    """The policies of a file, or those in the package, in the order of their names; deprecated ones are left out.

    The file has one JSON object a line, with `name` and `document`, gzipped or not.
    """
    raw = (path or SHIPPED).read_bytes()
    text = gzip.decompress(raw) if raw[:2] == _GZIP else raw
    found = [json.loads(line) for line in text.splitlines() if line.strip()]
    kept = sorted((one for one in found if not one.get("deprecated")), key=lambda one: str(one["name"]))
    known: dict[str, frozenset[str]] = {}
    return tuple(_policy(one["name"], one["document"], known, catalogue) for one in kept)


def train_half(policies: Iterable[Policy]) -> list[Policy]:
    """The eligible policies that training may look at."""
    return [one for one in policies if one.is_eligible and not one.is_for_test]


def test_half(policies: Iterable[Policy]) -> list[Policy]:
    """The eligible policies that only reports look at."""
    return [one for one in policies if one.is_eligible and one.is_for_test]


def not_for_test(policies: Iterable[Policy]) -> list[Policy]:
    """All but the policies whose stem is in the test half and those near to one of its policies: nothing leaks."""
    every = tuple(policies)
    tested = test_half(every)
    return [one for one in every if not one.is_for_test and not any(is_near(one.actions, t.actions) for t in tested)]


def without_near(policies: Iterable[Policy], policy: Policy) -> list[Policy]:
    """The policies that share neither stem nor half of their actions with this one."""
    return [one for one in policies if one.stem != policy.stem and not is_near(one.actions, policy.actions)]


def is_near(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets share half of what they hold together or more."""
    shared = len(one & other)
    return shared > 0 and shared >= NEAR * (len(one) + len(other) - shared)


def _policy(
    name: str, document: Mapping[str, object], known: dict[str, frozenset[str]], catalogue: Catalogue
) -> Policy:
    allowed, denied, entries = set[str](), set[str](), list[str]()
    for statement in _listed(document["Statement"]):
        assert isinstance(statement, dict)
        written = [str(one) for one in _listed(statement.get("Action", ()))] or ["*"]
        named = {action for one in written for action in _named(one, known, catalogue)}
        if statement["Effect"] == "Allow":
            allowed |= named
            entries += written
        elif "Action" in statement and statement.get("Resource") == "*" and "Condition" not in statement:
            denied |= named
    free = sum(not is_pattern(entry) for entry in entries) / len(entries) if entries else 0.0
    return Policy(name, frozenset(allowed - denied), free)


def _named(pattern: str, known: dict[str, frozenset[str]], catalogue: Catalogue) -> frozenset[str]:
    if pattern not in known:
        known[pattern] = frozenset(action.name for action in expand(catalogue, pattern))
    return known[pattern]


def _listed(value: object) -> Iterator[object]:
    return iter(value) if isinstance(value, list | tuple) else iter((value,))
