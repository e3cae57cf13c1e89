"""`leastwise boundary check`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from told import Command

ACCOUNT = "111122223333"
CEILING = f"arn:aws:iam::{ACCOUNT}:policy/ceiling"
Json = dict[str, object]


def document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, **more: object) -> Json:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def role(name: str, *statements: Json, boundary: str = "", trusted: object = None, **trust: object) -> Json:
    statement = {
        "Effect": "Allow",
        "Principal": trusted or {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
        **trust,
    }
    found: Json = {
        "Path": "/",
        "RoleName": name,
        "RoleId": f"AROA{name.upper():0>16}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "AssumeRolePolicyDocument": document(statement),
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document(*statements)}],
        "AttachedManagedPolicies": [],
    }
    if boundary:
        found["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary}
    return found


def policy(arn: str, *statements: Json) -> Json:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": document(*statements)}
    return {
        "PolicyName": arn.rpartition("/")[2],
        "PolicyId": "ANPA0000000000000001",
        "Arn": arn,
        "Path": "/",
        "DefaultVersionId": "v1",
        "PolicyVersionList": [version],
    }


def account(path: Path, *roles: Json, ceiling: Json | None = None) -> Path:
    """An account as `get-account-authorization-details` prints it."""
    policies = [policy(CEILING, ceiling)] if ceiling else []
    body = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": list(roles), "Policies": policies}
    path.write_text(json.dumps(body))
    return path


@pytest.fixture
def held(leastwise: Command, tmp_path: Path) -> Command:
    """The command, with a snapshot of a role that may leave its boundary and one that has none."""
    maker = role("maker", allow("iam:CreateRole", "s3:*"), boundary=CEILING)
    path = account(tmp_path / "account.json", maker, role("free", allow("s3:*")), ceiling=allow("iam:*", "s3:Get*"))
    assert 0 == leastwise("snapshot", "--from", str(path)).code
    return leastwise


def test_a_way_out_is_told_with_its_requests_and_ends_with_one(held: Command) -> None:
    told = held("boundary", "check")
    assert 1 == told.code
    assert f"FAIL    {CEILING}: binds 1 principal" == told.out.splitlines()[0]
    assert "creates-without-boundary: role/maker makes a principal without the boundary" in told.out
    assert "iam:CreateRole on role/example  (iam:PermissionsBoundary absent)" in told.out


def test_programs_have_every_step(held: Command) -> None:
    (found,) = held("boundary", "check", "ceiling", "--json").json()["boundaries"]  # type: ignore[misc]
    assert ("FAIL", [f"arn:aws:iam::{ACCOUNT}:role/maker"]) == (found["answer"], found["principals"])
    (escape,) = found["escapes"]
    (request,) = escape["steps"][0]["requests"]
    assert ("iam:CreateRole", None) == (request["action"], request["context"]["iam:PermissionsBoundary"])
    assert found["calls"] is None


def test_a_file_is_checked_for_those_whom_it_is_to_bind(held: Command, tmp_path: Path) -> None:
    (tmp_path / "new.json").write_text(json.dumps(document(allow("s3:*"))))
    told = held("boundary", "check", "new.json", "-P", "role/maker", "-P", "role/free")
    assert (0, f"PASS    arn:aws:iam::{ACCOUNT}:policy/new: binds 2 principals") == (
        told.code,
        told.out.splitlines()[0],
    )
    assert 0 == held("boundary", "check", "new.json", "--all", "--name", "other").code


def test_a_policy_of_the_snapshot_is_checked_for_those_whom_it_is_to_bind(held: Command) -> None:
    told = held("boundary", "check", CEILING, "-P", "role/free")
    assert (1, f"FAIL    {CEILING}: binds 2 principals") == (told.code, told.out.splitlines()[0])


def test_what_is_forbidden_and_what_is_protected_is_asked(held: Command) -> None:
    assert "forbidden: role/maker may do what is forbidden" in held("boundary", "check", "--forbid", "s3:GetObject").out
    assert "forbidden:" not in held("boundary", "check", "--forbid", "sqs:*").out
    protected = held("boundary", "check", "--protect", "arn:aws:s3:::bucket")
    assert (2, True) == (protected.code, "is no policy's ARN" in protected.err)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("nothing",), "no boundary `nothing` is in use"),
        (("new.json",), "say whom the file is to bind"),
        (("absent.json", "-P", "role/free"), "absent.json"),
        (("broken.json", "-P", "role/free"), "broken.json"),
        (("new.json", "-P", "role/nobody"), "no principal `role/nobody`"),
        (("new.json", "--tag", "team=none"), "there is no principal to bind"),
        (("new.json", "--group", "none"), "is in a group `none`"),
        (("--all",), "there is one boundary"),
        (("arn:aws:iam::111122223333:policy/none", "--all"), "no policy `arn:aws:iam::111122223333:policy/none`"),
        (("--forbid", "everything"), "names no action"),
    ],
)
def test_what_cannot_be_asked_is_said(held: Command, tmp_path: Path, arguments: tuple[str, ...], text: str) -> None:
    (tmp_path / "new.json").write_text(json.dumps(document(allow("s3:*"))))
    (tmp_path / "broken.json").write_text('{"Version": "2012-10-17"')
    told = held("boundary", "check", *arguments)
    assert (2, "") == (told.code, told.out)
    assert text in told.err


def test_without_a_snapshot_nothing_is_checked(leastwise: Command) -> None:
    told = leastwise("boundary", "check")
    assert (2, "") == (told.code, told.out)
    assert "there is no snapshot" in told.err


def test_what_is_not_known_ends_with_two(leastwise: Command, tmp_path: Path) -> None:
    leastwise("snapshot", "--from", str(account(tmp_path / "account.json", role("maker", boundary=CEILING))))
    told = leastwise("boundary", "check")
    assert (2, "UNKNOWN") == (told.code, told.out.split()[0])


def test_an_account_without_boundaries_has_nothing_to_check(leastwise: Command, tmp_path: Path) -> None:
    leastwise("snapshot", "--from", str(account(tmp_path / "account.json", role("free", allow("s3:*")))))
    told = leastwise("boundary", "check")
    assert (0, "") == (told.code, told.out)
    assert "no user or role of the snapshot has a permissions boundary" in told.err


def test_no_letter_of_a_name_is_obeyed(leastwise: Command, tmp_path: Path) -> None:
    maker = role("ma\x1b[31m\u202eker", allow("iam:CreateRole"), boundary=CEILING)
    leastwise("snapshot", "--from", str(account(tmp_path / "account.json", maker, ceiling=allow("iam:*"))))
    told = leastwise("boundary", "check")
    assert (1, True) == (told.code, "role/ma\\x1b[31m\\u202eker" in told.out)
    assert not {"\x1b", "\u202e"} & set(told.out)


def test_external_ids_are_masked(leastwise: Command, tmp_path: Path) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "s3cr3t-id"}}
    roles = (
        role("bound", allow("sts:AssumeRole"), boundary=CEILING),
        role("far", allow("*"), trusted={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Condition=condition),
    )
    leastwise("snapshot", "--from", str(account(tmp_path / "account.json", *roles, ceiling=allow("sts:*"))))
    for form in ((), ("--json",)):
        told = leastwise("boundary", "check", *form)
        assert (1, False) == (told.code, "s3cr3t-id" in told.out)
        assert "s3cr3t-id" in leastwise("boundary", "check", "--show-sensitive", *form).out
