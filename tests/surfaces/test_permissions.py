"""`leastwise permissions` as a user meets it."""

from __future__ import annotations

import json
import subprocess
import sys

import hcl2
import pytest
import yaml
from told import Command


def test_the_policy_is_iams_own_json(leastwise: Command) -> None:
    told = leastwise("permissions")
    assert (0, "") == (told.code, told.err)
    actions = [action for one in told.json()["Statement"] for action in one["Action"]]
    assert "s3:ListAllMyBuckets" in actions
    assert "sts:AssumeRole" not in actions


def test_an_organisation_needs_a_role_to_assume(leastwise: Command) -> None:
    statements = leastwise("permissions", "--organization", "--role-name", "audit").json()["Statement"]
    assert ["arn:aws:iam::*:role/audit"] == [one["Resource"] for one in statements if "sts:AssumeRole" in one["Action"]]


def test_the_answer_for_programs_names_each_call(leastwise: Command) -> None:
    told = leastwise("permissions", "--json", "--organization").json()
    assert 1 == told["schema"]
    assert ["s3:ListAllMyBuckets"] == told["calls"]["s3.ListBuckets"]
    assert [] == told["calls"]["sts.GetCallerIdentity"]
    assert "sts:AssumeRole" in told["calls"]["sts.AssumeRole"]
    assert "organizations.ListRoots" not in leastwise("permissions", "--json", "--stack-set").json()["calls"]


@pytest.mark.parametrize("form", ["json", "cfn"])
def test_the_stack_set_makes_a_role_with_three_parameters(leastwise: Command, form: str) -> None:
    told = leastwise("permissions", "--stack-set", "-f", form, "--role-name", "audit")
    template = yaml.safe_load(told.out)
    assert {"TrustedAccount", "ExternalId", "RoleName"} == set(template["Parameters"])
    assert "audit" == template["Parameters"]["RoleName"]["Default"]
    role = template["Resources"]["ReadRole"]["Properties"]
    (policy,) = role["Policies"]
    actions = {action for one in policy["PolicyDocument"]["Statement"] for action in one["Action"]}
    assert "sqs:GetQueueAttributes" in actions
    assert not any(one.startswith("organizations:") for one in actions)
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert {"Fn::Sub": "arn:${AWS::Partition}:iam::${TrustedAccount}:root"} == trust["Principal"]["AWS"]
    assert "HasExternalId" == trust["Condition"]["Fn::If"][0]


def test_both_forms_of_the_template_say_the_same(leastwise: Command) -> None:
    as_json = json.loads(leastwise("permissions", "--stack-set").out)
    assert as_json == yaml.safe_load(leastwise("permissions", "--stack-set", "-f", "cfn").out)


def test_terraform_can_read_the_role_and_the_policy(leastwise: Command) -> None:
    role = hcl2.loads(leastwise("permissions", "--stack-set", "-f", "hcl").out)
    kinds = [kind.strip('"') for one in role["resource"] for kind in one if not kind.startswith("__")]
    assert ["aws_iam_role", "aws_iam_role_policy_attachment", "aws_iam_policy"] == kinds
    assert 3 == len(role["variable"])
    own = hcl2.loads(leastwise("permissions", "-f", "hcl").out)
    assert 1 == len(own["resource"])


def test_the_policy_can_be_a_stack_of_its_own(leastwise: Command) -> None:
    template = yaml.safe_load(leastwise("permissions", "-f", "cfn").out)
    assert ["AWS::IAM::ManagedPolicy"] == [one["Type"] for one in template["Resources"].values()]


def test_what_is_needed_is_told_without_the_sdk() -> None:
    code = "import sys; import leastwise.surfaces.cli.permissions; print([m for m in sys.modules if 'boto' in m])"
    assert "[]\n" == subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
