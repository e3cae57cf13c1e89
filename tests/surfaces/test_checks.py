"""`leastwise check-…` as a user meets them."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from told import Command, Told

from leastwise.prove.axioms import AXIOMS
from leastwise.prove.verdict import Proof, Verdict
from leastwise.surfaces.cli import checks
from leastwise.surfaces.cli.proofs import Subject, proof_lines
from leastwise.surfaces.formats.sarif import Result, Rule, log

GOLDEN = Path(__file__).parents[1] / "golden" / "sarif"
OFFICE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
REPORTS = "arn:aws:s3:::reports/*"
POLICIES: dict[str, object] = {
    "old.json": [
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": REPORTS, "Condition": OFFICE}
    ],
    "narrow.json": [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": REPORTS,
            "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/25"}},
        }
    ],
    "new.json": [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": REPORTS,
            "Condition": OFFICE,
        },
        {"Sid": "Jobs", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
    ],
    "full.json": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    "all-s3.json": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    "no-jobs.json": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"},
    ],
    "open-bucket.json": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": REPORTS}],
    "bucket.json": [
        {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:GetObject", "Resource": REPORTS}
    ],
    "trust.json": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    "ours.json": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": REPORTS,
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        }
    ],
    "either.json": [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": REPORTS,
            "Condition": {"Bool": {"aws:SecureTransport": is_secure}},
        }
        for is_secure in ("true", "false")
    ],
    "any.json": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": REPORTS}],
    "nothing.json": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
}


@pytest.fixture
def ask(leastwise: Command, tmp_path: Path) -> Command:
    """The command line in a folder with some policies."""
    for name, statements in POLICIES.items():
        text = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return leastwise


def verdict(told: Told) -> tuple[int, str]:
    """The exit code and the first line."""
    return told.code, told.out.partition("\n")[0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("check-no-new-access", "old.json", "narrow.json"), (0, "PASS")),
        (("check-no-new-access", "old.json", "new.json"), (1, "FAIL")),
        (("check-no-new-access", "old.json", "old.json"), (0, "PASS")),
        (("check-within", "narrow.json", "all-s3.json"), (0, "PASS")),
        (("check-within", "new.json", "all-s3.json"), (1, "FAIL")),
        (("check-access-not-granted", "new.json", "--action", "iam:*"), (0, "PASS")),
        (("check-access-not-granted", "new.json", "--action", "s3:Put*"), (1, "FAIL")),
        (("check-access-not-granted", "new.json", "--resource", "arn:aws:s3:::reports/x"), (1, "FAIL")),
        (("check-access-not-granted", "old.json", "--resource", "arn:aws:s3:::other/*"), (0, "PASS")),
        (("check-no-public-access", "bucket.json"), (0, "PASS")),
        (("check-no-public-access", "open-bucket.json"), (1, "FAIL")),
        (("check-no-public-access", "open-bucket.json", "--resource-type", "AWS::S3::Bucket"), (1, "FAIL")),
        (("check-no-public-access", "open-bucket.json", "--resource-type", "AWS::SQS::Queue"), (0, "PASS")),
        (("check-no-public-access", "open-bucket.json", "--definition", "s3"), (1, "FAIL")),
        (("check-no-public-access", "ours.json", "--definition", "s3"), (0, "PASS")),
        (("check-no-public-access", "ours.json", "--trusted-organisation", "o-a1b2c3d4e5"), (0, "PASS")),
        (("check-no-public-access", "trust.json"), (0, "PASS")),
        (("check-no-public-access", "trust.json", "--audience", "services"), (1, "FAIL")),
    ],
)
def test_a_check_is_answered(ask: Command, arguments: Sequence[str], expected: tuple[int, str]) -> None:
    assert expected == verdict(ask(*arguments))


def test_a_difference_is_told_with_its_place_and_a_witness(ask: Command) -> None:
    told = ask("check-no-new-access", "old.json", "new.json")
    assert "" == told.err
    lines = [line.strip() for line in told.out.splitlines()]
    assert "`new.json` allows what `old.json` does not" == lines[1]
    assert ["1  s3:PutObject", "2  sqs:SendMessage"] == [line for line in lines if re.match(r"\d+  ", line)]
    assert "allowed by  new.json:4 (Read)" in lines and "allowed by  new.json:18 (Jobs)" in lines
    assert "ALLOW under new.json, IMPLICIT_DENY under old.json" in lines


@pytest.mark.parametrize(
    "arguments", [("old.json", "full.json"), ("old.json", "narrow.json"), ("bucket.json", "ours.json")]
)
def test_the_answer_fits_a_screen(ask: Command, arguments: Sequence[str]) -> None:
    assert [] == [line for line in ask("check-no-new-access", *arguments).out.splitlines() if len(line) > 100]


def test_the_witness_may_be_asked(ask: Command) -> None:
    out = ask("check-no-new-access", "old.json", "new.json").out.replace("\\\n", " ")
    words = shlex.split(next(line for line in out.splitlines() if "leastwise can" in line))
    request = words[words.index("can") :]
    assert "ALLOW" == ask(*request, "--identity", "new.json").out.splitlines()[0]
    assert "IMPLICIT_DENY" == ask(*request, "--identity", "old.json").out.splitlines()[0]


def test_a_proof_says_what_it_rests_on(ask: Command) -> None:
    told = ask("check-within", "any.json", "either.json")
    assert (0, "PASS") == verdict(told)
    lines = told.out.splitlines()
    assert "`any.json` allows nothing that `either.json` does not" in lines[1]
    assert "rests on the policies, and on what holds of every request:" in lines
    assert any(line.startswith("  always-sent: some keys are in every request: aws:SecureTransport") for line in lines)
    assert "    (IAM User Guide, AWS global condition context keys)" in lines


def test_an_axiom_may_be_left_out(ask: Command) -> None:
    told = ask("check-within", "any.json", "either.json", "--without", "always-sent", "--json")
    assert (1, "FAIL") == (told.code, told.json()["verdict"])


def test_what_else_binds_counts_on_both_sides(ask: Command) -> None:
    check = ("check-no-new-access", "old.json", "new.json")
    assert (1, "FAIL") == verdict(ask(*check, "--boundary", "full.json"))
    assert (0, "PASS") == verdict(ask(*check, "--boundary", "narrow.json"))
    assert (0, "PASS") == verdict(ask(*check, "--scp", "root=full.json", "--scp", "ou=narrow.json"))
    assert (0, "PASS") == verdict(ask(*check, "--identity", "full.json"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--scp", "root=full.json"), (1, "FAIL")),
        (("--scp", "root=full.json", "--scp", "ou=no-jobs.json"), (0, "PASS")),
        (("--scp", "root=full.json", "--scp", "ou=no-jobs.json", "--at", "ou"), (0, "PASS")),
        (("--scp", "root=nothing.json", "--at", "root"), (0, "PASS")),
    ],
)
def test_an_scp_stands_at_a_level(ask: Command, arguments: Sequence[str], expected: tuple[int, str]) -> None:
    told = ask(
        "check-no-new-access", "no-jobs.json", "full.json", "--type", "scp", "--identity", "full.json", *arguments
    )
    assert expected == verdict(told)


def test_whom_scps_do_not_bind_is_told(ask: Command) -> None:
    check = ("check-no-new-access", "old.json", "old.json")
    assert "service-linked roles" in ask(*check, "--scp", "root=full.json").out
    assert "service-linked roles" not in ask(*check, "--boundary", "full.json").out


def test_who_asks_may_be_said(ask: Command) -> None:
    told = ask("check-no-new-access", "bucket.json", "open-bucket.json", "--principal", "anonymous", "--json")
    assert (1, "*") == (told.code, told.json()["witness"]["principal"])  # type: ignore[index]


def test_the_type_is_told_by_the_elements(ask: Command) -> None:
    told = ask("check-no-new-access", "bucket.json", "open-bucket.json")
    assert "note: it has `Principal`, so it is read as a resource policy; `--type` says otherwise\n" == told.err
    assert "read as a trust policy" in ask("check-no-new-access", "trust.json", "trust.json").err
    assert "" == ask("check-no-new-access", "trust.json", "trust.json", "--type", "trust").err


def test_an_open_point_that_matters_is_told(ask: Command, tmp_path: Path) -> None:
    own = "arn:aws:lambda:eu-west-1:123456789012:function:x"
    for name, resources in (("own.json", [own]), ("wide.json", [own, "arn:aws:lambda:*:function:x"])):
        statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": resources}
        (tmp_path / name).write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    told = ask("check-no-new-access", "own.json", "wide.json")
    note = "note: an open point of AWS's rules matters: FAIL with `--switch arn_star_crosses_colon=middle`"
    assert (0, True) == (told.code, note in told.out)
    turns = ask("check-no-new-access", "own.json", "wide.json", "--json").json()["turns_on"]
    assert {"switch": "arn_star_crosses_colon", "position": "middle", "verdict": "FAIL"} in turns  # type: ignore[operator]
    assert [] == ask("check-no-new-access", "own.json", "own.json", "--json").json()["turns_on"]


def test_programs_get_it_all(ask: Command) -> None:
    told = ask("check-no-new-access", "old.json", "new.json", "--json")
    assert (1, told.out) == (told.code, ask("check-no-new-access", "old.json", "new.json", "-f", "json").out)
    found = told.json()
    promised = ["schema", "question", "verdict", "witness", "difference", "future", "undecided", "axioms", "notes"]
    assert [*promised, "turns_on", "classes"] == list(found)
    assert (1, "no new access", "FAIL") == (found["schema"], found["question"], found["verdict"])
    first, second = json.loads(told.out)["difference"]
    witness = {"principal", "action", "resource", "context", "resource_account", "old", "new"}
    assert found["witness"] == first["witness"] and witness == first["witness"].keys()
    assert ("IMPLICIT_DENY", "ALLOW") == (first["witness"]["old"], first["witness"]["new"])
    assert [["s3:PutObject"], ["sqs:SendMessage"]] == [first["actions"], second["actions"]]
    assert {"actions", "is_every_action", "who", "when", "witness", "is_known_form", "allowed_by"} == first.keys()
    (statement,) = second["allowed_by"]
    assert ("identity", "Jobs", 18) == (statement["policy_type"], statement["sid"], statement["place"]["line"])
    assert "within the limit" == ask("check-within", "old.json", "full.json", "--json").json()["question"]


def test_axioms_are_told_with_their_pages(ask: Command) -> None:
    axioms = json.loads(ask("check-within", "any.json", "either.json", "--json").out)["axioms"]
    assert "always-sent" in [axiom["name"] for axiom in axioms]
    assert all({"name", "says", "source"} == axiom.keys() and "IAM User Guide" in axiom["source"] for axiom in axioms)


def test_every_action_is_looked_at_when_asked(ask: Command) -> None:
    told = ask("check-no-new-access", "all-s3.json", "full.json", "--every-action", "--json")
    assert all(gap["is_every_action"] for gap in json.loads(told.out)["difference"])


@pytest.mark.parametrize(
    ("found", "options", "expected"),
    [
        (Verdict.PASS, (), 0),
        (Verdict.PASS, ("--strict",), 0),
        (Verdict.PASS_FOR_KNOWN_ACTIONS, (), 0),
        (Verdict.PASS_FOR_KNOWN_ACTIONS, ("--strict",), 1),
        (Verdict.FAIL, (), 1),
        (Verdict.UNKNOWN, (), 2),
        (Verdict.UNKNOWN, ("--strict",), 2),
    ],
)
@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_each_verdict_has_its_code(
    ask: Command, monkeypatch: pytest.MonkeyPatch, form: str, found: Verdict, options: Sequence[str], expected: int
) -> None:
    proof = Proof(found, "no new access", undecided=("s3:GetObject: too hard",), axioms=("mfa",), notes=("so and so",))
    monkeypatch.setattr(checks, "no_new_access", lambda *_, **__: proof)
    told = ask("check-no-new-access", "old.json", "new.json", "-f", form, *options)
    assert expected == told.code
    is_of_known = found is Verdict.PASS_FOR_KNOWN_ACTIONS
    assert is_of_known is told.err.startswith("note: proved for known actions alone")


def test_what_is_not_settled_is_told_and_what_may_help(ask: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    proof = Proof(Verdict.UNKNOWN, "no new access", undecided=tuple(f"s3:A{i}: too hard" for i in range(12)))
    monkeypatch.setattr(checks, "no_new_access", lambda *_, **__: proof)
    told = ask("check-no-new-access", "old.json", "new.json")
    lines = told.out.splitlines()
    assert "it is not settled that `new.json` allows nothing that `old.json` does not" == lines[1]
    assert "not settled: s3:A0: too hard" == lines[2] and "… and 2 more" == lines[12]
    assert lines[13].startswith("what may help: ")
    (run,) = json.loads(ask("check-no-new-access", "old.json", "new.json", "-f", "sarif").out)["runs"]
    assert [] == run["results"] and run["invocations"][0]["executionSuccessful"] is False
    assert 12 == len(run["invocations"][0]["toolExecutionNotifications"])


def test_a_certificate_is_written_for_a_proof_alone(ask: Command, tmp_path: Path) -> None:
    ask("check-no-new-access", "old.json", "narrow.json", "--certificate", "proof.json")
    assert json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))["verdict"] == "PASS"
    told = ask("check-no-new-access", "old.json", "new.json", "--certificate", "none.json")
    assert (1, "note: no certificate was written: only a PASS has one\n") == (told.code, told.err)
    assert not (tmp_path / "none.json").exists()
    lost = ask("check-no-new-access", "old.json", "narrow.json", "--certificate", "nowhere/proof.json")
    assert (2, "error: cannot write `nowhere/proof.json`: no such file or directory\n") == (lost.code, lost.err)


def test_a_reading_of_form_has_no_certificate(ask: Command) -> None:
    told = ask("check-no-public-access", "bucket.json", "--definition", "s3", "--certificate", "proof.json")
    assert (0, "note: no certificate was written: this check has none\n") == (told.code, told.err)


def test_standard_input(ask: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    content = Path("narrow.json").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    told = ask("check-no-new-access", "old.json", "-")
    assert (0, "PASS") == verdict(told)
    assert told.out.splitlines()[1].startswith("standard input allows nothing that `old.json` does not")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check-no-new-access", "old.json", "none.json"), "error: cannot read `none.json`: no such file or directory"),
        (("check-no-new-access", "-", "-"), "error: standard input can be read once"),
        (("check-no-new-access", "old.json"), "error: Missing argument 'NEW'."),
        (("check-no-new-access", "old.json", "bucket.json"), "error[LW-P08]: the statement has no `Principal`"),
        (("check-no-new-access", "old.json", "new.json", "--switch", "a=b"), "error: no switch `a=b`"),
        (("check-no-new-access", "old.json", "new.json", "--at", "ou"), "error: `--at` without levels"),
        (
            ("check-no-new-access", "old.json", "new.json", "--scp", "ou=full.json", "--at", "ou"),
            "error: `--at` names a level of SCPs or RCPs",
        ),
        (
            ("check-within", "old.json", "new.json", "--type", "scp", "--scp", "ou=full.json"),
            "error: nothing grants access: the policies only limit it",
        ),
        (
            ("check-within", "old.json", "new.json", "--type", "scp", "--identity", "full.json", "--at", "ou"),
            "error: no level `ou`",
        ),
        (
            (
                "check-within",
                "old.json",
                "new.json",
                "--type",
                "boundary",
                "--identity",
                "full.json",
                "--boundary",
                "old.json",
            ),
            "error: a principal has one permissions boundary",
        ),
        (
            ("check-within", "old.json", "new.json", "--scp", "full.json"),
            "error: cannot read the SCP level `full.json`",
        ),
        (("check-within", "old.json", "new.json", "--principal", "ann"), "error: cannot make out the principal `ann`"),
        (("check-access-not-granted", "old.json"), "error: there is nothing to look for"),
        (("check-no-public-access", "old.json"), "error: `old.json` names no principal"),
        (
            ("check-no-public-access", "bucket.json", "--resource-type", "AWS::Nothing::Here"),
            "error: cannot make out the resource type `AWS::Nothing::Here`",
        ),
        (
            ("check-no-public-access", "bucket.json", "--audience", "anyone", "--definition", "s3"),
            "error: `--definition` is about the public",
        ),
    ],
)
def test_what_cannot_be_used_is_named(ask: Command, arguments: Sequence[str], message: str) -> None:
    told = ask(*arguments)
    assert (2, "") == (told.code, told.out)
    assert message == told.err.splitlines()[-2 if "= help" in told.err.splitlines()[-1] else 0] or message in told.err


def test_a_fault_of_a_policy_is_shown_with_its_place(ask: Command, tmp_path: Path) -> None:
    (tmp_path / "wrong.json").write_text(
        '{"Version": "2012-10-17", "Statement": {"Effect": "allow"}}', encoding="utf-8"
    )
    told = ask("check-no-new-access", "old.json", "wrong.json")
    assert 2 == told.code
    assert "error[LW-P12]: unknown effect `allow`" in told.err and "┌ wrong.json:1:51" in told.err


def test_control_letters_do_not_reach_the_terminal(ask: Command, tmp_path: Path) -> None:
    statement = {
        "Sid": "A",
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/t": "\x9b31mred\x85 $(reboot) [x](https://x.example)"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    (tmp_path / "hostile.json").write_text(document, encoding="utf-8")
    for form in ("text", "json", "sarif"):
        told = ask("check-no-new-access", "old.json", "hostile.json", "-f", form)
        assert 1 == told.code
        assert form == "json" or not {"\x9b", "\x85"} & set(told.out)
    assert "[x](" not in json.loads(told.out)["runs"][0]["results"][0]["message"]["text"]


def sarif(told: Told) -> list[dict[str, object]]:
    """The results of a log of the form that SARIF 2.1.0 requires."""
    found = json.loads(told.out)
    assert ("2.1.0", True) == (found["version"], found["$schema"].endswith("/sarif-schema-2.1.0.json"))
    (run,) = found["runs"]
    driver = run["tool"]["driver"]
    assert "leastwise" == driver["name"] and driver["semanticVersion"]
    assert {"unicodeCodePoints"} == {run["columnKind"]}
    assert all(isinstance(one["executionSuccessful"], bool) for one in run["invocations"])
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(set(rules)) == len(rules) and all(rule["shortDescription"]["text"] for rule in driver["rules"])
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error") and result["message"]["text"]
        assert all(isinstance(digest, str) for digest in result["partialFingerprints"].values())
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["artifactLocation"]["uri"] and physical["region"]["startLine"] >= 1
        assert physical["region"].get("startColumn", 1) >= 1
    results: list[dict[str, object]] = run["results"]
    return results


@pytest.mark.parametrize(
    ("arguments", "rule", "places"),
    [
        (("check-no-new-access", "old.json", "new.json"), "new-access", [("new.json", 4), ("new.json", 18)]),
        (("check-no-new-access", "old.json", "narrow.json"), "", []),
        (("check-within", "new.json", "all-s3.json"), "outside-the-limit", [("new.json", 18)]),
        (("check-access-not-granted", "new.json", "--action", "sqs:*"), "access-granted", [("new.json", 18)]),
        (
            ("check-no-public-access", "open-bucket.json", "--definition", "s3"),
            "public-access",
            [("open-bucket.json", 4)],
        ),
    ],
)
def test_each_gap_is_a_result_at_its_statement(
    ask: Command, arguments: Sequence[str], rule: str, places: list[tuple[str, int]]
) -> None:
    found = sarif(ask(*arguments, "-f", "sarif"))
    told = json.loads(json.dumps(found))
    physical = [one["locations"][0]["physicalLocation"] for one in told]
    assert places == [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in physical]
    assert {rule} == {one["ruleId"] for one in told} or not told
    assert all("error" == one["level"] for one in told)


def test_a_result_is_the_same_when_lines_move(ask: Command, tmp_path: Path) -> None:
    first = sarif(ask("check-no-new-access", "old.json", "new.json", "-f", "sarif"))
    moved = tmp_path / "new.json"
    moved.write_text("\n\n" + moved.read_text(encoding="utf-8"), encoding="utf-8")
    second = sarif(ask("check-no-new-access", "old.json", "new.json", "-f", "sarif"))
    assert [one["partialFingerprints"] for one in first] == [one["partialFingerprints"] for one in second]
    assert [one["locations"] for one in first] != [one["locations"] for one in second]
    assert len({json.dumps(one["partialFingerprints"]) for one in first}) == len(first)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("policies/a b#1.json", {"uri": "policies/a%20b%231.json", "uriBaseId": "%SRCROOT%"}),
        ("/srv/a b.json", {"uri": "file:///srv/a%20b.json"}),
        ("standard input", {"uri": "standard%20input", "uriBaseId": "%SRCROOT%"}),
    ],
)
def test_a_path_is_written_as_an_address(source: str, expected: dict[str, str]) -> None:
    found = json.loads(log([Result(Rule("r", "Says."), "m", source=source)]))
    assert expected == found["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]


@pytest.mark.parametrize("name", ["fail", "pass"])
def test_golden_sarif(ask: Command, name: str) -> None:
    told = ask("check-no-new-access", "old.json", {"fail": "new.json", "pass": "narrow.json"}[name], "-f", "sarif")
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("LEASTWISE_RENEW_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(told.out, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == told.out


def test_future_actions_are_told(ask: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[Proof, Subject]] = []
    monkeypatch.setattr(checks, "proof_lines", lambda proof, subject: kept.append((proof, subject)) or [])
    ask("check-no-new-access", "old.json", "new.json")
    (proof, subject), known = kept[0], Verdict.PASS_FOR_KNOWN_ACTIONS
    lines = list(proof_lines(Proof(known, "no new access", future=proof.difference), subject))
    assert [known.value, "`new.json` allows nothing that `old.json` does not, as far as actions are known"] == lines[:2]
    assert "not so for action names that are not known:" in lines and "  1  s3:PutObject" in lines


def test_every_axiom_may_be_left_out(ask: Command) -> None:
    assert all(f"{axiom}" in ask("check-within", "--help").out.replace("\n", "") for axiom in AXIOMS)


def test_a_solver_is_needed_only_for_what_is_too_hard(leastwise: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    words = [f"arn:aws:s3:::b/*{letter}*" for letter in "abcdefghijklmn"]
    denied = [{"Effect": "Deny", "Action": "*", "NotResource": word} for word in words]
    short = {"Effect": "Deny", "Action": "*", "Resource": f"arn:aws:s3:::b/{'?' * len(words)}*"}
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    Path("hard.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [allowed, short, *denied]}))
    Path("none.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": []}))
    told = leastwise("check-no-new-access", "none.json", "hard.json")
    assert 2 == told.code and told.out.startswith("UNKNOWN")
    told = leastwise("check-no-new-access", "none.json", "hard.json", "--solver", "z3")
    assert 2 == told.code and "the solver `z3` is not installed" in told.err
    assert 0 == leastwise("check-no-new-access", "hard.json", "none.json", "--solver", "z3").code
