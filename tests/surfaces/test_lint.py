"""`leastwise lint` as a user meets it: files in, findings out, in every form."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from jsonschema import Draft7Validator
from told import Command

from leastwise.lint.discover import checks
from leastwise.lint.grammar_faults import GRAMMAR_FAULTS
from leastwise.model.finding import SEVERITIES

SCHEMA = Path(__file__).parent / "data" / "sarif-schema-2.1.0.json"
GOOD: dict[str, object] = {
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::reports/2026/*",
}
MISSPELT = {**GOOD, "Action": ["s3:GetObjct", "s3:GetObject"]}
WIDE = {**GOOD, "Action": "*", "Resource": "*"}


def document(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


@pytest.fixture
def lint(leastwise: Command, tmp_path: Path) -> Command:
    """The command, in a folder with a good policy and two that are not."""
    for name, text in (("good.json", document(GOOD)), ("bad.json", document(MISSPELT)), ("wide.json", document(WIDE))):
        (tmp_path / name).write_text(text)

    def command(*arguments: str) -> object:
        return leastwise("lint", *arguments)

    return command  # type: ignore[return-value]


def test_a_good_policy_has_nothing_to_report(lint: Command) -> None:
    told = lint("good.json")
    assert (0, "no finding in 1 policy document of 1 file\n") == (told.code, told.out)


def test_a_finding_stands_at_its_place_with_what_to_type(lint: Command) -> None:
    told = lint("bad.json")
    assert 1 == told.code
    assert "error[LW101]: unknown action `s3:GetObjct` [unknown-action]" in told.out
    assert "┌ bad.json:7:9" in told.out
    assert "= help: did you mean `s3:GetObject`?" in told.out


def test_a_folder_is_read_with_what_lies_below(lint: Command, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "more.json").write_text(document(MISSPELT))
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "other.json").write_text(document(MISSPELT))
    found = lint(".", "--select", "unknown-action", "--json").json()
    assert ["bad.json", "below/more.json"] == [one["file"] for one in found["findings"]]  # type: ignore[index,union-attr]
    assert 4 == found["files"]


def test_standard_input(lint: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(document(MISSPELT).encode())))
    told = lint("-", "--select", "LW101")
    assert (1, True) == (told.code, "┌ standard input:7:9" in told.out)


def test_the_type_may_be_given(lint: Command) -> None:
    assert "`Resource` does not belong in a trust policy" in lint("good.json", "--type", "trust").out


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--select", "unknown-action"), {"unknown-action"}),
        (("--select", "lw1"), {"unknown-action"}),
        (("--select", "error", "--ignore", "LW101"), set()),
        (("--select", "LW101", "--select", "LW401"), {"unknown-action"}),
    ],
)
def test_checks_are_chosen_by_name_code_and_severity(
    lint: Command, arguments: tuple[str, ...], names: set[str]
) -> None:
    found = lint("bad.json", *arguments, "--json").json()["findings"]
    assert names == {one["name"] for one in found}  # type: ignore[union-attr,index]


def test_the_exit_code_is_of_the_least_severity_asked_for(lint: Command) -> None:
    chosen = ("wide.json", "--select", "everything-on-everything")
    assert [1, 1, 0] == [lint(*chosen, "--fail-on", one).code for one in ("suggestion", "security-warning", "error")]


def test_programs_get_it_all(lint: Command) -> None:
    found = lint("bad.json", "--json").json()
    assert ["schema", "files", "documents", "findings", "unreadable"] == list(found)
    assert [{"file": "bad.json", "where": "", "type": "identity"}] == [
        {key: one[key] for key in ("file", "where", "type")}
        for one in found["documents"]  # type: ignore[union-attr,index]
    ]
    one = next(one for one in found["findings"] if one["code"] == "LW101")  # type: ignore[union-attr,index]
    place = {"source": "bad.json", "line": 7, "column": 9, "length": 13}
    assert (place, "Statement[0].Action[0]", None) == (one["place"], one["path"], one["accepted"])


def test_sarif_is_what_its_schema_says(lint: Command) -> None:
    told = lint("bad.json", "wide.json", "-f", "sarif")
    Draft7Validator(json.loads(SCHEMA.read_bytes())).validate(json.loads(told.out))
    (run,) = json.loads(told.out)["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert {*checks(), *GRAMMAR_FAULTS} == set(rules)
    first = next(one for one in run["results"] if one["ruleId"] == "LW101")
    assert rules[first["ruleIndex"]] == "LW101"
    assert 7 == first["locations"][0]["physicalLocation"]["region"]["startLine"]


def test_a_result_is_the_same_when_lines_move(lint: Command, tmp_path: Path) -> None:
    def digests() -> set[str]:
        (run,) = json.loads(lint("bad.json", "-f", "sarif").out)["runs"]
        return {one["partialFingerprints"]["leastwise/v1"] for one in run["results"]}

    before = digests()
    (tmp_path / "bad.json").write_text("\n\n" + document(MISSPELT))
    assert before == digests()


def test_annotations_of_a_pull_request(lint: Command) -> None:
    told = lint("bad.json", "--select", "LW101", "-f", "github")
    assert "::error file=bad.json,line=7,col=9,endColumn=22,title=LW101 unknown-action::unknown action" in told.out


def test_junit(lint: Command) -> None:
    root = fromstring(lint("bad.json", "good.json", "--select", "LW101", "-f", "junit").out)
    assert [("bad.json", "1"), ("good.json", "0")] == [(one.get("name"), one.get("failures")) for one in root]
    assert "unknown action `s3:GetObjct`" == root[0][0][0].get("message")


def test_hostile_names_are_harmless(lint: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(document({**MISSPELT, "Action": ["s3:Get\u001b[31m<b>&\u0000]]>%0A::x::"]}))
    for form in ("text", "github", "junit", "sarif", "json"):
        out = lint("bad.json", "-f", form).out
        assert "\u001b" not in out and "\u0000" not in out
    assert fromstring(lint("bad.json", "-f", "junit").out) is not None


def test_every_check_has_its_page(lint: Command) -> None:
    for code, one in checks().items():
        told = lint("--explain", code)
        assert (0, True) == (told.code, told.out.startswith(f"{code} {one.name} ({one.severity})\n"))
        assert one.source in told.out
    for code in GRAMMAR_FAULTS:
        assert lint("--explain", code).out.startswith(f"{code} ")


def test_a_page_is_found_by_name_too(lint: Command) -> None:
    assert lint("--explain", "LW101").out == lint("--explain", "unknown-action").out


TOMORROW, YESTERDAY = "2999-01-01", "2020-01-01"


def exceptions(folder: Path, until: str, **more: str) -> None:
    fields = {"check": "unknown-action", "reason": "known to be wrong", **more}
    rows = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
    (folder / "accepted.toml").write_text("\n".join(["[[exception]]", f"until = {until}", *rows]))


def test_an_accepted_finding_does_not_count(lint: Command, tmp_path: Path) -> None:
    chosen = ("bad.json", "--select", "LW101", "--exceptions", "accepted.toml")
    exceptions(tmp_path, TOMORROW, file="bad.*", owner="platform")
    told = lint(*chosen)
    assert (0, "no finding in 1 policy document of 1 file; 1 accepted\n") == (told.code, told.out)
    (one,) = lint(*chosen, "--json").json()["findings"]  # type: ignore[misc]
    assert {"reason": "known to be wrong", "until": TOMORROW, "owner": "platform"} == one["accepted"]


def test_an_exception_ends(lint: Command, tmp_path: Path) -> None:
    exceptions(tmp_path, YESTERDAY)
    told = lint("bad.json", "--select", "LW101", "--exceptions", "accepted.toml")
    assert 1 == told.code
    assert f"the exception of `unknown-action` in `bad.json` ended on {YESTERDAY}" in told.err


@pytest.mark.parametrize("more", [{"file": "other.json"}, {"path": "Statement[1].*"}, {"check": "unknown-service"}])
def test_an_exception_covers_what_it_names_alone(lint: Command, tmp_path: Path, more: dict[str, str]) -> None:
    exceptions(tmp_path, TOMORROW, **more)
    assert 1 == lint("bad.json", "--select", "LW101", "--exceptions", "accepted.toml").code


def test_an_exception_may_stand_in_the_file(lint: Command, tmp_path: Path) -> None:
    comment = f"<!-- leastwise: accept unknown-action until {TOMORROW}: an example of a misspelling -->"
    fence = f"```json\n{document(MISSPELT)}\n```\n"
    (tmp_path / "page.md").write_text(f"# Page\n\n{comment}\n\n{fence}\n{fence}")
    found = lint("page.md", "--select", "LW101", "--json").json()["findings"]
    assert [True, False] == [one["accepted"] is not None for one in found]  # type: ignore[union-attr,index]
    (tmp_path / "page.md").write_text(f"<!-- leastwise: accept unknown-action -->\n{fence}")
    told = lint("page.md", "--select", "LW101")
    assert (2, True) == (told.code, "this exception has no check, end date and reason" in told.err)


def test_a_baseline_leaves_what_is_new(lint: Command, tmp_path: Path) -> None:
    assert 0 == lint("bad.json", "--write-baseline", "known.json").code
    assert 0 == lint("bad.json", "--baseline", "known.json").code
    (tmp_path / "bad.json").write_text(document({**MISSPELT, "Action": ["s3:GetObjct", "s3:PutObjct"]}))
    found = lint("bad.json", "--baseline", "known.json", "--select", "LW101", "--json").json()["findings"]
    assert ["unknown action `s3:PutObjct`"] == [one["message"] for one in found]  # type: ignore[union-attr,index]


def test_safe_mends_are_written(lint: Command, tmp_path: Path) -> None:
    path = tmp_path / "twice.json"
    path.write_text(document({**GOOD, "Action": ["s3:GetObject", "s3:Get*"]}, GOOD))
    told = lint("twice.json", "--fix", "--select", "redundant-action", "--select", "redundant-statement")
    assert "twice.json: " in told.err
    assert 0 == told.code
    kept = json.loads(path.read_text())["Statement"]
    assert [["s3:Get*"]] == [one["Action"] for one in kept]
    assert "no finding" in lint("twice.json", "--select", "redundant-action", "--select", "redundant-statement").out


def test_a_file_that_needs_no_mend_is_left_as_it_is(lint: Command, tmp_path: Path) -> None:
    before = (tmp_path / "bad.json").stat().st_mtime_ns
    assert 1 == lint("bad.json", "--fix").code
    assert before == (tmp_path / "bad.json").stat().st_mtime_ns


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no file is given"),
        (("empty",), "no file to read in `empty`"),
        (("bad.json", "--select", "unknown-acton"), "there is no check `unknown-acton`"),
        (("--explain", "LW999"), "there is no check `LW999`"),
        (("bad.json", "--exceptions", "good.json"), "cannot read `good.json`"),
        (("bad.json", "--exceptions", "none.toml"), "cannot read `none.toml`"),
        (("bad.json", "--exceptions", "wrong.toml"), "exception 1 of `wrong.toml` cannot be read"),
        (("bad.json", "--baseline", "good.json"), "cannot read the baseline `good.json`"),
    ],
)
def test_what_cannot_be_used_is_named(lint: Command, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "wrong.toml").write_text('[[exception]]\ncheck = "unknown-action"\n')
    told = lint(*arguments)
    assert (2, True) == (told.code, message in told.err)
    assert "= help" in told.err or "none.toml" in message or "good.json" in message


def test_a_file_that_cannot_be_read_stops_no_other(lint: Command, tmp_path: Path) -> None:
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    told = lint("none.json", "binary.json", "bad.json", "--select", "LW101")
    assert 2 == told.code
    assert "cannot read `none.json`" in told.err and "`binary.json`" in told.err
    assert "unknown action `s3:GetObjct`" in told.out


PLAN = """
resource "aws_iam_role_policy" "app" {
  role   = aws_iam_role.app.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:GetObjct"], Resource = aws_s3_bucket.data.arn },
      { Effect = "Allow", Action = [var.action], Resource = "arn:aws:s3:::reports" },
    ]
  })
}
"""


def test_of_what_is_not_known_until_apply_nothing_is_told(lint: Command, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(PLAN)
    found = lint("main.tf", "--json").json()
    assert ["aws_iam_role_policy.app"] == [one["where"] for one in found["documents"]]  # type: ignore[union-attr,index]
    assert ["Statement[0].Action[0]"] == [one["path"] for one in found["findings"]]  # type: ignore[union-attr,index]
    assert 7 == found["findings"][0]["place"]["line"]  # type: ignore[index]
    assert ["Statement[0].Resource", "Statement[1].Action[0]"] == found["documents"][0]["unknown"]  # type: ignore[index]
    assert "2 values not known until apply: nothing is said of them" in lint("main.tf").out


TEMPLATE = """
Resources:
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          # leastwise: accept unknown-action until 2999-01-01: the name is mended with the next release
          - Effect: Allow
            Action: [s3:GetObjct]
            Resource: !Sub arn:aws:s3:::${AWS::AccountId}-x/*
"""


def test_a_template_is_read_with_its_comments(lint: Command, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    assert 0 == lint("t.yaml", "--select", "LW101").code
    (tmp_path / "t.yaml").write_text(TEMPLATE.replace("leastwise:", "note:"))
    told = lint("t.yaml", "--select", "LW101")
    assert 1 == told.code
    assert "┌ t.yaml:11:22" in told.out
    assert "11│             Action: [s3:GetObjct]" in told.out


def test_a_file_without_a_policy_is_a_fault_where_it_is_named(lint: Command, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "package.json").write_text('{"name": "x"}')
    (tmp_path / "below" / "good.json").write_text(document(GOOD))
    assert (0, "") == (lint("below").code, lint("below").err)
    told = lint("below/package.json")
    assert (2, True) == (told.code, "the file holds no policy document" in told.err)
    (tmp_path / "below" / "tsconfig.json").write_text("{ // comment\n}")
    passed = lint("below/package.json", "below/tsconfig.json", "below/good.json", "--pass-over")
    assert (0, "") == (passed.code, passed.err)
    assert 0 == lint("below").code


def test_severities_are_those_of_aws() -> None:
    assert ("error", "security-warning", "warning", "suggestion") == SEVERITIES
