"""Actions as bits: the same meaning as one action matched by one pattern, for every pattern that AWS published."""

from __future__ import annotations

import gzip
import json
import random
from functools import cache
from pathlib import Path

import pytest

from leastwise.language.matching import action_matches, names_action
from leastwise.model.policy import Statement
from leastwise.prove.actions import ActionIndex, action_index, places

CORPUS = Path(__file__).parent.parent / "data" / "policies" / "policies.jsonl.gz"
ODD = (
    "*",
    "**",
    "*:*",
    "?*:Get*",
    "s3:*Object",
    "S3:GET?bject*",
    "s3:",
    "",
    "?",
    "ec2:*Vpc*s",
    "*:*:*",
    "nope:*",
    "s3*",
)


@pytest.fixture(scope="module")
def index() -> ActionIndex:
    return action_index()


def listed(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [text for text in value if isinstance(text, str)]


def published() -> list[str]:
    found: set[str] = set()
    for line in gzip.decompress(CORPUS.read_bytes()).splitlines():
        statements = json.loads(line)["document"]["Statement"]
        for statement in [statements] if isinstance(statements, dict) else statements:
            found.update(listed(statement.get("Action", [])), listed(statement.get("NotAction", [])))
    return sorted(found)


def expected(index: ActionIndex, pattern: str) -> int:
    """By the matcher that decides single requests; names of other services are left out to save time."""
    service, colon, _ = pattern.lower().partition(":")
    is_plain = colon and "*" not in service and "?" not in service
    near = places_of_service(index).get(service, ()) if is_plain else range(len(index.names))
    return sum(1 << place for place in near if action_matches(pattern, index.lowered[place]))


@cache
def places_of_service(index: ActionIndex) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, name in enumerate(index.lowered):
        found.setdefault(name.partition(":")[0], []).append(place)
    return found


def test_every_published_pattern_means_the_same(index: ActionIndex) -> None:
    patterns = published()
    assert len(patterns) > 5000
    assert [] == [pattern for pattern in patterns if index.bits_of(pattern) != expected(index, pattern)]


@pytest.mark.parametrize("pattern", ODD)
def test_odd_patterns_mean_the_same(index: ActionIndex, pattern: str) -> None:
    assert expected(index, pattern) == index.bits_of(pattern)


def test_actions_of_other_services_are_not_named(index: ActionIndex) -> None:
    """The short cut of `expected` leaves nothing out."""
    for pattern in random.Random(1).sample(published(), 20):
        every = sum(1 << place for place, name in enumerate(index.names) if action_matches(pattern, name))
        assert every == index.bits_of(pattern)


def test_a_statement_is_its_patterns_together(index: ActionIndex) -> None:
    for actions in (("s3:Get*", "iam:passrole"), ("*",), ("nope:Nothing",)):
        for is_not_action in (False, True):
            statement = Statement(None, actions, ("*",), is_not_action=is_not_action)
            named = tuple(name for name in index.names if names_action(statement, name.lower()))
            assert named == index.told(index.bits_of_statement(statement))


def test_places_names_and_actions_agree(index: ActionIndex) -> None:
    assert list(index.lowered) == sorted(index.lowered) == [name.lower() for name in index.names]
    assert index.names == index.told(index.everything)
    assert () == index.told(0)
    place = index.index_of("S3:getobject")
    assert place is not None
    assert "s3:GetObject" == index.names[place] == index.action(place).name
    assert index.index_of("s3:GetObjects") is None and index.index_of("zzz") is None
    bits = index.bits_of("s3:GetObject") | index.bits_of("s3:PutObject")
    assert place == index.first(bits)
    assert [place, index.index_of("s3:PutObject")] == list(places(bits))
    assert action_index() is index
