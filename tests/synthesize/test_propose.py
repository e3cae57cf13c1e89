"""Proposals from made calls: what is granted, on what, and what is said to be unknown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from made_logs import ACCOUNT, a_record
from made_proposals import call, proposal
from matching import allows, statements

from leastwise.model.errors import UnknownPrincipal
from leastwise.synthesize.propose import Proposal
from leastwise.usage.observed import Window
from leastwise.usage.store import Exclusion, Store

StoreOf = Callable[..., Store]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"


def documents(found: Proposal) -> list[dict[str, object]]:
    return [p.document for p in found.policies]


def granted(found: Proposal) -> set[tuple[str, str]]:
    """Every pair of action and resource that the proposal writes."""
    return {(a, r) for s in statements(documents(found)) for a in s["Action"] for r in s["Resource"]}


def codes(found: Proposal) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for unknown in found.unknown:
        told.setdefault(unknown.code, []).append(unknown.subject)
    return told


def test_a_denied_call_is_never_granted(store_of: StoreOf) -> None:
    store = store_of(
        call(1, "sqs", "CreateQueue", {"queueName": "a"}),
        call(2, "sqs", "DeleteQueue", {"queueUrl": f"https://sqs/{ACCOUNT}/a"}, errorCode="AccessDenied"),
    )
    found = proposal(store, "alice")
    assert {("sqs:CreateQueue", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:a")} == granted(found)
    assert ["sqs:DeleteQueue"] == codes(found)["denied"]


def test_a_call_that_failed_otherwise_is_granted_only_when_asked_for(store_of: StoreOf) -> None:
    store = store_of(
        call(1, "sqs", "CreateQueue", {"queueName": "a"}),
        call(2, "s3", "GetBucketPolicy", {"bucketName": "b"}, errorCode="NoSuchBucketPolicy"),
    )
    assert ["s3:GetBucketPolicy"] == codes(proposal(store, "alice"))["only-failed"]
    both = proposal(store, "alice", outcomes=frozenset({"succeeded", "failed"}))
    assert ("s3:GetBucketPolicy", "arn:aws:s3:::b") in granted(both)
    assert "only-failed" not in codes(both)


def test_a_passed_role_is_granted_to_the_service_that_got_it(store_of: StoreOf) -> None:
    store = store_of(call(1, "lambda", "CreateFunction20150331", {"functionName": "f", "role": ROLE}))
    found = proposal(store, "alice")
    (passing,) = [s for s in statements(documents(found)) if "iam:PassRole" in s["Action"]]
    assert [ROLE] == passing["Resource"]
    assert {"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com"]}} == passing["Condition"]
    (evidence,) = [s.evidence for p in found.policies for s in p.statements if "iam:PassRole" in s.statement.actions]
    assert "passed role" == evidence.actions[0].inferred


def _run_instances(number: int) -> dict[str, object]:
    request = {
        "instancesSet": {"items": [{"imageId": "ami-1", "minCount": 1, "maxCount": 1}]},
        "subnetId": "subnet-1",
        "iamInstanceProfile": {"name": "web"},
    }
    return call(number, "ec2", "RunInstances", request)


def test_the_role_in_an_instance_profile_comes_from_the_call_that_put_it_there(store_of: StoreOf) -> None:
    put = {"instanceProfileName": "web", "roleName": "web-role"}
    store = store_of(_run_instances(1), call(2, "iam", "AddRoleToInstanceProfile", put))
    found = proposal(store, "alice")
    passed = {r for a, r in granted(found) if a == "iam:PassRole"}
    assert any(r == f"arn:aws:iam::{ACCOUNT}:role/web-role" for r in passed)
    assert not any("instance-profile" in r for r in passed)
    assert "passed-role-unknown" not in codes(found)


def test_a_role_in_an_instance_profile_that_no_log_names_is_said_to_be_missing(store_of: StoreOf) -> None:
    store = store_of(_run_instances(1))
    found = proposal(store, "alice")
    assert not [pair for pair in granted(found) if pair[0] == "iam:PassRole"]
    assert [f"arn:aws:iam::{ACCOUNT}:instance-profile/web"] == codes(found)["passed-role-unknown"]
    told = proposal(store, "alice", instance_profiles={"web": ROLE})
    assert ("iam:PassRole", ROLE) in granted(told)
    assert "passed-role-unknown" not in codes(told)


def test_ids_that_aws_chooses_are_a_pattern_and_what_was_named_is_exact(store_of: StoreOf) -> None:
    found = granted(proposal(store_of(_run_instances(1)), "alice"))
    place = f"arn:aws:ec2:eu-west-1:{ACCOUNT}"
    assert {
        ("ec2:RunInstances", f"{place}:instance/*"),
        ("ec2:RunInstances", f"{place}:subnet/subnet-1"),
        ("ec2:RunInstances", "arn:aws:ec2:eu-west-1::image/ami-1"),
    } <= found
    assert ("ec2:RunInstances", "*") not in found


def test_actions_without_resources_stand_apart_from_calls_that_named_none(store_of: StoreOf) -> None:
    store = store_of(
        call(1, "ec2", "DescribeInstances", {"instancesSet": {"items": [{"instanceId": "i-1"}]}}),
        call(2, "rds", "DescribeDBInstances", {}),
        call(3, "rds", "DescribeDBInstances", {"dBInstanceIdentifier": "one"}),
    )
    found = proposal(store, "alice")
    by_sid = {s["Sid"]: s for s in statements(documents(found))}
    assert ["ec2:DescribeInstances"] == by_sid["NoResourceLevel"]["Action"]
    assert ["rds:DescribeDBInstances"] == by_sid["NamedNoResource"]["Action"]
    assert ("rds:DescribeDBInstances", f"arn:aws:rds:eu-west-1:{ACCOUNT}:db:one") in granted(found)
    assert ["rds:DescribeDBInstances"] == codes(found)["named-no-resource"]


def test_text_from_logs_is_literal_in_a_policy(store_of: StoreOf) -> None:
    key = "a*b?c${aws:username}"
    arn = f"arn:aws:s3:::logs/{key}"
    listed = [{"type": "AWS::S3::Object", "ARN": arn}]
    store = store_of(a_record(1, requestParameters={"bucketName": "logs", "key": key}, resources=listed))
    found = documents(proposal(store, "alice"))
    assert "arn:aws:s3:::logs/a${*}b${?}c${$}{aws:username}" == statements(found)[0]["Resource"][0]
    assert allows(found, "s3:GetObject", arn)
    assert not allows(found, "s3:GetObject", "arn:aws:s3:::logs/aXb?c${aws:username}")


def test_a_user_who_asks_about_nobody_asks_about_themselves(store_of: StoreOf) -> None:
    found = proposal(store_of(call(1, "iam", "GetUser", None)), "alice")
    assert {("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/alice")} == granted(found)
    assert "named-no-resource" not in codes(found)


def test_a_role_named_without_its_path_is_granted_by_name_under_any_path(store_of: StoreOf) -> None:
    found = granted(proposal(store_of(call(1, "iam", "GetRole", {"roleName": "x"})), "alice"))
    base = f"arn:aws:iam::{ACCOUNT}:role"
    assert {("iam:GetRole", f"{base}/x"), ("iam:GetRole", f"{base}/*/x")} == found


def test_a_path_that_the_log_tells_is_used(store_of: StoreOf) -> None:
    store = store_of(
        call(1, "iam", "CreateRole", {"roleName": "x", "path": "/team/"}),
        call(2, "iam", "GetRole", {"roleName": "x"}),
    )
    arn = f"arn:aws:iam::{ACCOUNT}:role/team/x"
    assert {("iam:CreateRole", arn), ("iam:GetRole", arn)} == granted(proposal(store, "alice"))


def test_a_key_used_through_a_service_is_granted_through_it_alone(store_of: StoreOf) -> None:
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
    who = {
        "type": "IAMUser",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
        "accountId": ACCOUNT,
        "userName": "alice",
    }
    store = store_of(
        call(
            1,
            "kms",
            "Decrypt",
            {"encryptionContext": {"aws:s3:arn": "arn:aws:s3:::b"}},
            userIdentity={**who, "invokedBy": "s3.amazonaws.com"},
            resources=[{"ARN": key, "type": "AWS::KMS::Key"}],
        )
    )
    (statement,) = statements(documents(proposal(store, "alice")))
    assert {"StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}} == statement["Condition"]
    assert [key] == statement["Resource"]


def test_an_object_encrypted_with_a_key_needs_the_key_too(store_of: StoreOf) -> None:
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
    store = store_of(
        a_record(
            1,
            eventName="PutObject",
            additionalEventData={"SSEApplied": "SSE_KMS"},
            responseElements={"x-amz-server-side-encryption-aws-kms-key-id": key},
        )
    )
    found = proposal(store, "alice")
    (statement,) = [s for s in statements(documents(found)) if s["Sid"] == "KmsViaS3"]
    assert ["kms:GenerateDataKey"] == statement["Action"]
    assert [key] == statement["Resource"]


def test_evidence_tells_calls_times_sessions_and_an_event(store_of: StoreOf) -> None:
    records = [call(n, "sqs", "CreateQueue", {"queueName": "a"}) for n in (10, 20, 30)]
    (policy,) = proposal(store_of(*records), "alice").policies
    (statement,) = policy.statements
    assert 3 == statement.evidence.calls
    assert datetime(2024, 5, 1, 0, 0, 10, tzinfo=UTC) == statement.evidence.first
    assert datetime(2024, 5, 1, 0, 0, 30, tzinfo=UTC) == statement.evidence.last
    assert statement.evidence.example in {r["eventID"] for r in records}
    assert ("CreateQueue",) == statement.evidence.actions[0].events


def test_one_call_with_many_resources_is_one_call(store_of: StoreOf) -> None:
    (policy,) = proposal(store_of(_run_instances(1)), "alice").policies
    assert {1} == {s.evidence.calls for s in policy.statements}


def test_window_region_and_exclusions_leave_calls_out(store_of: StoreOf) -> None:
    store = store_of(
        call(1, "sqs", "CreateQueue", {"queueName": "early"}),
        call(200_000, "sqs", "CreateQueue", {"queueName": "late"}),
        call(200_001, "sqs", "CreateQueue", {"queueName": "far"}, awsRegion="us-west-2"),
        call(200_002, "sqs", "CreateQueue", {"queueName": "evil"}, sourceIPAddress="198.51.100.7"),
    )
    window = Window(
        since=datetime(2024, 5, 2, tzinfo=UTC),
        regions=("eu-west-1",),
        exclusions=(Exclusion(address="198.51.100.0/24"),),
    )
    assert {("sqs:CreateQueue", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:late")} == granted(
        proposal(store, "alice", window=window)
    )


def test_an_exclusion_that_is_kept_holds_for_every_proposal(store_of: StoreOf) -> None:
    store = store_of(
        call(1, "sqs", "CreateQueue", {"queueName": "good"}),
        call(2, "sqs", "CreateQueue", {"queueName": "evil"}, sourceIPAddress="198.51.100.7"),
    )
    with store.writing() as writer:
        writer.exclude(Exclusion(address="198.51.100.7"))
    assert {r.rpartition(":")[2] for _, r in granted(proposal(store, "alice"))} == {"good"}


def test_an_unknown_name_is_refused_with_names_like_it(store_of: StoreOf) -> None:
    with pytest.raises(UnknownPrincipal) as refused:
        proposal(store_of(a_record(1)), "alise")
    assert "alice" in (refused.value.help or "")


def test_the_same_calls_in_other_files_give_the_same_answer(store_of: StoreOf) -> None:
    records = [
        _run_instances(1),
        *(call(n, "sqs", "CreateQueue", {"queueName": f"q{n % 5}"}) for n in range(2, 40)),
    ]
    one = proposal(store_of(*records), "alice")
    other = proposal(store_of(*reversed(records)), "alice")
    assert json.dumps(documents(one)) == json.dumps(documents(other))
    assert [s.evidence for p in one.policies for s in p.statements] == [
        s.evidence for p in other.policies for s in p.statements
    ]
