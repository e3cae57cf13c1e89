"""`leastwise replay`, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_logs import ACCOUNT, a_record, write_logs
from told import Command

WHO = "user/alucloud171"


@pytest.fixture
def logged(leastwise: Command, demo_logs: Path) -> Command:
    """The command, with the bundled real logs in its store."""
    assert 0 == leastwise("logs", "add", str(demo_logs)).code
    return leastwise


def trusting(secret: str) -> dict[str, object]:
    """An account of one role that asks for this external id, as `get-account-authorization-details` prints it."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": secret}},
    }
    role = {
        "Path": "/",
        "RoleName": "vendor",
        "RoleId": "AROA0000000000000001",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/vendor",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
    }
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}


def write(path: Path, *statements: dict[str, object]) -> Path:
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    return path


def test_a_proposal_breaks_nothing(logged: Command, tmp_path: Path) -> None:
    (tmp_path / "tight.json").write_text(logged("propose", WHO).out)
    told = logged("replay", "--policy", "tight.json", "-P", WHO)
    assert (0, "  still allowed  33  117") == (told.code, told.out.splitlines()[1])


def test_a_bundle_is_replayed_for_its_principal(logged: Command, tmp_path: Path) -> None:
    logged("propose", WHO, "--bundle", "tight.json")
    told = logged("replay", "--proposal", "tight.json")
    assert (0, "  still allowed  33  117") == (told.code, told.out.splitlines()[1])
    write(tmp_path / "scp.json", {"Effect": "Deny", "Action": "autoscaling:*", "Resource": "*"})
    assert 1 == logged("replay", "--proposal", "tight.json", "--scp", "scp.json").code
    assert 2 == logged("replay", "--proposal", "tight.json", "-P", WHO).code
    assert "it is no bundle" in logged("replay", "--proposal", "scp.json").err


def test_what_breaks_is_told_with_its_statement_and_ends_with_one(logged: Command, tmp_path: Path) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    no_groups = {"Sid": "NoGroups", "Effect": "Deny", "Action": "autoscaling:*", "Resource": "*"}
    path = write(tmp_path / "p.json", everything, no_groups)
    told = logged("replay", "--policy", str(path), "-P", WHO)
    assert 1 == told.code
    assert "would break:" in told.out
    assert "(NoGroups)" in told.out
    fields = logged("replay", "--policy", str(path), "-P", WHO, "--json").json()
    assert {"breaks"} == {row["verdict"] for row in fields["requests"]}  # type: ignore[attr-defined]
    assert fields["counts"]["breaks"]["calls"] == sum(row["calls"] for row in fields["requests"])  # type: ignore


def test_an_scp_is_tried_on_everybody(logged: Command, tmp_path: Path) -> None:
    path = write(tmp_path / "scp.json", {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"})
    rows = logged("replay", "--scp", str(path), "--json").json()["requests"]
    assert len({row["principal"] for row in rows}) > 5  # type: ignore[attr-defined, index]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "nothing to try"),
        (["--policy", "p.json"], "identity policies are of one principal"),
        (["--boundary", "p.json"], "a boundary is of principals"),
        (["--scp", "p.json", "--all", "-P", WHO], "both given"),
        (["--scp", "missing.json"], "missing.json"),
        (["--policy", "p.json", "-P", "role/nobody"], "role/nobody"),
    ],
)
def test_what_cannot_be_done_is_told(logged: Command, tmp_path: Path, options: list[str], message: str) -> None:
    write(tmp_path / "p.json", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    told = logged("replay", *options)
    assert 2 == told.code
    assert message in told.err


def test_names_are_shown_and_not_obeyed(logged: Command, tmp_path: Path) -> None:
    statement = {"Sid": "x", "Effect": "Deny", "Action": "*", "Resource": "*"}
    path = write(tmp_path / "a\x1b[31m.json", statement)
    assert "\x1b" not in logged("replay", "--scp", str(path)).out


def test_what_the_log_cannot_decide_passes_no_gate(logged: Command, tmp_path: Path) -> None:
    condition = {"StringEquals": {"aws:ResourceTag/team": "x"}}
    open_one = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    write(tmp_path / "scp.json", open_one)
    assert 2 == logged("replay", "--scp", "scp.json").code
    assert 0 == logged("replay", "--scp", "scp.json", "--allow-undecided").code


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_external_ids_are_masked(leastwise: Command, tmp_path: Path, form: tuple[str, ...]) -> None:
    asked = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/vendor", "roleSessionName": "s"}
    call = a_record(1, eventSource="sts.amazonaws.com", eventName="AssumeRole", requestParameters=asked)
    write_logs(tmp_path / "logs", {"one.json.gz": [call]})
    (tmp_path / "iam.json").write_text(json.dumps(trusting("correct-horse")))
    leastwise("logs", "add", "logs", "--processes", "1")
    leastwise("snapshot", "--from", "iam.json")
    write(tmp_path / "p.json", {"Effect": "Deny", "Action": "s3:*", "Resource": "*"})
    told = leastwise("replay", "--policy", "p.json", "-P", "user/alice", *form)
    assert "sts:ExternalId" in told.out
    assert "correct-horse" not in told.out
    shown = leastwise("replay", "--policy", "p.json", "-P", "user/alice", "--show-sensitive", *form)
    assert "correct-horse" in shown.out


def test_masks_stand_in_texts_alone_and_never_in_a_policy_to_apply(leastwise: Command, tmp_path: Path) -> None:
    call = a_record(1, requestParameters={"bucketName": "b-10", "key": "k"})
    write_logs(tmp_path / "logs", {"one.json.gz": [call]})
    (tmp_path / "iam.json").write_text(json.dumps(trusting("10")))
    leastwise("logs", "add", "logs", "--processes", "1")
    leastwise("snapshot", "--from", "iam.json")
    proposed = leastwise("propose", "user/alice", "--json").json()
    (policy,) = proposed["policies"]  # type: ignore[misc]
    assert policy["document"] == leastwise("propose", "user/alice").json()  # type: ignore[index]
    document = write(tmp_path / "p.json", {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    fields = leastwise("replay", "--policy", str(document), "-P", "user/alice", "--json").json()
    assert "********" in fields["requests"][0]["resource"]  # type: ignore[index]
