"""Statements without effect, and those that look so and are not."""

from __future__ import annotations

import pytest
from proving import Json, allow, deny, document

from leastwise.prove.queries import dead_statements, redundant_statements

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
NEVER = {"NumericLessThan": {"aws:MultiFactorAuthAge": "10"}, "NumericGreaterThan": {"aws:MultiFactorAuthAge": "20"}}
SHIFTS = {"DateLessThan": {"aws:CurrentTime": "2020-01-01"}, "DateGreaterThan": {"aws:CurrentTime": "2021-01-01"}}
INSIDE = "arn:aws:s3:::b/x*"

DEAD: dict[str, tuple[list[Json], list[int]]] = {
    "an Allow whose conditions contradict": ([allow(), allow("s3:PutObject", when=NEVER)], [1]),
    "dates that contradict": ([allow(when=SHIFTS)], [0]),
    "an Allow that is denied throughout": ([allow(resource=INSIDE), deny()], [0]),
    "an Allow that two Denys share out": (
        [
            allow(),
            deny(when=MFA),
            deny(when={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
            allow("iam:*", "*"),
        ],
        [0],
    ),
    "an Allow denied in part": ([allow(), deny(resource=INSIDE)], []),
    "a Deny of nothing that is allowed": ([allow(), deny("sqs:SendMessage", "*")], [1]),
    "a Deny of other objects": ([allow(), deny(resource="arn:aws:s3:::c/*")], [1]),
    "a Deny of some": ([allow(), deny(when=MFA)], []),
    "a Deny said twice": ([allow(), deny(resource=INSIDE), deny(resource=INSIDE)], [1, 2]),
    "an action on another service's resource": ([allow("sqs:SendMessage", "arn:aws:s3:::b/*"), allow()], [0]),
    "an action that takes no resource": ([allow("ec2:DescribeInstances", "arn:aws:ec2:*:*:instance/*")], [0]),
    "a key that the service never sends": ([allow(when={"StringEquals": {"ec2:Region": "eu-west-1"}})], [0]),
    "nothing": ([allow(), allow("iam:GetUser", "*", MFA)], []),
}
REDUNDANT: dict[str, tuple[list[Json], list[int]]] = {
    "an Allow inside another": ([allow("s3:*", "*"), allow()], [1]),
    "an Allow with a condition more": ([allow(), allow(when=MFA)], [1]),
    "two Allows that are the same, each without the other": ([allow(), allow()], [0, 1]),
    "an Allow that two others make up": (
        [
            allow(when={"StringEquals": {"s3:ExistingObjectTag/a": "1"}}),
            allow(when={"StringNotEquals": {"s3:ExistingObjectTag/a": "1"}}),
            allow(),
        ],
        [0, 1, 2],
    ),
    "an Allow that overlaps": ([allow(resource="arn:aws:s3:::b/a*"), allow(resource="arn:aws:s3:::b/*a")], []),
    "a Deny inside another": ([allow("*", "*"), deny("iam:*", "*"), deny("iam:CreateUser", "*")], [2]),
    "a Deny that another makes up but for a condition": (
        [allow("*", "*"), deny("iam:*", "*", MFA), deny("iam:CreateUser", "*")],
        [],
    ),
    "an Allow denied throughout": ([allow(), deny("s3:Get*", "*"), allow("sqs:*", "*")], [0]),
    "nothing": ([allow(), deny(resource=INSIDE)], []),
}


@pytest.mark.parametrize("name", DEAD)
def test_dead_statements_are_found_and_no_others(name: str) -> None:
    statements, expected = DEAD[name]
    assert expected == [one.index for one in dead_statements(document(*statements))]


@pytest.mark.parametrize("name", REDUNDANT)
def test_redundant_statements_are_found_and_no_others(name: str) -> None:
    statements, expected = REDUNDANT[name]
    assert expected == [one.index for one in redundant_statements(document(*statements))]


def test_each_has_its_proof_and_its_statement() -> None:
    policy = document(allow("s3:*", "*"), allow())
    (one,) = redundant_statements(policy)
    assert policy.statements[1] == one.statement
    assert one.proof.holds
