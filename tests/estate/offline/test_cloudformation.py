"""CloudFormation templates: parameters are free unless given, and what is not known stays open."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from made_plans import ACCOUNT, TEMPLATE
from written import reasons, resources, snapshot, write

from leastwise.estate.documents import Documents
from leastwise.estate.gather import Snapshot

GIVEN = {"Stage": "prod", "Bucket": "uploads", "AWS::Region": "eu-west-1"}


def read(
    folder: Path, content: object = TEMPLATE, account: str = ACCOUNT, parameters: Mapping[str, str] | None = None
) -> Snapshot:
    name = "stack.yaml" if isinstance(content, str) else "stack.json"
    return snapshot(write(folder, {name: content}), account=account, parameters=parameters)


def test_given_parameters_settle_everything(tmp_path: Path) -> None:
    found = read(tmp_path, parameters=GIVEN)
    assert [] == reasons(found)
    iam = found.iam[ACCOUNT]
    (role,) = iam.roles
    shared = f"arn:aws:iam::{ACCOUNT}:policy/unknown-Shared"
    assert (f"arn:aws:iam::{ACCOUNT}:role/team/app-prod", shared) == (role.arn, role.boundary)
    assert (
        shared,
        "arn:aws:iam::aws:policy/PowerUserAccess",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
    ) == role.attached
    assert {"stage": "prod", "team": "core"} == role.tags
    assert (f"arn:aws:iam::{ACCOUNT}:instance-profile/app",) == role.instance_profiles
    assert ["more", "own"] == [one.name for one in role.inline]
    own = json.loads(role.inline[1].document)
    assert ["arn:aws:s3:::uploads/*", "arn:aws:kms:eu-west-1:111122223333:key/prod"] == [
        one["Resource"] for one in own["Statement"]
    ]
    assert f"arn:aws:iam::{ACCOUNT}:root" in role.trust
    assert ((), ()) == (role.trust_unknown, role.inline[1].unknown)
    assert f"{tmp_path / 'stack.yaml'}: App" == role.inline[1].origin
    (user,) = iam.users
    assert (("others", "staff"), (shared,)) == (user.groups, user.attached)
    assert f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs" in iam.policies[0].document


def test_free_parameters_stay_open(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert [("condition", "More is taken to be made: whether it is turns on `IsProd`")] == reasons(found)
    (role,) = found.iam[ACCOUNT].roles
    assert "unknown-App" == role.name
    assert f"arn:aws:iam::{ACCOUNT}:policy/unknown-App.ManagedPolicyArns.2" in role.attached
    own = next(one for one in role.inline if one.name == "own")
    assert ("Statement[0].Resource", "Statement[1].Resource") == own.unknown
    parsed = Documents().inline(own, "role/App")
    assert ("", True) == (parsed.fault, "bucket" in parsed.open_keys)
    assert {"team": "core"} == role.tags


def test_a_condition_that_does_not_hold_leaves_out_what_has_it(tmp_path: Path) -> None:
    found = read(tmp_path, parameters=GIVEN | {"Stage": "test"})
    (role,) = found.iam[ACCOUNT].roles
    assert ["own"] == [one.name for one in role.inline]
    assert 2 == len(role.attached)


def test_resources_have_their_policies(tmp_path: Path) -> None:
    held = resources(read(tmp_path, parameters=GIVEN))
    queue, function = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:work"
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/unknown-Key"
    assert {queue: "sqs:queue", function: "lambda:function", key: "kms:key"} == {a: one.type for a, one in held.items()}
    assert queue == json.loads(held[queue].policies["policy"])["Statement"]["Resource"]
    (permission,) = json.loads(held[function].policies["policy"])["Statement"]
    assert {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::uploads"}, "StringEquals": {"aws:SourceAccount": ACCOUNT}} == (
        permission["Condition"]
    )
    assert f"arn:aws:iam::{ACCOUNT}:role/team/app-prod" in held[key].policies["policy"]


def test_what_an_argument_of_a_permission_may_be_stays_open(tmp_path: Path) -> None:
    held = resources(read(tmp_path, parameters={"AWS::Region": "eu-west-1"}))
    function = held[f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:work"]
    assert ("Statement[0].Condition.ArnLike.aws:SourceArn",) == function.unknown


def test_json_and_yaml_are_the_same(tmp_path: Path) -> None:
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": "app", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    }
    as_json = read(tmp_path / "json", {"Resources": {"App": role}})
    text = "Resources:\n  App:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: app\n"
    as_yaml = read(tmp_path / "yaml", f"{text}      AssumeRolePolicyDocument: {{Version: 2012-10-17, Statement: []}}\n")
    assert [one.arn for one in as_json.iam[ACCOUNT].roles] == [one.arn for one in as_yaml.iam[ACCOUNT].roles]
    assert [one.trust for one in as_json.iam[ACCOUNT].roles] == [one.trust for one in as_yaml.iam[ACCOUNT].roles]


def test_an_account_that_nothing_tells_is_told(tmp_path: Path) -> None:
    user = {"Type": "AWS::IAM::User", "Properties": {"UserName": "ann"}}
    found = read(tmp_path, {"Resources": {"Ann": user}}, account="")
    assert [("account", "nothing tells the stack's account: 000000000000 stands for it")] == reasons(found)


@pytest.mark.parametrize(
    "written",
    [
        {"Fn::If": ["Loop", "a", "b"]},
        {"Fn::Sub": [{"Ref": "x"}, {}]},
        {"Fn::Sub": ["${A.B.C}${}${!x}", None]},
        {"Fn::Join": "x"},
        {"Fn::GetAtt": 7},
        {"Ref": ["x"]},
        {"Fn::Select": [0, []]},
        {"Fn::FindInMap": [{}, 1]},
        [{"Ref": "AWS::NoValue"}],
        17,
        None,
    ],
)
def test_odd_values_are_read_without_fault_of_ours(tmp_path: Path, written: object) -> None:
    properties = dict.fromkeys(
        (
            "RoleName",
            "Path",
            "AssumeRolePolicyDocument",
            "ManagedPolicyArns",
            "Policies",
            "PermissionsBoundary",
            "Tags",
        ),
        written,
    )
    of_key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": written}}
    of_function = {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": written, "Principal": written}}
    conditions = {"Loop": {"Condition": "Loop"}}
    body = {
        "Conditions": conditions,
        "Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": properties}, "K": of_key, "P": of_function},
    }
    assert 1 == len(read(tmp_path, body).iam[ACCOUNT].roles)


def test_yaml_that_is_no_template_is_passed_over_in_a_folder(tmp_path: Path) -> None:
    write(tmp_path, {"values.yaml": "image: web\n", "stack.yml": TEMPLATE})
    assert ["condition"] == [one.what for one in snapshot(tmp_path, account=ACCOUNT).not_read]
    assert ["file"] == [one.what for one in snapshot(tmp_path / "values.yaml").not_read]


def test_answers_in_yaml_are_read(tmp_path: Path) -> None:
    answer = f"UserDetailList:\n- Arn: arn:aws:iam::{ACCOUNT}:user/ann\n  UserName: ann\n"
    found = snapshot(write(tmp_path, {"details.yaml": answer}))
    assert ["ann"] == [user.name for user in found.iam[ACCOUNT].users]
