"""`leastwise mirror` as a user meets it: what is mapped, what is written, what is said."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from made_logs import ACCOUNT, write_logs
from made_sessions import ROLE, by_role
from told import Command

OTHER = "444455556666"
PASSED = f"arn:aws:iam::{ACCOUNT}:role/prod-worker"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/ci", "arn:aws:iam::999988887777:root"]},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }
    ],
}
EDGE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def management(number: int, service: str, name: str, request: object) -> dict[str, object]:
    return by_role(
        number,
        "a",
        name,
        eventSource=f"{service}.amazonaws.com",
        requestParameters=request,
        managementEvent=True,
        eventCategory="Management",
    )


@pytest.fixture
def used(leastwise: Command, tmp_path: Path) -> Command:
    """The command over a role that sent messages, passed a role, and read objects."""
    records = [
        management(1, "sqs", "CreateQueue", {"queueName": "prod-jobs"}),
        management(2, "lambda", "CreateFunction20150331", {"functionName": "prod-f", "role": PASSED}),
        by_role(3, "a", requestParameters={"bucketName": "prod-data", "key": "k"}),
        by_role(4, "a", requestParameters={"bucketName": "prod-data", "key": "k"}),
        by_role(5, "a", "DeleteObject", errorCode="AccessDenied"),
    ]
    write_logs(tmp_path / "logs", {"one.json.gz": records})
    assert 0 == leastwise("logs", "add", "logs", "--processes", "1").code
    return leastwise


@pytest.fixture
def held(used: Command, tmp_path: Path) -> Command:
    """The same with a snapshot that has the role and its boundary."""
    role = {
        "Path": "/app/",
        "RoleName": "broad",
        "RoleId": "AROAEXAMPLE",
        "Arn": ROLE,
        "AssumeRolePolicyDocument": TRUST,
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/edge",
        },
    }
    policy = {
        "PolicyName": "edge",
        "PolicyId": "ANPAEXAMPLE",
        "Arn": f"arn:aws:iam::{ACCOUNT}:policy/edge",
        "Path": "/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 1,
        "IsAttachable": True,
        "PolicyVersionList": [{"Document": EDGE, "VersionId": "v1", "IsDefaultVersion": True}],
    }
    body = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": [policy]}
    (tmp_path / "iam.json").write_text(json.dumps(body))
    assert 0 == used("snapshot", "--from", "iam.json").code
    return used


def copied(command: Command, *more: str) -> dict[str, object]:
    return command("mirror", "role/broad", "--account", OTHER, *more, "--json").json()


def resources(copy: dict[str, object]) -> set[str]:
    return {
        resource
        for policy in copy["policies"]  # type: ignore[attr-defined]
        for statement in policy["document"]["Statement"]
        for resource in statement["Resource"]
    }


def test_accounts_and_regions_and_names_are_mapped_in_every_arn(used: Command) -> None:
    copy = copied(used, "--map-region", "eu-west-1=eu-north-1", "--map-prefix", "prod-=dev-")
    assert {
        f"arn:aws:sqs:eu-north-1:{OTHER}:dev-jobs",
        f"arn:aws:lambda:eu-north-1:{OTHER}:function:dev-f",
        f"arn:aws:iam::{OTHER}:role/dev-worker",
        "arn:aws:s3:::dev-data/k",
    } == resources(copy)
    assert ACCOUNT not in json.dumps([copy["policies"], copy["plan"], copy["simulations"]])


def test_the_plan_has_every_successful_call_with_its_count(used: Command) -> None:
    plan = copied(used)["plan"]
    told = {call["action"]: (call["count"], call["inferred"]) for call in plan}  # type: ignore[attr-defined]
    assert (2, False) == told["s3:GetObject"]
    assert (1, True) == told["iam:PassRole"]
    assert "s3:DeleteObject" not in told


def test_a_bucket_that_is_not_mapped_is_said_to_be_the_same(used: Command) -> None:
    assert any("arn:aws:s3:::prod-data/k" in warning for warning in copied(used)["warnings"])  # type: ignore[attr-defined]
    mapped = copied(used, "--map-prefix", "prod-=dev-")["warnings"]
    assert not any("s3" in warning for warning in mapped)  # type: ignore[attr-defined]


def test_trust_policy_path_and_boundary_come_from_the_snapshot(held: Command) -> None:
    copy = copied(held)
    role = copy["role"]
    (statement,) = role["trust_policy"]["Statement"]  # type: ignore[index, call-overload]
    assert [f"arn:aws:iam::{OTHER}:role/ci", "arn:aws:iam::999988887777:root"] == statement["Principal"]["AWS"]
    assert {"StringEquals": {"aws:SourceAccount": OTHER}} == statement["Condition"]
    assert f"arn:aws:iam::{OTHER}:policy/edge" == role["boundary"]  # type: ignore[index, call-overload]
    assert EDGE["Version"] == copy["boundary_policy"]["Version"]  # type: ignore[index, call-overload]
    assert any("999988887777" in warning for warning in copy["warnings"])  # type: ignore[attr-defined]
    again = copied(held, "--map-account", "999988887777=999900001111")
    assert not any("999988887777" in warning for warning in again["warnings"])  # type: ignore[attr-defined]


def test_without_a_snapshot_nobody_is_let_in(used: Command) -> None:
    told = used("mirror", "role/broad", "--account", OTHER)
    assert "REPLACE-WITH-WHO-ASSUMES-IT" in told.out
    assert "warning: no snapshot has the role" in told.err


def test_every_reference_in_the_terraform_is_to_something_in_it(held: Command) -> None:
    text = held("mirror", "role/broad", "--account", OTHER, "-f", "hcl").out
    made = set(re.findall(r'^resource "(\w+)" "(\w+)"', text, re.MULTILINE))
    used_ = set(re.findall(r"= (aws_iam_\w+)\.(\w+)\.", text))
    assert used_ <= made
    assert ("aws_iam_policy", "edge") in used_
    attached = {label for kind, label in made if kind == "aws_iam_role_policy_attachment"}
    assert attached == {label for kind, label in made if kind == "aws_iam_policy"} - {"edge"}


def test_the_template_has_role_policies_and_boundary(held: Command) -> None:
    template = yaml.safe_load(held("mirror", "role/broad", "--account", OTHER, "-f", "cfn").out)
    role = template["Resources"]["Role"]["Properties"]
    assert ("broad", "/app/", {"Ref": "Boundary"}) == (role["RoleName"], role["Path"], role["PermissionsBoundary"])
    assert [{"Ref": "Policy1"}] == role["ManagedPolicyArns"]
    assert {"Role", "Policy1", "Boundary"} == set(template["Resources"])


def test_inputs_of_the_simulator_ask_each_call_where_it_was_made(held: Command, tmp_path: Path) -> None:
    told = held("mirror", "role/broad", "--account", OTHER, "--simulate", "simulate")
    inputs = [json.loads(path.read_text()) for path in sorted((tmp_path / "simulate").glob("*.json"))]
    asked = {(action, resource) for one in inputs for action in one["ActionNames"] for resource in one["ResourceArns"]}
    assert f"written: {len(inputs)} inputs" in told.err
    plan = copied(held)["plan"]
    assert {(call["action"], call["resource"]) for call in plan} == asked  # type: ignore[attr-defined]
    (passing,) = [one for one in inputs if one["ActionNames"] == ["iam:PassRole"]]
    assert [
        {
            "ContextKeyName": "iam:PassedToService",
            "ContextKeyValues": ["lambda.amazonaws.com"],
            "ContextKeyType": "string",
        }
    ] == passing["ContextEntries"]
    assert "Statement" in json.loads(passing["PolicyInputList"][0])
    assert 1 == len(passing["PermissionsBoundaryPolicyInputList"])


def test_the_plan_as_text_parts_calls_from_what_they_need(used: Command) -> None:
    told = used("mirror", "role/broad", "--account", OTHER, "-f", "plan").out
    assert "  s3:GetObject on arn:aws:s3:::prod-data/k: 2 in the log, as GetObject" in told
    calls, _, needed = told.partition("needed by these calls")
    assert "iam:PassRole" in needed
    assert "iam:PassRole" not in calls


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--account", "12"), "`12` is no account id"),
        (("--account", OTHER, "--map-prefix", "prod-"), "cannot read `--map-prefix prod-`"),
    ],
)
def test_options_that_cannot_be_read_are_exit_2(used: Command, arguments: tuple[str, ...], message: str) -> None:
    told = used("mirror", "role/broad", *arguments)
    assert 2 == told.code
    assert message in told.err
