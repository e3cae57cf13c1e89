"""`leastwise can` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from told import Command

ACCOUNT = "111122223333"
OBJECT = "arn:aws:s3:::reports/2026.csv"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
POLICIES: dict[str, object] = {
    "all-s3.json": [{"Sid": "Storage", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    "full.json": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    "reading.json": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}],
    "protect.json": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {
            "Sid": "KeepReports",
            "Effect": "Deny",
            "Action": "s3:Delete*",
            "Resource": "arn:aws:s3:::reports/*",
            "Condition": {"StringNotEquals": {"aws:PrincipalTag/role": "archivist"}},
        },
    ],
    "tags.json": [
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}, "Null": {"aws:TagKeys": "false"}},
        }
    ],
    "bucket.json": [
        {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:GetObject", "Resource": OBJECT}
    ],
    "trust.json": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    "account-of-key.json": [
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:DescribeKey", "Resource": "*"}
    ],
}
DELETE = ("can", "role/ci", "s3:DeleteObject", OBJECT, "--account", ACCOUNT)
GUARDED = ("--identity", "all-s3.json", "--scp", "root=full.json", "--scp", "ou/prod=protect.json")


@pytest.fixture
def ask(leastwise: Command, tmp_path: Path) -> Command:
    """The command line in a folder with some policies."""
    for name, statements in POLICIES.items():
        text = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return leastwise


def first(told: str) -> str:
    return told.splitlines()[0]


def test_an_explicit_deny_shows_its_statement_and_what_would_change_it(ask: Command) -> None:
    told = ask(*DELETE, *GUARDED, "--complete")
    assert 0 == told.code
    lines = told.out.splitlines()
    assert "EXPLICIT_DENY" == lines[0]
    deny = next(line for line in lines if "DENY " in line)
    assert deny.split()[:3] == ["scp", "ou/prod", "DENY"]
    assert "protect.json:9" in deny and "s3:Delete* on arn:aws:s3:::reports/*" in deny
    assert "it would be ALLOW if aws:PrincipalTag/role were `archivist`" in lines
    assert "it would be ALLOW without protect.json:9 (KeepReports)" in lines
    assert "" == told.err


def test_the_key_that_is_not_given_leaves_it_open(ask: Command) -> None:
    told = ask(*DELETE, *GUARDED)
    lines = told.out.splitlines()
    assert "DEPENDS" == lines[0]
    assert "it is ALLOW if not (StringNotEquals aws:PrincipalTag/role `archivist`)" in lines
    assert "  ALLOW          aws:PrincipalTag/role is `archivist`" in lines
    assert "  EXPLICIT_DENY  aws:PrincipalTag/role is absent" in lines


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        (("--tag", "role=archivist"), "ALLOW"),
        (("--tag", "role=clerk"), "EXPLICIT_DENY"),
        (("--context", "AWS:principaltag/ROLE=archivist"), "ALLOW"),
        (("--absent", "aws:PrincipalTag/role"), "EXPLICIT_DENY"),
        (("--complete", "--management-account"), "ALLOW"),
        (("--tag", "role=archivist", "--scp", "account="), "IMPLICIT_DENY"),
        (("--tag", "role=archivist", "--boundary", "reading.json"), "IMPLICIT_DENY"),
        (("--tag", "role=archivist", "--session", "reading.json"), "IMPLICIT_DENY"),
        (("--tag", "role=archivist", "--endpoint", "bucket.json"), "IMPLICIT_DENY"),
        (("--tag", "role=archivist", "--unknown", "boundary"), "DEPENDS"),
        (("--tag", "role=archivist", "--unknown", "resource"), "DEPENDS"),
        (("--tag", "role=archivist", "--unknown", "scp"), "DEPENDS"),
        (("--tag", "role=archivist", "--resource-account", "444455556666"), "IMPLICIT_DENY"),
    ],
)
def test_every_fact_counts(ask: Command, more: tuple[str, ...], outcome: str) -> None:
    told = ask(*DELETE, *GUARDED, *more)
    assert (0, outcome) == (told.code, first(told.out))


@pytest.mark.parametrize(
    ("keys", "outcome"),
    [((), "IMPLICIT_DENY"), (("a",), "ALLOW"), (("a", "b"), "ALLOW"), (("a", "c"), "IMPLICIT_DENY")],
)
def test_a_key_given_again_is_a_list(ask: Command, keys: tuple[str, ...], outcome: str) -> None:
    given = [part for key in keys for part in ("--context", f"aws:TagKeys={key}")]
    told = ask(
        "can", f"arn:aws:iam::{ACCOUNT}:user/ann", "ec2:CreateTags", "--complete", "--identity", "tags.json", *given
    )
    assert outcome == first(told.out)


def test_the_context_may_be_a_file(ask: Command, tmp_path: Path) -> None:
    (tmp_path / "context.json").write_text('{"aws:TagKeys": ["a"], "aws:SecureTransport": true}', encoding="utf-8")
    told = ask(
        "can",
        "role/x",
        "ec2:CreateTags",
        "--account",
        ACCOUNT,
        "--identity",
        "tags.json",
        "--context-file",
        "context.json",
    )
    assert "ALLOW" == first(told.out)


def test_other_principals(ask: Command) -> None:
    outside = ask(
        "can",
        "arn:aws:iam::444455556666:user/u",
        "s3:GetObject",
        OBJECT,
        "--resource-account",
        ACCOUNT,
        "--identity",
        "all-s3.json",
        "--resource-policy",
        "bucket.json",
    )
    assert "ALLOW" == first(outside.out)
    service = ask(
        "can", "ec2.amazonaws.com", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/app", "--trust", "trust.json"
    )
    assert "ALLOW" == first(service.out)
    nobody = ask(
        "can", "anonymous", "s3:GetObject", OBJECT, "--resource-account", ACCOUNT, "--resource-policy", "bucket.json"
    )
    assert "IMPLICIT_DENY" == first(nobody.out)


def test_a_key_without_its_policy_depends_on_it(ask: Command) -> None:
    told = ask("can", "role/x", "kms:Decrypt", KEY, "--account", ACCOUNT, "--identity", "full.json", "--complete")
    assert "DEPENDS" == first(told.out)
    assert "the key policy allows it" in told.out


def test_a_grant_on_a_key_allows(ask: Command, tmp_path: Path) -> None:
    grant = {
        "Grants": [{"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:role/x", "Operations": ["Decrypt"], "KeyId": KEY}]
    }
    (tmp_path / "grants.json").write_text(json.dumps(grant), encoding="utf-8")
    asked = ("can", "role/x", "kms:Decrypt", KEY, "--account", ACCOUNT, "--resource-policy", "account-of-key.json")
    assert "IMPLICIT_DENY" == first(ask(*asked, "--complete").out)
    assert "ALLOW" == first(ask(*asked, "--complete", "--grant", "grants.json").out)


def test_json_has_what_programs_are_promised(ask: Command) -> None:
    told = ask(*DELETE, *GUARDED, "--complete", "--json").json()
    assert {"schema", "outcome", "ladder", "determining", "residual", "not_considered"} <= told.keys()
    assert ("EXPLICIT_DENY", "scp", None) == (told["outcome"], told["settled_by"], told["residual"])
    (statement,) = told["determining"]  # type: ignore[misc]
    assert ("protect.json", 1, "KeepReports") == tuple(statement[k] for k in ("policy", "index", "sid"))
    assert {"source": "protect.json", "line": 9, "column": 3} == statement["place"]
    open_one = ask(*DELETE, *GUARDED, "--json").json()
    left = {"not": {"operator": "StringNotEquals", "key": "aws:PrincipalTag/role", "values": ["archivist"]}}
    assert left == open_one["residual"]["condition"]  # type: ignore[index]
    assert ["ALLOW", "EXPLICIT_DENY"] == sorted(open_one["possible"])  # type: ignore[type-var]


def test_an_expected_outcome_decides_the_exit(ask: Command) -> None:
    assert 0 == ask(*DELETE, *GUARDED, "--complete", "--expect", "explicit_deny").code
    assert 1 == ask(*DELETE, *GUARDED, "--complete", "--expect", "ALLOW").code
    assert 1 == ask(*DELETE, *GUARDED, "--expect", "ALLOW").code


def test_an_open_point_is_told(ask: Command, tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-*:111122223333:q"}
    (tmp_path / "middle.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}), "utf-8")
    asked = (
        "can",
        "role/x",
        "sqs:SendMessage",
        "arn:aws:sqs:eu-west-1:z:111122223333:q",
        "--account",
        ACCOUNT,
        "--identity",
        "middle.json",
        "--complete",
        "--resource-account",
        ACCOUNT,
    )
    told = ask(*asked)
    assert "IMPLICIT_DENY" == first(told.out)
    assert "it turns on an open point: ALLOW with `--switch arn_star_crosses_colon=middle`" in told.out
    assert "ALLOW" == first(ask(*asked, "--switch", "arn_star_crosses_colon=middle").out)


def test_a_document_inside_the_answer_of_a_call_is_found(ask: Command, tmp_path: Path) -> None:
    document = {"Version": "2012-10-17", "Statement": POLICIES["all-s3.json"]}
    wrapped: dict[str, object] = {
        "role.json": {"RoleName": "ci", "PolicyName": "p", "PolicyDocument": document},
        "version.json": {"PolicyVersion": {"Document": document, "VersionId": "v1"}},
        "text.json": {"Policy": json.dumps(document)},
    }
    for name, content in wrapped.items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
        told = ask("can", "role/ci", "s3:GetObject", OBJECT, "--account", ACCOUNT, "--identity", name)
        assert (0, "ALLOW") == (told.code, first(told.out)), (name, told.err)


def test_an_action_that_the_catalogue_does_not_know_is_doubted(ask: Command) -> None:
    told = ask("can", "role/x", "s3:GetObejct", OBJECT, "--account", ACCOUNT, "--identity", "full.json")
    assert (0, "ALLOW") == (told.code, first(told.out))
    assert "warning: the catalogue has no action `s3:GetObejct`, did you mean `s3:GetObject`?\n" == told.err
    bare = ask("can", "role/x", "s3:GetObject", "--account", ACCOUNT, "--identity", "full.json")
    assert "`s3:GetObject` can be authorized on a resource (accesspointobject, object), and none was given" in bare.err


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("role/x", "s3:GetObject", OBJECT, "--account", ACCOUNT), "no policy was given", "`--identity FILE`"),
        (("role/x", "s3:GetObject"), "the account of `role/x` is not known", "give `--account ID`"),
        (("nobody", "s3:GetObject"), "cannot make out the principal `nobody`", "write the ARN"),
        (
            ("role/x", "GetObject", "--account", ACCOUNT),
            "cannot make out the action `GetObject`",
            "write `service:Action`",
        ),
        (("role/x", "s3:Get*", "--account", ACCOUNT), "the action `s3:Get*` has a wildcard", "one action at a time"),
        (
            ("role/x", "s3:GetObject", "--account", ACCOUNT, "--context", "k"),
            "cannot read the context key `k`",
            "KEY=VALUE",
        ),
        (
            ("role/x", "s3:GetObject", "--account", ACCOUNT, "--scp", "full.json"),
            "cannot read the SCP level",
            "KEY=VALUE",
        ),
        (("role/x", "s3:GetObject", "--account", ACCOUNT, "--switch", "a=b"), "no switch `a=b`", "switches are"),
        (("role/x", "s3:GetObject", "--account", ACCOUNT, "--identity", "none.json"), "cannot read `none.json`", ""),
        (("role/x", "s3:GetObject", "--account", ACCOUNT, "--context-file", "full.txt"), "cannot read `full.txt`", ""),
    ],
)
def test_what_cannot_be_used_is_named(ask: Command, arguments: tuple[str, ...], message: str, hint: str) -> None:
    told = ask("can", *arguments)
    assert (2, "") == (told.code, told.out)
    assert message in told.err and hint in told.err


def test_every_fault_of_a_document_is_shown_with_its_place(ask: Command, tmp_path: Path) -> None:
    (tmp_path / "wrong.json").write_text(
        '{\n "Version": "2012-10-17",\n "Statement": {\n  "Effect": "allow",\n  "Action": "s3:GetObject",\n'
        '  "Resource": "*",\n  "Condition": {"StringEqual": {"aws:PrincipalTag/team": "ops"}}\n }\n}\n',
        encoding="utf-8",
    )
    told = ask("can", "role/x", "s3:GetObject", "--account", ACCOUNT, "--identity", "wrong.json")
    assert 2 == told.code
    assert "error[LW-P03]: unknown condition operator `StringEqual`" in told.err
    assert "┌ wrong.json:7:17" in told.err
    assert "= help: did you mean `StringEquals`?" in told.err
    assert "error[LW-P12]" in told.err and "wrong.json:4:13" in told.err
    marked = [line for line in told.err.splitlines() if "^" in line]
    assert ["^" * len('"allow"'), "^" * len('"StringEqual"')] == [line.partition("│")[2].strip() for line in marked]


def test_control_characters_in_a_policy_do_not_reach_the_terminal(ask: Command, tmp_path: Path) -> None:
    statement = {
        "Sid": "A",
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/t": "\x1b[31mred\x07"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    (tmp_path / "hostile.json").write_text(document, encoding="utf-8")
    told = ask(
        "can",
        "role/x",
        "s3:GetObject",
        "--account",
        ACCOUNT,
        "--resource-policy",
        "bucket.json",
        "--identity",
        "hostile.json",
    )
    assert "\x1b" not in told.out + told.err and "\x07" not in told.out + told.err
