"""Findings in every format: valid where there is a schema, and harmless whatever a name holds."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from py_ocsf_models.events.findings.detection_finding import DetectionFinding

from leastwise.findings.exceptions import Accepted, Told
from leastwise.findings.finding import SEVERITIES, Finding, Found, Remedy
from leastwise.findings.surplus import Surplus
from leastwise.model.request import Request
from leastwise.surfaces.formats.findings import Report
from leastwise.surfaces.formats.findings.discover import FORMS

SARIF = Path(__file__).parent / "data" / "sarif-schema-2.1.0.json"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "+1+1",
    "-2+3",
    "\t=1+1",
    "a\x1b[31mred\x07",
    "a\u202egnp.exe",
    "line\nbreak\r\n| cell | [link](http://evil.example) @everyone",
    "`code` ``two`` **bold** ![x](http://evil.example/x.png)",
    "::error file=x::gotcha",
    "long" * 5_000,
    "\ud800",
    "",
)


def told(name: str, place: int = 0, *, accepted: bool = False) -> Told:
    found = Found(
        f"arn:aws:iam::111122223333:role/{name}",
        f"the role {name} is too wide",
        Remedy(f"narrow {name}", f"aws iam delete-role --role-name {name}", name, name, name),
        key=name,
        witness=Request(f"arn:aws:iam::111122223333:role/{place}", "s3:GetObject", name or "*"),
        ladder=(f"step {name}", "next"),
        evidence=(f"seen {name}",),
        unknown=name if place % 2 else "",
        since="2026-01-01" if place % 3 else "",
        risk=float(place),
    )
    finding = Finding("LW741", "escalation", "escalation", SEVERITIES[place % len(SEVERITIES)], found, 2.0, 0.1)
    by = Accepted(f"owner {name}", f"because {name}", date(2027, 1, 1), id=finding.id)
    return Told(finding, by if accepted else None)


def report(*several: Told) -> Report:
    names = [one.finding.found.subject for one in several]
    return Report("2026-06-01", 90, 3, 41, several, 1, (), [Surplus(name, 40, 4) for name in names], ("not read: x",))


HELD = report(*(told(name, place, accepted=place == 3) for place, name in enumerate(HOSTILE)))


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_format_writes_hostile_names_and_nothing(form: str) -> None:
    assert FORMS[form](HELD)
    assert FORMS[form](report()).strip()


def test_sarif_is_what_its_schema_says() -> None:
    document = json.loads(FORMS["sarif"](HELD))
    assert [] == [error.message for error in Draft7Validator(json.loads(SARIF.read_text())).iter_errors(document)]
    results = document["runs"][0]["results"]
    assert len(HOSTILE) == len(results)
    assert 1 == sum("suppressions" in one for one in results)
    assert len(HOSTILE) == len({one["partialFingerprints"]["leastwise/v1"] for one in results})


def test_ocsf_events_are_what_their_models_say() -> None:
    events = json.loads(FORMS["ocsf"](report(*(told(name, place) for place, name in enumerate(HOSTILE[:-2])))))
    for event in events:
        read = DetectionFinding(**event)
        assert (2004, "1.5.0") == (read.class_uid, read.metadata.version)
    assert {1, 2, 3, 4, 5} == {event["severity_id"] for event in events}


def test_asff_holds_what_security_hub_asks_for() -> None:
    for one in json.loads(FORMS["asff"](HELD)):
        assert {
            "SchemaVersion",
            "Id",
            "ProductArn",
            "GeneratorId",
            "AwsAccountId",
            "CreatedAt",
            "UpdatedAt",
        } <= one.keys()
        assert 0 < len(one["Description"]) <= 1024
        assert 0 < len(one["Title"]) <= 256
        assert len(one["Remediation"]["Recommendation"]["Text"]) <= 512
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", one["UpdatedAt"])


def test_no_cell_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(FORMS["csv"](HELD))))
    assert ["resource", "status", "reason"] == rows[0][:3]
    assert len(HOSTILE) + 1 == len(rows)
    assert all(len(rows[0]) == len(row) for row in rows)
    for cell in (cell for row in rows[1:] for cell in row):
        assert not re.match(r"\s*[=+\-@|%]", cell), cell[:40]
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", cell)
    assert "excepted" in {row[1] for row in rows}


class Read(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def test_the_page_holds_no_script_and_no_outside_address() -> None:
    text = FORMS["html"](HELD)
    read = Read()
    read.feed(text)
    assert not {"script", "img", "iframe", "link", "object", "embed", "form", "a"} & set(read.tags)
    assert not [name for name, _ in read.attributes if name.startswith("on") or name in ("src", "href")]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e\ud800-\udfff]", text)
    assert "url(" not in text
    text.encode("utf-8")


def test_the_page_stays_under_two_megabytes() -> None:
    many = report(*(told(f"app-{place}", place) for place in range(20_000)))
    assert len(FORMS["html"](many).encode()) < 2_000_000


def test_markdown_holds_no_link_mention_or_markup() -> None:
    text = FORMS["md"](HELD)
    plain = re.sub(r"(`+)(?:(?!\1).)+?\1(?!`)", "", text)
    assert "http://evil" not in plain
    assert "@everyone" not in plain
    assert "<script" not in plain
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(HOSTILE) + 2 == len(lines)


def test_text_and_json_hold_no_control_letter() -> None:
    assert FORMS["json"](HELD).isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", FORMS["json"](HELD))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", FORMS["text"](HELD))


def test_the_id_is_the_same_from_run_to_run_and_not_for_another_subject() -> None:
    assert told("a").finding.id == told("a", 5).finding.id
    assert told("a").finding.id != told("b").finding.id
    assert re.fullmatch(r"LW741-[0-9a-f]{10}", told("a").finding.id)
