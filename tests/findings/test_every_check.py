"""What holds of every check: it stands an empty estate and hostile names, and its page says what it cannot see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_scenes import ACCOUNT, TAKEN, allow, iam, role, scene, user
from test_outsiders import bucket, lets, organisation, queue
from test_unused import key, row, use, used

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.held import Activity, LastUsed, Resource, Resources
from leastwise.findings.discover import checks, unknown_to
from leastwise.findings.registry import Check
from leastwise.findings.scene import Scene
from leastwise.surfaces.cli.text import safe

EVERY = list(checks().values())
OWN = [one for one in EVERY if one.group in ("unused", "credentials", "external", "guard rails")]
GUIDE = Path(__file__).parents[2] / "docs/guide/scan-severities.md"
HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|'/C calc'!A0",
    "a\x1b[31mred\x07",
    "a\u202egnp",
    "x\r\ny",
    "`id`",
    "*",
    "",
)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_a_page_says_the_fault_and_what_it_cannot_see(one: Check) -> None:
    assert "What it cannot see:" in one.page or "cannot" in one.page
    assert re.fullmatch(r"LW7\d\d", one.code)
    assert one.source


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_its_severity_is_the_one_that_was_written_down(one: Check) -> None:
    lines = [line for line in GUIDE.read_text().splitlines() if line.startswith(f"| {one.code} |")]
    assert [f"| {one.code} | {one.name} | {one.group} | {one.severity} |"] == [
        "|".join(line.split("|")[:5]) + "|" for line in lines
    ]


def test_every_severity_that_was_written_down_is_of_a_check() -> None:
    written = re.findall(r"^\| (LW\d+) \|", GUIDE.read_text(), re.MULTILINE)
    assert sorted(checks()) == sorted(written)


def test_actions_that_checks_name_are_those_of_aws() -> None:
    assert [] == unknown_to(lambda name: load_catalogue().action(name) is not None)


@pytest.mark.parametrize("one", OWN, ids=lambda one: one.name)
def test_an_empty_estate_has_no_finding(one: Check) -> None:
    for where in (scene(), scene(iam()), scene(iam(), used=used()), scene(organisation())):
        assert [] == list(one.find(where))
    assert [] == list(one.find(Scene(Estate(gathered([], taken="")), load_catalogue())))


@pytest.fixture(scope="module", params=HOSTILE, ids=ascii)
def hostile(request: pytest.FixtureRequest) -> Scene:
    """An estate in which everything bears the name, and much is wrong."""
    name = request.param
    open_one = role(name, allow("s3:*", "iam:CreateRole"), trust={"AWS": "*"})
    report_rows = [row(name, **key(1), **key(2), password_enabled="true")]
    activity = Activity(ACCOUNT, {open_one.arn: LastUsed()}, tuple(report_rows))
    odd = Resource(f"arn:aws:s3:::{name}", ACCOUNT, "s3:bucket", policies={"policy": "{", name: "["})
    sets = [Resources(ACCOUNT, "s3", "", (bucket(lets("*")), odd)), Resources(ACCOUNT, "sqs", "", (queue(lets("*")),))]
    logs = used(use(f"role/{name}", "s3:GetObject", name))
    return scene(iam(open_one, user(name)), activity, organisation(), *sets, used=logs)


@pytest.mark.parametrize("one", OWN, ids=lambda one: one.name)
def test_hostile_names_break_no_check(one: Check, hostile: Scene) -> None:
    for found in one.find(hostile):
        assert found.subject
        assert safe(found.message).isprintable()


def test_the_day_is_that_of_the_snapshot_without_logs() -> None:
    assert TAKEN[:10] == scene(iam()).today.isoformat()
    assert "1970-01-01" == Scene(Estate(gathered([], taken="no day")), load_catalogue()).today.isoformat()
