"""What names of actions tell, and which principals' names belong together."""

from __future__ import annotations

import pytest

from leastwise.catalogue.load import load_catalogue
from leastwise.synthesize.baselines import lifecycle_pairs, noun_closure, same_noun_reads, service_wildcard
from leastwise.synthesize.nouns import are_partners, is_near, parsed
from leastwise.synthesize.siblings import siblings_of

CATALOGUE = load_catalogue()


@pytest.mark.parametrize(
    ("action", "verb", "noun"),
    [
        ("ec2:DescribeInstances", "describe", ("instance",)),
        ("ec2:DescribeInstanceStatus", "describe", ("instance", "status")),
        ("dynamodb:BatchGetItem", "get", ("item",)),
        ("dynamodb:Query", "query", ()),
        ("s3:ListObjectsV2", "list", ("object",)),
        ("iam:ListPolicies", "list", ("policy",)),
        ("ec2:DescribeVpcEndpointServices", "describe", ("vpc", "endpoint", "service")),
        ("kms:ListAliases", "list", ("alias",)),
        ("kms:CreateAlias", "create", ("alias",)),
        ("events:ListEventBuses", "list", ("event", "bus")),
        ("ec2:CreateDhcpOptions", "create", ("dhcp", "option")),
        ("elasticloadbalancing:DescribeSSLPolicies", "describe", ("ssl", "policy")),
        ("nonsense", "", ()),
    ],
)
def test_a_name_is_a_verb_and_a_noun(action: str, verb: str, noun: tuple[str, ...]) -> None:
    name = parsed(action)
    assert (verb, noun) == (name.verb, name.noun)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("sqs:CreateQueue", "sqs:DeleteQueue", True),
        ("sqs:DeleteQueue", "sqs:CreateQueue", True),
        ("iam:AttachRolePolicy", "iam:DetachRolePolicy", True),
        ("sqs:TagQueue", "sqs:UntagQueue", True),
        ("sqs:CreateQueue", "sns:DeleteTopic", False),
        ("sqs:CreateQueue", "sqs:PurgeQueue", False),
        ("ec2:CreateTags", "s3:DeleteTags", False),
        ("dynamodb:Query", "dynamodb:Scan", False),
    ],
)
def test_partners_are_about_one_thing_of_one_service(one: str, other: str, expected: bool) -> None:
    assert expected is are_partners(parsed(one), parsed(other))


def test_a_noun_is_near_to_one_that_begins_with_it() -> None:
    assert is_near(("instance",), ("instance", "status"))
    assert is_near(("instance", "status"), ("instance",))
    assert not is_near(("instance",), ("instance",))
    assert not is_near((), ("instance",))
    assert not is_near(("image",), ("instance", "image"))


def test_plain_rules_add_what_they_say_and_never_what_is_used() -> None:
    used = ("sqs:CreateQueue",)
    assert {"sqs:DeleteQueue", "sqs:PurgeQueue", "sqs:ListQueues"} <= noun_closure(used, CATALOGUE)
    assert {"sqs:ListQueues"} == same_noun_reads(used, CATALOGUE)
    assert {"sqs:DeleteQueue"} == lifecycle_pairs(used, CATALOGUE)
    assert {"sqs:SendMessage", "sqs:DeleteQueue"} <= service_wildcard(used, CATALOGUE)
    for rule in (noun_closure, same_noun_reads, lifecycle_pairs, service_wildcard):
        assert "sqs:CreateQueue" not in rule(used, CATALOGUE)
        assert all(name.startswith("sqs:") for name in rule(used, CATALOGUE))


def _role(name: str, account: str = "111122223333") -> str:
    return f"arn:aws:iam::{account}:role/{name}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("deploy-dev", "deploy-prod"),
        ("DeployDev", "deploy-production"),
        ("app/web-1", "web-2"),
        ("etl-eu-west-1", "etl-us-east-1"),
        ("AWSReservedSSO_Admin_0123456789abcdef", "AWSReservedSSO_Admin_fedcba9876543210"),
        ("Stack-LambdaRole-1X2Y3Z4A5B6C7", "Stack-LambdaRole-9QWERTYUI1AB"),
    ],
)
def test_names_that_differ_in_stage_region_or_number_are_siblings(one: str, other: str) -> None:
    assert {_role(one): (_role(other),), _role(other): (_role(one),)} == siblings_of([_role(one), _role(other)])


def test_equal_names_in_two_accounts_are_siblings() -> None:
    here, there = _role("deploy"), _role("deploy", "444455556666")
    assert {here: (there,), there: (here,)} == siblings_of([here, there])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_role("billing"), _role("deploy")),
        (_role("dev"), _role("prod")),
        (_role("12"), _role("13")),
        (_role("deploy"), "arn:aws:iam::111122223333:user/deploy"),
        ("lambda.amazonaws.com", "ec2.amazonaws.com"),
    ],
)
def test_other_names_are_not(one: str, other: str) -> None:
    assert {} == siblings_of([one, other])
