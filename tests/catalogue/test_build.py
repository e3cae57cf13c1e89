"""The build's own rules: the same bytes, no unknown name, places of members."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from build_catalogue import check_names
from catalogue_sources import packing, rules, tables
from catalogue_sources.matching import is_fillable, names_it, written
from catalogue_sources.operations import Member, Operation
from catalogue_sources.upstream import BuildError
from event_coverage import best_of, way_of
from leastwise.catalogue.events import CallRule, Fill, Target
from leastwise.catalogue.load import SHIPPED, load_catalogue
from leastwise.catalogue.services import Action, ResourceType, ResourceUse, Service

QUEUE = "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"
STACK = "arn:${Partition}:cloudformation:${Region}:${Account}:stack/${StackName}/${Id}"


def test_the_same_members_give_the_same_bytes(tmp_path: Path) -> None:
    members = {"b.json": {"x": Action("a:B", "Read", ("Read",))}, "a.json": ("é", 1)}
    for name in ("one.zip", "two.zip"):
        packing.write(tmp_path / name, members)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert zipfile.ZipFile(tmp_path / "one.zip").namelist() == ["a.json", "b.json"]


def test_the_shipped_container_has_no_clock_in_it() -> None:
    assert {(1980, 1, 1, 0, 0, 0)} == {info.date_time for info in zipfile.ZipFile(SHIPPED).infolist()}


def test_an_action_that_a_check_names_must_be_there() -> None:
    with pytest.raises(BuildError, match="checks name actions that are gone: credentials-exposure: "):
        check_names({})


def test_defaults_are_left_out() -> None:
    action = Action("a:B", "Read", ("Read",), resource_types=(ResourceUse("t", required=True),))
    expected = {
        "name": "a:B",
        "access_level": "Read",
        "access_levels": ["Read"],
        "resource_types": [{"name": "t", "required": True}],
    }
    assert expected == packing.slim(action)


def test_a_table_that_names_an_unknown_action_stops_the_build() -> None:
    with pytest.raises(BuildError, match="s3:getobject"):
        rules.RuleBook({}, {}, {}).build()


def test_an_operation_becomes_a_rule_with_its_fills() -> None:
    service = Service(
        "teapot",
        "Teapot",
        {"brewtea": Action("teapot:BrewTea", "Write", ("Write",), (ResourceUse("pot", required=True),))},
        {"pot": ResourceType("pot", ("arn:${Partition}:teapot:${Region}:${Account}:pot/${PotName}",))},
    )
    operation = Operation("teapot", "BrewTea", ("teapot",), (Member(("potname",)), Member(("leaf",))))
    book = rules.RuleBook({"teapot": service}, {("teapot", "brewtea"): operation}, {})
    book._add_operations()
    (rule,) = book.rules["teapot"]["brewtea"].actions
    assert (Fill("PotName", ("potname",)),) == rule.targets[0].fills


@pytest.mark.parametrize(
    ("name", "places", "expected"),
    [
        ("queueurl", [Member(("queueurl",))], "queueurl"),
        ("rolename", [Member(("rolename",)), Member(("rolename",), ("deep",))], ".rolename"),
        ("name", [Member(("name",), ("somewhere", "deep"))], None),
        ("name", [Member(("name",), ("createthingrequest",))], "createthingrequest.name"),
        ("tablename", [Member(("tablename",), ("deep",))], "tablename"),
        ("nothing", [], None),
    ],
)
def test_a_member_is_written_with_as_much_place_as_it_needs(
    name: str, places: list[Member], expected: str | None
) -> None:
    assert expected == written(name, places)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("requestParameters.roleArn", "rolearn"),
        ("requestParameters.targets[].roleArn", "rolearn"),
        ("requestParameters.iamInstanceProfile.arn", "iaminstanceprofile.arn"),
        ("requestParameters.a{}.b[].name", "b.name"),
    ],
)
def test_paths_become_parameters(path: str, expected: str) -> None:
    assert expected == tables.parameter(path)


def test_every_condition_in_words_that_we_decide_is_in_the_table() -> None:
    rows = tables.event_table()["event_actions"]
    said = {case["when"] for row in rows for case in row.get("conditional_actions", [])}
    assert set() == set(tables.whens()) - said


def test_known_absent_names_are_really_used() -> None:
    named = {a.lower() for row in tables.event_table()["event_actions"] for a in row["actions"]}
    assert set() == tables.known_absent() - named


def test_fillable_and_named_differ() -> None:
    name_only = (Fill("StackName", ("stackname",)),)
    assert (is_fillable(STACK, name_only), names_it(STACK, name_only)) == (False, True)
    assert (
        is_fillable(QUEUE, [Fill("QueueName", ("queueurl|after-last-slash",))]),
        names_it(QUEUE, [Fill("QueueName", ("queueurl|after-last-slash",))]),
    ) == (True, True)
    assert not names_it(QUEUE, ())


def test_coverage_counts_the_best_of_alternatives() -> None:
    whole = Target("queue", QUEUE, fills=(Fill("QueueName", ("queuename",)),))
    made, silent = Target("stack", STACK, created=True), Target("queue", QUEUE)
    assert [
        best_of([silent, made, whole]),
        best_of([silent, made]),
        best_of([silent]),
    ] == ["whole", "pattern", "open"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (CallRule(kind="mapped", confidence="same-name"), "same name"),
        (CallRule(kind="mapped", confidence="aws-text"), "table"),
        (CallRule(kind="no-permission"), "no permission"),
        (CallRule(), "open"),
    ],
)
def test_ways(rule: CallRule, expected: str) -> None:
    assert expected == way_of(rule)


def test_an_action_of_a_way_must_be_there_and_is_told() -> None:
    catalogue = load_catalogue()
    prefixes = {name.partition(":")[0] for name in catalogue.index().actions}
    services = {one: service for one in prefixes if (service := catalogue.service(one)) is not None}
    check_names(services)
    del services["apprunner"]
    with pytest.raises(
        BuildError, match=r"escalation: apprunner:CreateService.*apprunner-001: apprunner:CreateService"
    ):
        check_names(services)
