"""Snapshots and the questions asked of them, as a user meets them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from told import Command

from leastwise.estate.snapshot import snapshots_in

ROOT = Path(__file__).parents[2]
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
SECRET = "correct-horse"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": SECRET}},
        }
    ],
}


def policy(*statements: Mapping[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str, resource: str = "*") -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def details(*documents: object, name: str = "deploy") -> dict[str, object]:
    """One role with these inline policies, as `get-account-authorization-details` prints it."""
    role = {
        "Path": "/",
        "RoleName": name,
        "RoleId": "AROA0000000000000001",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "AssumeRolePolicyDocument": TRUST,
        "RolePolicyList": [
            {"PolicyName": f"p{number}", "PolicyDocument": document} for number, document in enumerate(documents)
        ],
        "AttachedManagedPolicies": [],
    }
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}


@pytest.fixture
def taken(leastwise: Command, tmp_path: Path) -> Command:
    """The command, where a snapshot of one role has been taken."""
    write(tmp_path / "iam.json", details(policy(allow("s3:GetObject", "arn:aws:s3:::b/*"))))
    assert 0 == leastwise("snapshot", "--from", "iam.json").code
    return leastwise


def write(path: Path, body: object) -> None:
    path.write_text(json.dumps(body))


def test_a_snapshot_is_taken_and_asked(taken: Command) -> None:
    assert "ALLOW" == taken("can", "role/deploy", "s3:GetObject", "arn:aws:s3:::b/k").out.splitlines()[0]
    assert "IMPLICIT_DENY" == taken("can", "role/deploy", "s3:PutObject", "arn:aws:s3:::b/k").out.splitlines()[0]
    found = taken("who-can", "s3:GetObject", "arn:aws:s3:::b/k", "--json").json()
    assert [ROLE, f"arn:aws:iam::{ACCOUNT}:root"] == [one["principal"] for one in found["principals"]]  # type: ignore[index,attr-defined]
    assert "role/deploy" in taken("who-can", "s3:GetObject", "arn:aws:s3:::b/k").out
    (permission,) = taken("what-can", "role/deploy", "--json").json()["permissions"]  # type: ignore[misc]
    assert (["s3:GetObject"], True) == (permission["actions"], permission["is_certain"])


def test_several_paths_follow_one_option(leastwise: Command, tmp_path: Path) -> None:
    write(tmp_path / "one.json", details(policy(allow("s3:*"))))
    write(tmp_path / "two.json", details(policy(allow("sqs:*")), name="other"))
    told = leastwise("snapshot", "--from", "one.json", "two.json", "--json")
    assert [[ROLE, f"arn:aws:iam::{ACCOUNT}:role/other"]] == [one["roles"] for one in told.json()["accounts"]]  # type: ignore[index,attr-defined]


def test_files_and_a_snapshot_are_two_ways_to_ask(taken: Command, tmp_path: Path) -> None:
    write(tmp_path / "p.json", policy(allow("s3:*")))
    assert "ALLOW" in taken("can", ROLE, "s3:PutObject", "arn:aws:s3:::b/k", "--identity", "p.json").out
    (path,) = snapshots_in(tmp_path / ".leastwise" / "snapshots")
    told = taken("can", ROLE, "s3:PutObject", "--identity", "p.json", "--snapshot", str(path))
    assert (2, True) == (told.code, "two ways to ask" in told.err)


def test_an_unknown_principal_is_named_with_those_like_it(taken: Command) -> None:
    told = taken("can", "role/deplpy", "s3:GetObject")
    assert 2 == told.code
    assert f"did you mean `{ROLE}`?" in told.err


def test_without_a_snapshot_the_way_to_one_is_told(leastwise: Command) -> None:
    for words in (
        ("who-can", "s3:GetObject"),
        ("what-can", "role/x"),
        ("snapshot", "show"),
        ("can", ROLE, "s3:GetObject"),
    ):
        told = leastwise(*words)
        assert (2, True) == (told.code, "leastwise snapshot" in told.err), words


def test_external_ids_are_masked_unless_asked_for(taken: Command) -> None:
    words = ("can", "arn:aws:iam::999988887777:role/vendor", "sts:AssumeRole", ROLE)
    for form in ((), ("--json",)):
        assert SECRET not in taken(*words, *form).out
        assert SECRET in taken(*words, *form, "--show-sensitive").out
    assert SECRET not in taken("who-can", "sts:AssumeRole", ROLE).out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"UserDetailList": [', "iam.json: no JSON"),
        ("[]", "not understood"),
        ('{"RoleDetailList": [{"RoleName": "x"}]}', "has no ARN of a role"),
    ],
)
def test_what_is_not_understood_is_named(leastwise: Command, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "iam.json").write_text(text)
    told = leastwise("snapshot", "--from", "iam.json")
    assert (2, True) == (told.code, said in told.err), told.err
    assert [] == snapshots_in(tmp_path / ".leastwise" / "snapshots")


def test_an_empty_folder_and_a_missing_file_are_errors(leastwise: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "nowhere.json"):
        told = leastwise("snapshot", "--from", name)
        assert (2, True) == (told.code, name in told.err), told.err


def test_a_policy_that_cannot_be_read_leaves_its_answers_open(leastwise: Command, tmp_path: Path) -> None:
    write(tmp_path / "iam.json", details(policy(allow("s3:GetObject")), '{"Statement": ['))
    told = leastwise("snapshot", "--from", "iam.json")
    assert (0, True) == (told.code, "cannot be read" in told.err), told.err
    told = leastwise("can", "role/deploy", "s3:PutObject", "arn:aws:s3:::b/k")
    assert "DEPENDS" == told.out.splitlines()[0]
    assert "not known: role/deploy, inline policy p1" in told.err
    assert "not known" in leastwise("who-can", "s3:PutObject", "arn:aws:s3:::b/k").err


def test_a_rewritten_policy_is_no_change(leastwise: Command, tmp_path: Path) -> None:
    versions = {
        "a": policy(allow("s3:GetObject", "arn:aws:s3:::b/*"), allow("s3:GetObject", "arn:aws:s3:::b/x/*")),
        "b": policy({"Effect": "Allow", "Action": ["s3:getobject"], "Resource": ["arn:aws:s3:::b/*"]}),
        "c": policy(allow("s3:GetObject", "arn:aws:s3:::*")),
    }
    for name, body in versions.items():
        write(tmp_path / f"{name}.json", details(body))
        assert 0 == leastwise("snapshot", "--from", f"{name}.json", "--out", f"{name}.snapshot").code
    same = leastwise("snapshot", "diff", "a.snapshot", "b.snapshot")
    assert (0, "0 changes") == (same.code, same.out.partition(":")[0])
    more = leastwise("snapshot", "diff", "b.snapshot", "c.snapshot", "--json")
    (change,) = more.json()["changes"]  # type: ignore[misc]
    assert (1, ROLE, ["s3:GetObject"]) == (more.code, change["name"], change["gained"][0]["actions"])
    assert change["gained"][0]["witness"]["resource"].startswith("arn:aws:s3:::")
    less = leastwise("snapshot", "diff", "c.snapshot", "b.snapshot")
    assert (0, True) == (less.code, "lost" in less.out)


def test_patterns_are_asked_about_as_a_whole(leastwise: Command, tmp_path: Path) -> None:
    write(tmp_path / "iam.json", details(policy(allow("s3:*", "arn:aws:s3:::b/*"))))
    leastwise("snapshot", "--from", "iam.json")
    for flag, resource, holds in (("--any", "*", True), ("--all", "*", False), ("--all", "arn:aws:s3:::b/*", True)):
        found = leastwise("who-can", "s3:*", resource, flag, "--json").json()
        assert holds == (ROLE in [one["principal"] for one in found["principals"]]), (flag, resource)  # type: ignore[index,attr-defined]
    told = leastwise("who-can", "s3:*", "*")
    assert (2, True) == (told.code, "--any" in told.err)


def test_the_consolidated_policy_says_whether_it_is_equal(taken: Command) -> None:
    told = taken("what-can", "role/deploy", "-f", "policy")
    assert ["s3:GetObject"] == told.json()["Statement"][0]["Action"]  # type: ignore[index]
    assert "proved: it has the same effect as the layers" in told.err


def test_manifest_and_parts_have_the_schema(leastwise: Command, tmp_path: Path) -> None:
    assert (
        0
        == leastwise(
            "sample", "company", "--accounts", "2", "--roles", "30", "--days", "0", "--date", "2026-06-01"
        ).code
    )
    assert 0 == leastwise("snapshot", "--from", "company").code
    page = json.loads((ROOT / "docs" / "reference" / "snapshot.schema.json").read_text())
    (path,) = snapshots_in(tmp_path / ".leastwise" / "snapshots")
    manifest = json.loads(path.read_text())
    Draft202012Validator(page).validate(manifest)
    kinds = {name["kind"] for name in manifest["parts"]}
    assert (
        {"iam", "activity", "resources", "organization", "identity-center", "aws-policies"}
        <= kinds
        <= set(page["parts"])
    )
    for name in manifest["parts"]:
        packed = path.parent / "parts" / name["digest"][:2] / name["digest"]
        schema = {**page["parts"][name["kind"]], "$defs": page["$defs"]}
        Draft202012Validator(schema).validate(json.loads(zlib.decompress(packed.read_bytes())))


def test_hostile_names_are_harmless(leastwise: Command, tmp_path: Path) -> None:
    write(tmp_path / "iam.json", details(policy(allow("s3:*")), name="\x1b[2Jdeploy"))
    leastwise("snapshot", "--from", "iam.json")
    for words in (("who-can", "s3:GetObject"), ("snapshot", "show"), ("what-can", f"{ROLE[:-6]}\x1b[2Jdeploy")):
        told = leastwise(*words)
        assert "\x1b" not in told.out + told.err, words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--external-id", "x"), "`x` is no external id"),
        (("--accounts", "12"), "`12` is no account"),
        (("--regions", "Frankfurt"), "`Frankfurt` is no region"),
        (("--role-name", "a role"), "`a role` is no role name"),
    ],
)
def test_what_aws_would_refuse_is_named_before_it_is_asked(
    leastwise: Command, words: tuple[str, str], said: str
) -> None:
    told = leastwise("snapshot", "--organization", *words)
    assert (2, True) == (told.code, said in told.err), told.err


def test_people_behind_a_role_are_told(leastwise: Command) -> None:
    leastwise("sample", "company", "--accounts", "3", "--roles", "41", "--days", "0", "--date", "2026-06-01")
    leastwise("snapshot", "--from", "company")
    found = leastwise("who-can", "iam:CreateUser", "--json").json()["principals"]
    told = [one["assigned_to"] for one in found if "AWSReservedSSO_" in one["principal"]]  # type: ignore[index,attr-defined]
    assert told
    assert any(each["people"] for several in told for each in several)
    assert "; assigned to group" in leastwise("who-can", "iam:CreateUser").out


def test_a_change_that_is_not_known_passes_no_gate(leastwise: Command, tmp_path: Path) -> None:
    for name, body in (("a", policy(allow("s3:GetObject"))), ("b", '{"Statement": [')):
        write(tmp_path / f"{name}.json", details(body))
        leastwise("snapshot", "--from", f"{name}.json", "--out", f"{name}.snapshot")
    told = leastwise("snapshot", "diff", "a.snapshot", "b.snapshot")
    assert (2, True) == (told.code, "not known" in told.out), told.out


def test_the_external_id_of_a_changed_trust_is_masked(leastwise: Command, tmp_path: Path) -> None:
    body = details(policy(allow("s3:GetObject")))
    write(tmp_path / "a.json", body)
    write(tmp_path / "b.json", json.loads(json.dumps(body).replace("999988887777", "888877776666")))
    for name in ("a", "b"):
        leastwise("snapshot", "--from", f"{name}.json", "--out", f"{name}.snapshot")
    for form in ((), ("--json",)):
        told = leastwise("snapshot", "diff", "a.snapshot", "b.snapshot", *form)
        assert (1, False) == (told.code, SECRET in told.out), told.out
        assert SECRET in leastwise("snapshot", "diff", "a.snapshot", "b.snapshot", "--show-sensitive", *form).out
