"""`leastwise roles split` as a user meets it: text, JSON, Terraform, with and without a snapshot."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from made_logs import ACCOUNT, ALICE, write_logs
from made_sessions import ROLE, assuming, by_role
from told import Command

SECRET = "correct-horse"
JOBS = {
    "billing": (("s3", ("GetObject", "GetObjectAcl", "GetObjectTagging")),),
    "fleet": (("ec2", ("RunInstances", "StopInstances", "DescribeInstances")),),
}
Record = dict[str, object]


def call(number: int, session: str, service: str, name: str) -> Record:
    request = {"bucketName": "logs", "key": "k"} if service == "s3" else {}
    more = {} if service == "s3" else {"managementEvent": True, "eventCategory": "Management"}
    source = f"{service}.amazonaws.com"
    return by_role(number, session, name, eventSource=source, requestParameters=request, **more)


def job(name: str, sessions: int, start: int) -> list[Record]:
    """Sessions of a job, each under a name of its own and begun by alice."""
    records = []
    for turn in range(sessions):
        session, at = f"{name}-{1_700_000_000 + turn}", start + 4_000 * turn
        records.append(assuming(at, session))
        records += [
            call(at + 1 + place, session, service, action)
            for service, actions in JOBS[name]
            for place, action in enumerate(actions)
        ]
    return records


@pytest.fixture
def two_jobs(leastwise: Command, tmp_path: Path) -> Command:
    """The command over a role that two jobs share."""
    records = job("billing", 8, 0) + job("fleet", 8, 2_000)
    write_logs(tmp_path / "logs", {"one.json.gz": records})
    assert 0 == leastwise("logs", "add", "logs", "--processes", "1").code
    return leastwise


def with_snapshot(leastwise: Command, tmp_path: Path) -> None:
    """A snapshot that has the broad role with a trust policy, a path and a boundary."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": SECRET}},
            }
        ],
    }
    role = {
        "Path": "/",
        "RoleName": "broad",
        "RoleId": "AROAEXAMPLE",
        "Arn": ROLE,
        "AssumeRolePolicyDocument": trust,
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/edge",
        },
    }
    body = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}
    (tmp_path / "iam.json").write_text(json.dumps(body))
    assert 0 == leastwise("snapshot", "--from", "iam.json").code


def granted(role: dict[str, object]) -> set[str]:
    """Every action that the role's policies allow."""
    return {
        action
        for policy in role["policies"]  # type: ignore[attr-defined]
        for statement in policy["document"]["Statement"]
        for action in statement["Action"]
    }


def test_each_job_gets_a_role_with_what_it_used_and_no_more(two_jobs: Command) -> None:
    told = two_jobs("roles", "split", "role/broad", "--json").json()
    assert (1, ROLE, True, 16) == (told["schema"], told["principal"], told["is_worth_it"], told["sessions"])
    billing, fleet = sorted(told["roles"], key=lambda role: role["name"])  # type: ignore[call-overload]
    assert ["broad-billing", "broad-fleet"] == [billing["name"], fleet["name"]]
    assert {"s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging"} == granted(billing)
    assert {"ec2:RunInstances", "ec2:StopInstances", "ec2:DescribeInstances"} == granted(fleet)


def test_it_tells_who_would_use_which_role(two_jobs: Command) -> None:
    roles = two_jobs("roles", "split", "role/broad", "--json").json()["roles"]
    (billing,) = [role for role in roles if role["name"] == "broad-billing"]  # type: ignore[attr-defined]
    assert {f"billing-{1_700_000_000 + turn}": 1 for turn in range(8)} == billing["session_names"]
    assert [{"principal": ALICE, "type": "User", "provider": ""}] == billing["callers"]
    assert billing["arn"] == f"arn:aws:iam::{ACCOUNT}:role/broad-billing"
    assert [billing["arn"]] == billing["assume_policy"]["Statement"][0]["Resource"]


def test_without_a_snapshot_the_trust_policy_names_who_assumed_the_role(two_jobs: Command) -> None:
    role = two_jobs("roles", "split", "role/broad", "--json").json()["roles"][0]  # type: ignore[index]
    assert "who assumed it" == role["trust_policy_from"]
    assert {"AWS": [ALICE]} == role["trust_policy"]["Statement"][0]["Principal"]


def test_with_a_snapshot_the_role_s_own_trust_policy_and_boundary_are_kept(two_jobs: Command, tmp_path: Path) -> None:
    with_snapshot(two_jobs, tmp_path)
    role = two_jobs("roles", "split", "role/broad", "--json").json()["roles"][0]  # type: ignore[index]
    assert "the role's own" == role["trust_policy_from"]
    assert {"AWS": f"arn:aws:iam::{ACCOUNT}:root"} == role["trust_policy"]["Statement"][0]["Principal"]
    terraform = two_jobs("roles", "split", "role/broad", "-f", "hcl", "--show-sensitive").out
    assert 2 == terraform.count(f'permissions_boundary = "arn:aws:iam::{ACCOUNT}:policy/edge"')


def test_an_external_id_is_masked_unless_asked_for(two_jobs: Command, tmp_path: Path) -> None:
    with_snapshot(two_jobs, tmp_path)
    for form in ("json", "hcl"):
        assert SECRET not in two_jobs("roles", "split", "role/broad", "-f", form).out
        assert SECRET in two_jobs("roles", "split", "role/broad", "-f", form, "--show-sensitive").out


def test_terraform_is_not_written_with_a_masked_external_id(two_jobs: Command, tmp_path: Path) -> None:
    with_snapshot(two_jobs, tmp_path)
    refused = two_jobs("roles", "split", "role/broad", "-f", "hcl")
    assert (2, "") == (refused.code, refused.out)
    assert "--show-sensitive" in refused.err


def test_every_reference_in_the_terraform_is_to_something_in_it(two_jobs: Command) -> None:
    text = two_jobs("roles", "split", "role/broad", "-f", "hcl").out
    made = set(re.findall(r'^resource "(\w+)" "(\w+)"', text, re.MULTILINE))
    used = set(re.findall(r"= (aws_iam_\w+)\.(\w+)\.", text))
    assert used <= made
    assert 2 == sum(kind == "aws_iam_role" for kind, _ in made)
    assert 2 == sum(kind == "aws_iam_user_policy_attachment" for kind, _ in made)
    assert 2 == sum(kind == "aws_iam_role_policy_attachment" for kind, _ in made)


def test_the_terraform_can_be_read(two_jobs: Command) -> None:
    import hcl2

    text = two_jobs("roles", "split", "role/broad", "-f", "hcl").out
    assert {"resource", "data"} <= set(hcl2.loads(text + "\n"))


def test_text_tells_what_the_split_brings_and_costs(two_jobs: Command) -> None:
    told = two_jobs("roles", "split", "role/broad")
    assert 0 == told.code
    assert "worth splitting: 2 task roles" in told.out
    assert "cost: 100.0 % of sessions" in told.out
    assert "session names: billing-1700000000 (1)" in told.out
    assert f"assumed by: {ALICE}" in told.out


def test_a_role_of_one_job_is_not_worth_it_and_writes_no_terraform(leastwise: Command, tmp_path: Path) -> None:
    write_logs(tmp_path / "logs", {"one.json.gz": job("billing", 8, 0)})
    leastwise("logs", "add", "logs", "--processes", "1")
    told = leastwise("roles", "split", "role/broad", "-f", "hcl")
    assert (0, "") == (told.code, told.out)
    assert "not worth splitting" in told.err
    assert "aws_iam_role" in leastwise("roles", "split", "role/broad", "-f", "hcl", "--anyway").out


def test_a_principal_without_success_is_exit_2(leastwise: Command, tmp_path: Path) -> None:
    write_logs(tmp_path / "logs", {"one.json.gz": [by_role(1, "a", errorCode="AccessDenied")]})
    leastwise("logs", "add", "logs", "--processes", "1")
    told = leastwise("roles", "split", "role/broad")
    assert 2 == told.code
    assert "succeeded" in told.err


def test_hostile_session_names_are_shown_and_written_safely(leastwise: Command, tmp_path: Path) -> None:
    evil = '\x1b[2J${file("/etc/passwd")}'
    records = [by_role(turn, f"{evil}x{word}") for turn, word in enumerate(("a", "b", "c", "d"))]
    write_logs(tmp_path / "logs", {"one.json.gz": records})
    leastwise("logs", "add", "logs", "--processes", "1")
    assert "\x1b" not in leastwise("roles", "split", "role/broad").out
    text = leastwise("roles", "split", "role/broad", "-f", "hcl", "--anyway").out
    assert "\x1b" not in text
    assert not re.search(r"(?<!\$)\$\{", text)


def test_a_web_identity_is_trusted_with_its_subject_alone(leastwise: Command, tmp_path: Path) -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    subject = "repo:shop/web:ref:refs/heads/main"
    identity = {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }
    record = assuming(1, "web") | {"userIdentity": identity, "eventName": "AssumeRoleWithWebIdentity"}
    write_logs(tmp_path / "logs", {"one.json.gz": [record, by_role(2, "web")]})
    leastwise("logs", "add", "logs", "--processes", "1")
    (role,) = leastwise("roles", "split", "role/broad", "--json").json()["roles"]  # type: ignore[misc]
    (statement,) = role["trust_policy"]["Statement"]  # type: ignore[index]
    assert {"Federated": [provider]} == statement["Principal"]
    assert ["sts:AssumeRoleWithWebIdentity"] == statement["Action"]
    assert {"StringEquals": {"token.actions.githubusercontent.com:sub": [subject]}} == statement["Condition"]
    assert "broad-shop-web" == role["name"]  # type: ignore[index]
    assert role["reason"].startswith(f"web identity `{identity['principalId']}` (1)")  # type: ignore[index]
