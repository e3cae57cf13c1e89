"""Every collector against what AWS answers: page by page, and when it is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recorded import CASES, Replay, case, replayed, told

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.answers import Answer
from leastwise.estate.collect.discover import collectors
from leastwise.estate.collect.sdk import Account, method_name, token_names
from leastwise.estate.held import NotRead, Resources

NAMES = sorted(collectors())
ACCOUNT_WIDE = {"s3:account", "ec2:account", "ecr:account", "logs:account"}


def test_each_collector_has_a_case_and_each_case_a_collector() -> None:
    assert NAMES == sorted(path.stem for path in CASES.glob("*.json"))


def test_each_file_is_about_a_service() -> None:
    folder = Path(__file__).parents[3] / "src/leastwise/estate/collect/services"
    modules = {one.collect.__module__.rpartition(".")[2] for one in collectors().values()}
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == modules


@pytest.mark.parametrize("name", NAMES)
def test_answers_become_parts(name: str) -> None:
    one = case(name)
    replay = Replay(one.calls)
    assert one.parts == told(replayed(one, replay))
    recorded = {(each["call"], _key(each.get("with", {}))) for each in one.calls}
    assert recorded == {(called, _key(asked)) for called, asked in replay.made}


def _key(asked: object) -> str:
    return json.dumps(asked, sort_keys=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_case_calls_all_that_is_declared(name: str) -> None:
    assert set(collectors()[name].reads) == {each["call"] for each in case(name).calls}


@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_refused_something_and_turns_a_page(name: str) -> None:
    calls = case(name).calls
    assert any("refused" in one and "Denied" in one["refused"]["code"] for one in calls)
    paged = {one["call"] for one in calls if _is_paged(one["call"])}
    turned = {one["call"] for one in calls for other in calls if one is not other and _follows(one, other)}
    assert not paged or turned & paged


def _is_paged(operation: str) -> bool:
    service, _, name = operation.partition(".")
    client = Account(Replay([]).session(), number="1", partition="aws").client(service, "eu-west-1")
    return client.can_paginate(method_name(name)) or bool(token_names(client, name)[0])


def _follows(one: dict[str, object], other: dict[str, object]) -> bool:
    """Whether one call is the other with a token more."""
    first, then = one.get("with", {}), other.get("with", {})
    return one["call"] == other["call"] and len(then) == len(first) + 1 and first.items() <= then.items()


@pytest.mark.parametrize(("name", "operation"), [(name, one) for name in NAMES for one in collectors()[name].reads])
def test_what_is_refused_is_told_and_the_rest_goes_on(name: str, operation: str) -> None:
    one = case(name)
    parts = replayed(one, Replay(one.calls, refuse=operation))
    refused = [part for part in parts if isinstance(part, NotRead) and part.what == operation]
    assert refused
    assert {("AccessDenied", "not authorized", one.account)} == {(r.code, r.reason, r.account) for r in refused}


@pytest.mark.parametrize("name", NAMES)
def test_kinds_are_those_of_the_service_authorization_reference(name: str) -> None:
    parts = replayed(case(name), Replay(case(name).calls))
    kinds = {held.type for part in parts if isinstance(part, Resources) for held in part.resources}
    for kind in kinds - ACCOUNT_WIDE:
        prefix, _, short = kind.partition(":")
        service = load_catalogue().service(prefix)
        assert service is not None
        assert short in service.resource_types


def test_what_an_answer_does_not_hold_is_empty() -> None:
    none = Answer({"a": None, "b": 3})
    assert ("", "3", (), (), {}, False) == (
        none.text("a"),
        none.text("b"),
        none.texts("b"),
        none.rows("c", "d"),
        none.table("b"),
        none.flag("b"),
    )


def test_each_collector_is_in_the_guide() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guide" / "collecting.md").read_text(encoding="utf-8")
    assert [] == [name for name in NAMES if f"`{name}`" not in guide]
