"""`leastwise scp|rcp|boundary template`, `test` and `scp break-glass` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from told import Command

from leastwise.language.parse import parse_policy
from leastwise.synthesize.guardrails.templates import templates

ORG = ("--set", "organization=o-a1b2c3d4e5")


@pytest.mark.parametrize("kind", ["scp", "rcp", "boundary"])
def test_templates_are_listed_with_their_titles(leastwise: Command, kind: str) -> None:
    told = leastwise(kind, "template")
    expected = {name: one.title for name, one in templates().items() if kind in one.types}
    assert 0 == told.code
    assert expected == dict(line.split(maxsplit=1) for line in told.out.splitlines())
    listed = leastwise(kind, "template", "--json").json()["templates"]
    assert list(expected) == [one["name"] for one in listed]  # type: ignore[attr-defined]


def test_a_page_says_what_a_template_is(leastwise: Command) -> None:
    told = leastwise("rcp", "template", "trusted-identities", "--explain")
    assert 0 == told.code
    for part in ("what it breaks:", "organization (required):", "cases, which hold for its examples:", "sources:"):
        assert part in told.out
    assert "an image is shared" not in told.out
    page = leastwise("rcp", "template", "trusted-identities", "--explain", "--json").json()
    assert ["rcp", "scp"] == page["types"]
    names = [one["name"] for one in page["parameters"]]  # type: ignore[attr-defined]
    assert ["organization", "trusted-accounts", "services"] == names


def test_a_policy_is_printed_with_its_values(leastwise: Command) -> None:
    told = leastwise("scp", "template", "only-these-regions", "--set", "regions=eu-west-1, eu-central-1")
    assert 0 == told.code
    policy = parse_policy(told.out, kind="scp")
    assert {"StringNotEquals": {"aws:RequestedRegion": ("eu-west-1", "eu-central-1")}} == policy.statements[
        0
    ].conditions
    assert "purpose: " in told.err
    assert "breaks: " in told.err


def test_values_may_come_from_a_file_and_be_set_besides(leastwise: Command) -> None:
    Path("values.toml").write_text('regions = ["eu-west-1"]\nalso = ["account:*"]\n', encoding="utf-8")
    Path("values.json").write_text('{"regions": "eu-west-1", "also": ["account:*"]}', encoding="utf-8")
    found = [
        leastwise("scp", "template", "only-these-regions", "--set-file", name, "--set", "regions=us-east-1").json()
        for name in ("values.toml", "values.json")
    ]
    assert found[0] == found[1]
    (statement,) = found[0]["Statement"]  # type: ignore[misc]
    assert ["us-east-1"] == statement["Condition"]["StringNotEquals"]["aws:RequestedRegion"]
    assert "account:*" == statement["NotAction"][-1]


def test_exceptions_and_the_break_glass_role_are_put_in(leastwise: Command) -> None:
    glass = "arn:aws:iam::111122223333:role/break-glass"
    told = leastwise(
        "scp",
        "template",
        "keep-logs",
        "--except",
        "arn:aws:iam::*:role/logs",
        "--except",
        "team=a",
        "--break-glass",
        glass,
    )
    assert 0 == told.code
    expected = {"aws:PrincipalArn": ["arn:aws:iam::*:role/logs", glass]}
    assert all(expected == one["Condition"]["ArnNotLike"] for one in told.json()["Statement"])  # type: ignore[attr-defined]
    assert "whoever may set the tag team=a" in told.err


def test_exceptions_that_leave_nobody_out_are_told(leastwise: Command) -> None:
    told = leastwise("rcp", "template", "trusted-identities", *ORG, "--except", "team=a")
    assert 0 == told.code
    assert "the exceptions leave nobody out" in told.err


def test_an_exception_need_not_fit_the_other_half(leastwise: Command) -> None:
    values = ("--set", "addresses=203.0.113.0/24", "--set", "vpcs=vpc-0a1b2c3d4e5f67890", "--except", "team=a")
    assert 0 == leastwise("scp", "template", "expected-networks", *values).code
    assert 2 == leastwise("rcp", "template", "expected-networks", *values).code


@pytest.mark.parametrize("kind", ["scp", "rcp"])
def test_its_purpose_is_proved_when_asked(leastwise: Command, kind: str) -> None:
    told = leastwise(kind, "template", "trusted-identities", *ORG, "--prove", "--json")
    assert 0 == told.code
    answer = told.json()
    assert ("PASS", kind, []) == (answer["verdict"], answer["type"], answer["undecided"])
    assert "PASS: " in told.err
    other = "rcp" if kind == "scp" else "scp"
    assert f"its other half: leastwise {other} template trusted-identities" in told.err


def test_attachments_are_written_for_terraform_and_cloudformation(leastwise: Command) -> None:
    hcl = leastwise("scp", "template", "stay-in-organization", "-f", "hcl", "--target", "ou-ab12-11111111")
    assert 'resource "aws_organizations_policy_attachment"' in hcl.out
    cfn = leastwise("scp", "template", "stay-in-organization", "-f", "cfn", "--target", "ou-ab12-11111111")
    (resource,) = yaml.safe_load(cfn.out)["Resources"].values()
    assert ["ou-ab12-11111111"] == resource["Properties"]["TargetIds"]


def test_a_policy_near_its_quota_is_printed_small(leastwise: Command) -> None:
    month = ("--set", "from=2026-12-01", "--set", "until=2026-12-31")
    told = leastwise("scp", "template", "business-hours", *month)
    assert 10_240 >= len(told.out.rstrip("\n"))
    assert "warning" not in told.err
    year = leastwise("scp", "template", "business-hours", "--set", "from=2026-01-01", "--set", "until=2026-12-31")
    assert 0 == year.code
    assert "over the maximum of an SCP" in year.err


def test_what_the_values_make_wrong_is_told(leastwise: Command) -> None:
    told = leastwise("scp", "template", "change-freeze", "--set", f"windows={WINDOW}", "--set", "actions=s3:GetObjct")
    assert 0 == told.code
    assert "warning: unknown action `s3:GetObjct`" in told.err
    assert "warning" not in leastwise("scp", "template", "change-freeze", "--set", f"windows={WINDOW}").err


WINDOW = "2026-12-20T00:00:00Z/2027-01-02T00:00:00Z"
FAULTS = {
    ("scp", "template", "keep-key"): "did you mean `keep-keys`?",
    ("boundary", "template", "keep-keys"): "its command is `leastwise scp template keep-keys`",
    ("scp", "template", "only-these-regions"): "the parameter `regions` is missing",
    ("scp", "template", "no-root-user", "--set", "regions"): "cannot read the parameter `regions`",
    ("scp", "template", "no-root-user", "--set-file", "none.toml"): "cannot read `none.toml`",
    ("scp", "template", "no-root-user", "--except", "arn:aws:iam::*:role/*"): "more than roles or users of a name",
    ("scp", "template", "no-root-user", "--break-glass", "arn:aws:iam::*:role/glass"): "is no ARN of one role",
    (
        "rcp",
        "template",
        "https-only",
        "--except",
        "team=a",
    ): "would leave out principals of any account",
    ("scp", "break-glass", "--account", "1", "--principal", "x", "--policy-arn", "x", "--topic", "x"): "no account id",
}


@pytest.mark.parametrize("arguments", FAULTS)
def test_what_cannot_be_done_ends_with_two(leastwise: Command, arguments: tuple[str, ...]) -> None:
    told = leastwise(*arguments)
    assert (2, "") == (told.code, told.out)
    assert FAULTS[arguments] in told.err


@pytest.mark.parametrize("text", ["regions = [", '{"regions": ', "regions = [true]", "regions = 1.5"])
def test_a_file_of_values_at_fault_ends_with_two(leastwise: Command, text: str) -> None:
    Path("values").write_text(text, encoding="utf-8")
    told = leastwise("scp", "template", "only-these-regions", "--set-file", "values")
    assert (2, "") == (told.code, told.out)
    assert "`values`" in told.err


GLASS = (
    *("scp", "break-glass", "--account", "111122223333", "--principal", "arn:aws:iam::111122223333:user/ann"),
    *("--policy-arn", "arn:aws:iam::aws:policy/AdministratorAccess"),
    *("--topic", "arn:aws:sns:eu-west-1:111122223333:alarms"),
)


def test_the_break_glass_role_is_written_in_each_form(leastwise: Command) -> None:
    role = leastwise(*GLASS).json()["role"]
    assert 3600 == role["MaxSessionDuration"]  # type: ignore[index]
    assert leastwise(*GLASS, "--json").out == leastwise(*GLASS).out
    resources = yaml.safe_load(leastwise(*GLASS, "-f", "cfn").out)["Resources"]
    assert {"BreakGlass": "AWS::IAM::Role", "BreakGlassAssumed": "AWS::Events::Rule"} == {
        name: one["Type"] for name, one in resources.items()
    }
    assert role["AssumeRolePolicyDocument"] == resources["BreakGlass"]["Properties"]["AssumeRolePolicyDocument"]  # type: ignore[index]
    hcl = leastwise(*GLASS, "-f", "hcl").out
    for made in (
        "aws_iam_role",
        "aws_iam_role_policy_attachment",
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_event_target",
    ):
        assert f'resource "{made}" "break_glass"' in hcl


CASES = """
policy = "guard.json"
complete = true

[[case]]
name = "nobody leaves"
principal = "arn:aws:iam::111122223333:role/admin"
action = "organizations:LeaveOrganization"
expected = "DENY"

[[case]]
name = "objects are read \\u001b[2J"
principal = "arn:aws:iam::111122223333:role/admin"
action = "s3:GetObject"
resource = "arn:aws:s3:::b/k"
expected = "EXPLICIT_DENY"
"""


@pytest.fixture
def guard(leastwise: Command) -> Command:
    """A guard rail and cases for it, of which the second expects too much."""
    Path("guard.json").write_text(leastwise("scp", "template", "stay-in-organization").out, encoding="utf-8")
    Path("cases.toml").write_text(CASES, encoding="utf-8")
    return leastwise


def test_a_case_that_does_not_hold_ends_with_one(guard: Command) -> None:
    told = guard("scp", "test", "cases.toml")
    assert 1 == told.code
    assert "ok    nobody leaves: EXPLICIT_DENY" == told.out.splitlines()[0]
    assert "FAIL  objects are read \\x1b[2J: expected EXPLICIT_DENY, found ALLOW" == told.out.splitlines()[1]
    assert "cases.toml:11: " in told.out
    assert "2 cases: 1 as expected, 1 not" in told.err


def test_cases_that_hold_end_with_zero(guard: Command) -> None:
    Path("cases.toml").write_text(CASES.replace("EXPLICIT_DENY", "ALLOW"), encoding="utf-8")
    assert 0 == guard("scp", "test", "cases.toml").code


def test_cases_are_told_as_json_and_as_junit(guard: Command) -> None:
    answer = guard("scp", "test", "cases.toml", "--json").json()
    assert (1, "scp", ["guard.json"]) == (answer["failed"], answer["type"], answer["policies"])
    first, second = answer["cases"]  # type: ignore[misc]
    assert [("StayInOrganization", 0)] == [(by["sid"], by["statement"]) for by in first["by"]]
    assert (False, "ALLOW", "cases.toml:11") == (second["holds"], second["outcome"], second["place"])
    root = ElementTree.fromstring(guard("scp", "test", "cases.toml", "-f", "junit").out)
    assert ("2", "1") == (root[0].get("tests"), root[0].get("failures"))
    assert [False, True] == [case.find("failure") is not None for case in root[0]]


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_cases_may_be_json_or_yaml(guard: Command, form: str) -> None:
    case = {
        "principal": "arn:aws:iam::111122223333:role/admin",
        "action": "organizations:LeaveOrganization",
        "expected": "DENY",
    }
    dump = json.dumps if form == "json" else yaml.safe_dump
    Path(f"cases.{form}").write_text(dump({"policy": "guard.json", "case": [case, {**case, "expected": "ALLOW"}]}))
    told = guard("scp", "test", f"cases.{form}")
    assert 1 == told.code
    assert f"cases.{form}: case 2: " in told.out


def test_the_policy_may_be_given_besides(guard: Command) -> None:
    Path("cases.toml").write_text(CASES.replace('policy = "guard.json"\n', ""), encoding="utf-8")
    told = guard("scp", "test", "cases.toml")
    assert 2 == told.code
    assert "names no policy" in told.err
    assert 1 == guard("scp", "test", "cases.toml", "--policy", "guard.json").code


def test_paths_are_from_the_folder_of_the_file(guard: Command) -> None:
    Path("deep").mkdir()
    Path("deep/cases.toml").write_text(CASES.replace("guard.json", "../guard.json"), encoding="utf-8")
    assert 1 == guard("scp", "test", "deep/cases.toml").code


def test_a_boundary_and_an_rcp_are_tried_as_well(leastwise: Command) -> None:
    boundary = leastwise("boundary", "template", "workload", "--set", "services=s3,sqs")
    Path("guard.json").write_text(boundary.out, encoding="utf-8")
    case = """
[[case]]
principal = "arn:aws:iam::111122223333:role/shop"
action = "{action}"
resource = "{resource}"
complete = true
expected = "{expected}"
"""
    asked = {"action": "ec2:RunInstances", "resource": "*", "expected": "IMPLICIT_DENY"}
    Path("b.toml").write_text('policy = "guard.json"\n' + case.format(**asked), encoding="utf-8")
    assert 0 == leastwise("boundary", "test", "b.toml").code
    Path("rcp.json").write_text(leastwise("rcp", "template", "https-only").out, encoding="utf-8")
    asked = {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "expected": "DENY"}
    insecure = '\ncontext = { "aws:SecureTransport" = false }\n'
    Path("r.toml").write_text('policy = "rcp.json"\n' + case.format(**asked) + insecure, encoding="utf-8")
    assert 0 == leastwise("rcp", "test", "r.toml").code


@pytest.fixture
def company(guard: Command) -> str:
    """A snapshot of a made-up company, beside the guard rail; the path of it."""
    guard("sample", "made", "--accounts", "2", "--roles", "30", "--days", "0", "--date", "2026-06-01")
    assert 0 == guard("snapshot", "--from", "made", "--out", "estate.snapshot").code
    return "estate.snapshot"


def test_cases_are_tried_on_what_binds_the_principals_of_a_snapshot(guard: Command, company: str) -> None:
    truth = json.loads(Path("made/truth.json").read_text(encoding="utf-8"))
    member = next(one["id"] for one in truth["accounts"] if one["id"] != truth["management"])
    roots = {f"arn:aws:iam::{member}:root": "DENY", f"arn:aws:iam::{truth['management']}:root": "ALLOW"}
    cases = [
        {"principal": root, "action": "organizations:LeaveOrganization", "expected": expected, "complete": True}
        for root, expected in roots.items()
    ]
    file = {"policy": "guard.json", "case": cases}
    Path("cases.json").write_text(json.dumps({**file, "snapshot": company}), encoding="utf-8")
    assert 0 == guard("scp", "test", "cases.json").code
    Path("cases.json").write_text(json.dumps(file), encoding="utf-8")
    assert 0 == guard("scp", "test", "cases.json", "--snapshot", company).code
    nobody = {**cases[0], "principal": f"arn:aws:iam::{member}:role/nobody-at-all"}
    Path("cases.json").write_text(json.dumps({**file, "case": [nobody]}), encoding="utf-8")
    told = guard("scp", "test", "cases.json", "--snapshot", company)
    assert (2, "") == (told.code, told.out)
    assert "cases.json: case 1: no principal" in told.err


BROKEN = {
    "policy = ": "cannot read `f.toml`",
    CASES.replace("guard.json", "none.json"): "`none.json`",
    'policy = "guard.json"': "there is no case",
    'policy = "guard.json"\naccounts = "x"': "no field `accounts`",
    'policy = "guard.json"\nsnapshot = "x"\nscps = "guard.json"': "names a snapshot and policies beside",
    'policy = "guard.json"\nsnapshot = ["x", "y"]': "`snapshot` in `f.toml` names several",
    CASES.replace("complete", 'snapshot = "none"\ncomplete'): "`none`",
    'policy = "guard.json"\n\n[[case]]\nexpected = "NO"': "f.toml:3: `NO` is no outcome",
    'type = "rcp"\npolicy = "guard.json"': "`leastwise rcp test` tries it",
    "policy = 5": "`policy` in `f.toml` is no file",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_of_cases_that_cannot_be_read_ends_with_two(guard: Command, text: str) -> None:
    Path("f.toml").write_text(text, encoding="utf-8")
    told = guard("scp", "test", "f.toml")
    assert (2, "") == (told.code, told.out)
    assert BROKEN[text] in told.err
