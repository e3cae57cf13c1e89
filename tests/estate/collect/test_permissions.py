"""The policy that collecting needs: worked out from the calls, read-only, within the quota."""

from __future__ import annotations

import json

import pytest

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.collect.discover import collectors
from leastwise.estate.collect.plan import ORGANIZATION_READS, PLANNING_READS
from leastwise.estate.permissions import (
    EVENT_SOURCES,
    FREE,
    Asked,
    Document,
    actions_of,
    own_operations,
    own_policies,
    role_policies,
)
from leastwise.language.quotas import size_without_space
from leastwise.lint.run import lint_policy

ALL = Asked("leastwise-read", last_accessed=True)
EVERY = sorted({one for found in collectors().values() for one in found.reads} | {*PLANNING_READS, *ORGANIZATION_READS})


def granted(policies: tuple[Document, ...]) -> dict[str, object]:
    return {action: one["Resource"] for policy in policies for one in policy["Statement"] for action in one["Action"]}


@pytest.mark.parametrize("operation", EVERY)
def test_every_call_has_its_action_or_a_reason(operation: str) -> None:
    actions = actions_of(load_catalogue(), operation)
    assert bool(actions) != (operation in FREE)
    assert {one.action for one in actions} <= set(granted(own_policies(load_catalogue(), ALL)))


def test_free_operations_need_no_action() -> None:
    assert [()] * len(FREE) == [actions_of(load_catalogue(), one) for one in FREE]


def test_an_unknown_call_is_a_bug() -> None:
    with pytest.raises(LookupError, match=r"no action is known for sqs\.Nope"):
        actions_of(load_catalogue(), "sqs.Nope")


def test_actions_are_named_as_iam_has_them() -> None:
    found = granted(own_policies(load_catalogue(), ALL))
    assert {
        "s3:ListAllMyBuckets",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetAccountPublicAccessBlock",
        "elasticfilesystem:DescribeFileSystemPolicy",
        "es:DescribeDomains",
        "sso:ListInstances",
        "dynamodb:ListStreams",
        "organizations:ListAccounts",
    } <= set(found)


def test_every_action_exists_and_only_reads() -> None:
    for action in granted(own_policies(load_catalogue(), ALL)):
        known = load_catalogue().action(action)
        assert known is not None
        assert known.access_level in ("List", "Read") or action == "sts:AssumeRole", action


def test_no_secret_value_can_be_read() -> None:
    """API Gateway's one verb for all reads, API keys among them, is held to the list of REST APIs."""
    found = granted(own_policies(load_catalogue(), ALL))
    assert "arn:aws:apigateway:*::/restapis" == found["apigateway:GET"]
    assert not {"secretsmanager:GetSecretValue", "lambda:GetFunction", "s3:GetObject"} & set(found)
    assert [] == [action for action in found if "*" in action]


def test_roles_are_assumed_by_name_and_only_on_request() -> None:
    found = granted(own_policies(load_catalogue(), Asked("audit", partition="aws-cn")))
    assert "arn:aws-cn:iam::*:role/audit" == found["sts:AssumeRole"]
    assert "sts:AssumeRole" not in granted(own_policies(load_catalogue(), Asked()))


def test_the_role_of_other_accounts_is_not_asked_about_the_organisation() -> None:
    found = set(granted(role_policies(load_catalogue(), ALL)))
    assert [] == [one for one in found if one.startswith(("organizations:", "sts:"))]
    assert found < set(granted(own_policies(load_catalogue(), ALL)))


def test_last_accesses_are_only_on_request() -> None:
    assert {"iam.GenerateServiceLastAccessedDetails", "iam.GetServiceLastAccessedDetails"} == (
        own_operations(ALL) - own_operations(Asked("leastwise-read"))
    )


@pytest.mark.parametrize("policies", [own_policies, role_policies])
def test_policies_are_within_the_quota_and_without_error(policies: object) -> None:
    for one in policies(load_catalogue(), ALL):
        assert size_without_space(json.dumps(one)) <= 6_144
        assert [] == [found for found in lint_policy(one) if found.severity == "error"]


def test_what_is_over_the_quota_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = granted(own_policies(load_catalogue(), ALL))
    monkeypatch.setattr("leastwise.estate.permissions.MANAGED_POLICY_LIMIT", 1_000)
    parts = own_policies(load_catalogue(), ALL)
    assert len(parts) > 2
    assert whole == granted(parts)
    assert max(size_without_space(json.dumps(one)) for one in parts) <= 1_000


def test_services_are_known_by_their_signing_name() -> None:
    from botocore.session import Session

    session = Session()
    services = {operation.partition(".")[0] for operation in EVERY}
    signing = {one: session.get_service_model(one).signing_name for one in services}
    assert EVENT_SOURCES == {one: name for one, name in signing.items() if name != one}
