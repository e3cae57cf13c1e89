"""`leastwise boundary propose` and `boundary replay`, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_logs import ACCOUNT, a_record, write_logs
from told import Command

WHO = "user/alucloud171"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
Json = dict[str, object]


@pytest.fixture
def logged(leastwise: Command, demo_logs: Path) -> Command:
    """The command, with the bundled real logs in its store."""
    assert 0 == leastwise("logs", "add", str(demo_logs)).code
    return leastwise


def snapshot_of(leastwise: Command, folder: Path, *grants: str) -> None:
    """A snapshot of an account with alice alone, who is granted these actions."""
    statement = {"Effect": "Allow", "Action": list(grants), "Resource": "*"}
    alice: Json = {
        "Path": "/",
        "UserName": "alice",
        "UserId": "AIDA0000000000000001",
        "Arn": ALICE,
        "UserPolicyList": [
            {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
        ],
        "GroupList": ["team"],
        "Tags": [{"Key": "team", "Value": "ops"}],
        "AttachedManagedPolicies": [],
    }
    group = {
        "Path": "/",
        "GroupName": "team",
        "GroupId": "AGPA0000000000000001",
        "Arn": f"arn:aws:iam::{ACCOUNT}:group/team",
        "GroupPolicyList": [],
        "AttachedManagedPolicies": [],
    }
    body = {"UserDetailList": [alice], "GroupDetailList": [group], "RoleDetailList": [], "Policies": []}
    (folder / "account.json").write_text(json.dumps(body))
    assert 0 == leastwise("snapshot", "--from", str(folder / "account.json")).code


@pytest.fixture
def held(leastwise: Command, tmp_path: Path) -> Command:
    """The command, with calls of alice, one of which a guard stops, and a snapshot of her account."""
    removing = {
        "eventSource": "iam.amazonaws.com",
        "eventName": "DeleteRolePermissionsBoundary",
        "requestParameters": {"roleName": "made"},
        "managementEvent": True,
        "eventCategory": "Management",
        "readOnly": False,
    }
    records = [a_record(1), a_record(2), a_record(3, **removing)]
    write_logs(tmp_path / "logs", {"one.json.gz": records})
    assert 0 == leastwise("logs", "add", str(tmp_path / "logs")).code
    snapshot_of(leastwise, tmp_path, "s3:*", "iam:Delete*", "sqs:SendMessage")
    return leastwise


def test_a_boundary_breaks_nothing_of_what_it_rests_on(logged: Command, tmp_path: Path) -> None:
    told = logged("boundary", "propose", WHO, "--name", "team")
    assert 0 == told.code
    (tmp_path / "team.json").write_text(told.out)
    replayed = logged("boundary", "replay", "team.json", "-P", WHO)
    assert (0, "boundary on 1 principal") == (replayed.code, replayed.out.splitlines()[0])
    assert "not proved to hold: that takes a snapshot, and guards" in told.err


def test_what_would_break_is_told_and_ends_with_one(logged: Command, tmp_path: Path) -> None:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    (tmp_path / "s3.json").write_text(json.dumps(everything))
    told = logged("boundary", "replay", "s3.json", "-P", WHO)
    assert (1, True) == (told.code, "would break:" in told.out)
    fields = logged("boundary", "replay", "s3.json", "--all", "--json").json()
    assert fields["calls"]["breaks"] == sum(one["calls"] for one in fields["groups"] if one["verdict"] == "breaks")  # type: ignore


def test_guards_are_proved_and_what_they_stop_is_told(held: Command) -> None:
    told = held("boundary", "propose", ALICE, "--name", "team")
    assert 1 == told.code
    assert "1 group would break" in told.err
    assert f"PASS arn:aws:iam::{ACCOUNT}:policy/team: nobody bound can leave it" in told.err
    assert "denied by boundary" in told.err
    assert 0 == held("boundary", "propose", ALICE, "--no-guards").code


def test_what_no_log_tells_of_a_guard_is_open_and_ends_with_two(leastwise: Command, tmp_path: Path) -> None:
    making = {"eventSource": "iam.amazonaws.com", "eventName": "CreateRole", "requestParameters": {"roleName": "made"}}
    write_logs(tmp_path / "logs", {"one.json.gz": [a_record(1, **making, managementEvent=True)]})
    leastwise("logs", "add", str(tmp_path / "logs"))
    snapshot_of(leastwise, tmp_path, "iam:CreateRole")
    told = leastwise("boundary", "propose", ALICE)
    assert (2, True) == (told.code, "0 groups would break, 1 group open" in told.err)


def test_programs_have_evidence_replay_and_proof(held: Command) -> None:
    found = held("boundary", "propose", "--tag", "team=ops", "--allow", "ec2", "--json").json()
    actions = {one["action"]: one["calls"] for one in found["evidence"]["actions"]}  # type: ignore[index]
    assert {"s3:GetObject": 2, "iam:DeleteRolePermissionsBoundary": 1} == actions
    assert [("ec2", "service"), ("iam", "actions"), ("s3", "actions"), ("sqs", "actions")] == [
        (one["service"], one["level"])
        for one in found["services"]  # type: ignore[attr-defined]
    ]
    assert ["sqs:SendMessage"] == [
        one
        for one in found["evidence"]["kept_without_call"]  # type: ignore[index]
        if one.startswith("sqs")
    ]
    assert (1, 2) == (found["replay"]["calls"]["breaks"], found["replay"]["calls"]["allowed"])  # type: ignore[index]
    assert ["PASS"] == [one["answer"] for one in found["proof"]]  # type: ignore[attr-defined]


def test_a_group_is_bound_in_every_format(held: Command, tmp_path: Path) -> None:
    terraform = held("boundary", "propose", "--group", "team", "-f", "hcl", "--no-guards").out
    assert f'"{ALICE}" = aws_iam_policy' in terraform
    assert "AWS::IAM::ManagedPolicy" in held("boundary", "propose", "--all", "-f", "cfn", "--no-guards").out
    held("boundary", "propose", "--all", "--page", "page.md")
    page = (tmp_path / "page.md").read_text()
    assert "# Permissions boundary `leastwise-boundary`" in page
    assert "| `s3:GetObject` | 2 | 1 |" in page


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("propose",), "a boundary is of principals"),
        (("propose", "user/nobody"), "no principal `user/nobody`"),
        (("propose", ALICE, "--allow", "s4"), "no service `s4`"),
        (("propose", ALICE, "--protect", "guard"), "is no policy's ARN"),
        (("replay", "absent.json", "-P", ALICE), "absent.json"),
        (("replay", "account.json"), "account.json"),
    ],
)
def test_what_cannot_be_asked_is_said(held: Command, arguments: tuple[str, ...], text: str) -> None:
    told = held("boundary", *arguments)
    assert (2, "") == (told.code, told.out)
    assert text in told.err


def test_without_logs_nothing_is_proposed_and_without_a_snapshot_no_group_is_known(
    leastwise: Command, logged: Command
) -> None:
    assert "take one with `leastwise snapshot`" in logged("boundary", "propose", "--group", "team").err
    assert 2 == leastwise("boundary", "propose", "user/nobody").code


def test_a_service_is_bound_by_nothing(leastwise: Command, tmp_path: Path) -> None:
    identity = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
    write_logs(tmp_path / "logs", {"one.json.gz": [a_record(1, userIdentity=identity)]})
    leastwise("logs", "add", str(tmp_path / "logs"))
    told = leastwise("boundary", "propose", "lambda.amazonaws.com")
    assert (2, True) == (told.code, "`lambda.amazonaws.com` is no user or role" in told.err)
    assert "there is no principal" in leastwise("boundary", "propose", "--all").err


def test_without_logs_nothing_is_proposed(leastwise: Command) -> None:
    told = leastwise("boundary", "propose", ALICE)
    assert (2, True) == (told.code, "no logs in" in told.err)
