"""Merged guard rails mean what they took the place of: proved, and decided alike."""

from __future__ import annotations

from random import Random

import pytest

from leastwise.catalogue.load import load_catalogue
from leastwise.decide.evaluate import evaluate
from leastwise.language.parse import parse_policy
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy
from leastwise.model.request import Principal, Request
from leastwise.prove.verdict import Verdict
from leastwise.synthesize.guardrails.effects import bound, full
from leastwise.synthesize.guardrails.merge import ATTACHABLE, merged

Json = dict[str, object]
CATALOGUE = load_catalogue()
ACTIONS = (
    "s3:PutBucketPolicy",
    "s3:DeleteBucket",
    "s3:*",
    "s3:Delete*",
    "ec2:RunInstances",
    "ec2:*",
    "iam:CreateUser",
    "iam:Create*",
    "kms:ScheduleKeyDeletion",
    "*",
)
RESOURCES = ("*", "arn:aws:s3:::logs-*", "arn:aws:iam::*:role/guard/*", "arn:aws:s3:::logs-a/*")
CONDITIONS: tuple[Json, ...] = (
    {},
    {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}},
    {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
    {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
)


def policy(*statements: Json, kind: str = "scp") -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind=kind)  # type: ignore[arg-type]


def deny(*actions: str, on: str = "*", sid: str = "", **more: object) -> Json:
    named = {"Sid": sid} if sid else {}
    return {**named, "Effect": "Deny", "Action": list(actions), "Resource": on, **more}


def random_policies(random: Random) -> list[Policy]:
    made = []
    for number in range(random.randint(1, 4)):
        statements = [_statement(random, f"S{number}{place}") for place in range(random.randint(1, 4))]
        made.append(policy(*statements))
    return made


def _statement(random: Random, sid: str) -> Json:
    actions = random.sample(ACTIONS, random.randint(1, 3))
    resources = random.sample(RESOURCES, random.randint(1, 2))
    condition = random.choice(CONDITIONS)
    kind = "NotAction" if random.random() < 0.15 else "Action"
    found: Json = {"Sid": sid, "Effect": "Deny", kind: actions, "Resource": resources}
    return {**found, "Condition": condition} if condition else found


PAIRS = (
    ("s3:PutBucketPolicy", "arn:aws:s3:::logs-a"),
    ("s3:DeleteBucket", "arn:aws:s3:::other"),
    ("s3:DeleteObject", "arn:aws:s3:::logs-a/k"),
    ("s3:GetObject", "arn:aws:s3:::logs-b/k"),
    ("ec2:RunInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/*"),
    ("iam:CreateUser", "arn:aws:iam::111122223333:user/new"),
    ("iam:CreateRole", "arn:aws:iam::111122223333:role/guard/x"),
    ("iam:DeleteRole", "arn:aws:iam::111122223333:role/guard/x"),
    ("kms:ScheduleKeyDeletion", "arn:aws:kms:eu-west-1:111122223333:key/1"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q"),
    ("sts:GetSessionToken", "*"),
)


def requests(random: Random) -> list[Request]:
    """Requests that AWS could make: each action on a resource of its own kind."""
    who = [Principal.of(f"arn:aws:iam::111122223333:role/{name}") for name in ("admin", "app")]
    return [
        Request(
            random.choice(who),
            action,
            on,
            {
                "aws:RequestedRegion": random.choice(("eu-west-1", "us-east-1", "ap-south-1")),
                "aws:MultiFactorAuthPresent": random.choice((True, False)),
            },
        )
        for action, on in random.choices(PAIRS, k=60)
    ]


def test_what_adds_nothing_is_left_out() -> None:
    found = merged([policy(deny("s3:*", sid="All"), deny("s3:DeleteBucket", sid="One"))], "scp", catalogue=CATALOGUE)
    assert ["One"] == [one.sid for one in found.dropped]
    assert Verdict.PASS is found.verdict
    assert sum(found.after) < sum(found.before)


def test_several_become_one_with_sids_of_their_own() -> None:
    several = [
        policy(deny("s3:DeleteBucket", sid="A")),
        policy(deny("iam:CreateUser", on="arn:aws:iam::*:user/x", sid="A")),
    ]
    found = merged(several, "scp", catalogue=CATALOGUE)
    assert 1 == len(found.policies)
    assert {"A", "A2"} == {one.sid for one in found.policies[0].statements}


def test_equal_statements_are_put_together() -> None:
    several = [policy(deny("s3:DeleteBucket")), policy(deny("iam:CreateUser"))]
    found = merged(several, "scp", catalogue=CATALOGUE)
    assert [("iam:CreateUser", "s3:DeleteBucket")] == [
        tuple(sorted(one.actions)) for one in found.policies[0].statements
    ]


def test_a_deny_alone_is_not_taken_for_a_level_that_lets_nothing_through() -> None:
    found = merged([policy(deny("s3:DeleteBucket"))], "scp", catalogue=CATALOGUE)
    assert () == found.dropped
    assert 1 == len(found.policies[0].statements)


def test_an_allow_list_keeps_what_it_lets_through() -> None:
    allow = {"Effect": "Allow", "Action": ["s3:*", "s3:GetObject", "ec2:*"], "Resource": "*"}
    found = merged([policy(allow, deny("s3:DeleteBucket"))], "scp", catalogue=CATALOGUE)
    assert {"Allow", "Deny"} == {one.effect for one in found.policies[0].statements}
    assert ("s3:*", "ec2:*") == next(one.actions for one in found.policies[0].statements if one.effect == "Allow")


def test_what_is_denied_above_is_left_out_when_asked() -> None:
    above = ((full("scp"), policy(deny("s3:*"))),)
    own = [policy(deny("s3:DeleteBucket", sid="Above"), deny("iam:CreateUser", sid="Own"))]
    found = merged(own, "scp", catalogue=CATALOGUE, above=above)
    assert ["Above"] == [one.sid for one in found.dropped]
    assert [] == [one.sid for one in merged(own, "scp", catalogue=CATALOGUE).dropped]


def test_rcps_are_merged_too() -> None:
    one = deny("s3:*", Principal="*", Condition={"BoolIfExists": {"aws:SecureTransport": "false"}})
    other = deny("sqs:*", Principal="*", Condition={"BoolIfExists": {"aws:SecureTransport": "false"}})
    found = merged([policy(one, kind="rcp"), policy(other, kind="rcp")], "rcp", catalogue=CATALOGUE)
    assert Verdict.PASS is found.verdict
    assert ("s3:*", "sqs:*") == tuple(sorted(found.policies[0].statements[0].actions))


def test_what_is_over_the_quota_is_split() -> None:
    random = Random(3)
    names = [name for name in CATALOGUE.index().actions if name.startswith(("ec2:", "iam:"))]
    chosen = random.sample(names, 420)
    found = merged([policy(deny(*chosen[:210])), policy(deny(*chosen[210:]))], "scp", catalogue=CATALOGUE)
    assert found.is_proved
    assert all(size <= 10_240 for size in found.after)
    assert len(found.policies) <= ATTACHABLE["scp"]


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(InputError, match="no statement to merge"):
        merged([], "scp", catalogue=CATALOGUE)


def _agree(seed: int) -> None:
    random = Random(seed)
    given = random_policies(random)
    found = merged(given, "scp", catalogue=CATALOGUE)
    assert found.is_proved, seed
    assert sum(found.after) <= sum(found.before), seed
    before, after = bound("scp", ((full("scp"), *given),)), bound("scp", ((full("scp"), *found.policies),))
    for request in requests(random):
        assert evaluate(request, before).outcome is evaluate(request, after).outcome, (seed, request)


@pytest.mark.parametrize("seed", range(12))
def test_random_sets_mean_the_same(seed: int) -> None:
    _agree(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
def test_two_hundred_random_sets_mean_the_same(seed: int) -> None:
    _agree(seed)
