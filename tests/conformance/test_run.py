"""The runner of the case tables: what it prints, writes and ends with, and the project's own tables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conformance.calls import grant_cases, logged_call, statement_cases
from conformance.cases import Case, CaseFile, case_files, table_rows

from conformance import run

ROOT = Path(__file__).parents[2]
OWN = ROOT / "conformance" / "cloudtrail"

CASE = {
    "id": "one",
    "event_source": "sqs.amazonaws.com",
    "event_name": "SendMessage",
    "resource_arns": ["arn:aws:sqs:eu-west-1:111122223333:jobs"],
    "expected_statement": {
        "Action": ["sqs:SendMessage"],
        "Effect": "Allow",
        "Resource": ["arn:aws:sqs:eu-west-1:111122223333:jobs"],
    },
}


def _file(folder: Path, name: str, text: str) -> CaseFile:
    area, _, rest = name.partition("/")
    path = folder / area / rest
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return CaseFile(area, path)


def _cases(*cases: dict[str, object]) -> str:
    return json.dumps({"meta": {}, "cases": cases})


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance.run", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip


@pytest.mark.parametrize("case", grant_cases((OWN / "calls.md").read_bytes()), ids=lambda c: c.id)
def test_a_call_needs_what_its_row_says(case: Case) -> None:
    assert case.expected == case.ask()


def test_the_own_table_covers_many_services() -> None:
    rows = [cells for _, cells in table_rows((OWN / "calls.md").read_bytes())]
    assert len(rows) >= 40
    assert len({source for _, source, *_ in rows}) >= 20
    assert len({name for name, *_ in rows}) == len(rows)


def test_every_settled_difference_is_still_one() -> None:
    settled = run.settled_in(run.DIFFERENCES)
    files = [file for file in case_files(run.OWN) if file.path.suffix == ".json"]
    own = {case.id for f in files for case in run.ANSWERED[f.area][".json"](f.path.read_bytes())}
    assert set(settled) & own == {d.id for f in files for d in run.outcome_of(f, settled).differ}


def test_cases_that_agree_are_counted(tmp_path: Path) -> None:
    outcome = run.outcome_of(_file(tmp_path, "cloudtrail/a.json", _cases(CASE)), {})
    assert (1, 1, 0, ()) == (outcome.cases, outcome.agree, outcome.skipped, outcome.differ)
    assert ["cloudtrail/a.json: 1 of 1 agree"] == list(run.report([outcome]))


def test_a_difference_is_told_with_both_answers(tmp_path: Path) -> None:
    other = {**CASE, "expected_statement": None}
    outcome = run.outcome_of(_file(tmp_path, "cloudtrail/a.json", _cases(other)), {})
    (one,) = outcome.differ
    assert ("one", None, CASE["expected_statement"], None) == (one.id, one.expected, one.got, one.settled)
    assert 1 == run.exit_code([outcome])


def test_a_settled_difference_is_no_failure(tmp_path: Path) -> None:
    file = _file(tmp_path, "cloudtrail/a.json", _cases({**CASE, "expected_statement": None}))
    outcome = run.outcome_of(file, {"one": "a page of AWS"})
    assert ["a page of AWS"] == [one.settled for one in outcome.differ]
    assert 0 == run.exit_code([outcome])


def test_a_call_without_permission_is_expected_as_null() -> None:
    case = {
        **CASE,
        "event_source": "sts.amazonaws.com",
        "event_name": "GetCallerIdentity",
        "expected_statement": None,
    }
    assert [None] == [c.ask() for c in statement_cases(_cases(case).encode())]


def test_an_unknown_call_is_never_agreement() -> None:
    case = {**CASE, "event_source": "nowhere.amazonaws.com", "event_name": "DoIt", "expected_statement": None}
    (one,) = statement_cases(_cases(case).encode())
    assert "unmapped" == one.ask()
    assert one.expected != one.ask()


def test_an_area_that_is_not_answered_is_skipped(tmp_path: Path) -> None:
    outcome = run.outcome_of(_file(tmp_path, "grammar/a.json", _cases({"anything": 1}, {})), {})
    assert (2, 0, 2, 0) == (outcome.cases, outcome.agree, outcome.skipped, run.exit_code([outcome]))
    assert ["grammar/a.json: skipped, 2 cases of an area that is not answered yet"] == list(run.report([outcome]))


def test_a_bug_does_not_hide_the_other_cases(tmp_path: Path) -> None:
    def broken() -> object:
        raise KeyError("x")

    asked = run._asked(CaseFile("cloudtrail", tmp_path), [Case("a", 1, broken), Case("b", 2, lambda: 2)], {})
    assert (2, 1, "bug: KeyError: 'x'") == (asked.cases, asked.agree, asked.differ[0].got)


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("cloudtrail/a.json", "{", "input data was truncated"),
        ("cloudtrail/a.json", "[]", "expected `object`, got `array`"),
        (
            "cloudtrail/a.json",
            _cases(CASE, {"id": "x"}),
            "case 2: object missing required field `event_source`",
        ),
        ("cloudtrail/a.json", _cases({**CASE, "resource_arns": 3}), "case 1: expected `array`, got `int`"),
        ("privesc/a.json", '{"cases": 3}', "expected `array`, got `int`"),
        ("cloudtrail/a.md", "| a |\n|---|\n| b |\n", "line 3: 1 columns, not 6"),
        (
            "cloudtrail/a.md",
            "| a |\n|---|\n| n | s | e | `{` | g | src |\n",
            "line 3: the record is not JSON",
        ),
        ("cloudtrail/a.md", "| a |\n|---|\n| n | s | e | | g | |\n", "line 3: no source"),
    ],
)
def test_a_malformed_file_is_reported_with_its_place(tmp_path: Path, name: str, text: str, place: str) -> None:
    outcome = run.outcome_of(_file(tmp_path, name, text), {})
    assert place in outcome.fault
    assert 2 == run.exit_code([outcome])
    assert [f"{name}: cannot be read: {outcome.fault}"] == list(run.report([outcome]))


def test_no_case_file_is_not_a_success(tmp_path: Path) -> None:
    ended = _run("--cases", str(tmp_path))
    assert (2, "") == (ended.returncode, ended.stdout)
    assert "no case file" in ended.stderr


def test_the_outcome_is_written_as_json(tmp_path: Path) -> None:
    _file(tmp_path, "cloudtrail/a.json", _cases({**CASE, "expected_statement": None}))
    _file(tmp_path, "grammar/b.json", _cases({}))
    ended = _run("--cases", str(tmp_path), "--out", str(tmp_path / "out.json"))
    differ = [{"id": "one", "expected": None, "got": CASE["expected_statement"], "settled": None}]
    expected = {
        "files": [
            {
                "file": "cloudtrail/a.json",
                "area": "cloudtrail",
                "cases": 1,
                "agree": 0,
                "skipped": 0,
                "differ": differ,
            },
            {"file": "grammar/b.json", "area": "grammar", "cases": 1, "agree": 0, "skipped": 1, "differ": []},
        ]
    }
    assert 1 == ended.returncode
    assert expected == json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))


def test_the_own_tables_agree_or_are_settled() -> None:
    ended = _run()
    assert 0 == ended.returncode, ended.stdout
    assert "cloudtrail/trailscraper-record-to-statement.json: 7 of 8 agree" in ended.stdout


def test_a_call_is_read_as_a_log_would_be() -> None:
    call = logged_call("sqs.amazonaws.com", "SendMessage", {"awsRegion": "us-gov-west-1"})
    assert ("mapped", "us-gov-west-1") == (call.kind, call.region)
