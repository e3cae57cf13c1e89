"""Policies of resources are kept under their ARN, wherever the file tells it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from written import read, reasons, resources

ACCOUNT = "111122223333"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:news"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:work"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:db/main-a1b2c3"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
REPOSITORY = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/team/app"
ENDPOINT = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc-endpoint/vpce-0123456789abcdef0"
BUCKET = "arn:aws:s3:::logs-of-ours"


def policy(resource: str = "*") -> dict[str, object]:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def text(resource: str = "*") -> str:
    return json.dumps(policy(resource))


ENDPOINTS = {
    "VpcEndpoints": [
        {
            "VpcEndpointId": "vpce-0123456789abcdef0",
            "OwnerId": ACCOUNT,
            "ServiceName": "com.amazonaws.eu-west-1.s3",
            "PolicyDocument": text(),
        }
    ]
}


@pytest.mark.parametrize(
    ("name", "content", "arn", "kind", "collector"),
    [
        ("any.json", {"ResourceArn": QUEUE, "Policy": policy()}, QUEUE, "sqs:queue", "sqs"),
        ("any.json", {"arn": TOPIC, "Policy": text()}, TOPIC, "sns:topic", "sns"),
        (f"{quote(KEY, safe='')}.json", policy(), KEY, "kms:key", "kms"),
        (f"{quote(KEY, safe='')}.json", {"Policy": text(), "PolicyName": "default"}, KEY, "kms:key", "kms"),
        ("a.json", {"Attributes": {"QueueArn": QUEUE, "Policy": text()}}, QUEUE, "sqs:queue", "sqs"),
        ("a.json", {"Attributes": {"TopicArn": TOPIC, "Policy": text()}}, TOPIC, "sns:topic", "sns"),
        ("a.json", {"ARN": SECRET, "Name": "db/main", "ResourcePolicy": text()}, SECRET, None, "secretsmanager"),
        ("a.json", {"Policy": text(FUNCTION), "RevisionId": "1"}, FUNCTION, "lambda:function", "lambda"),
        ("a.json", ENDPOINTS, ENDPOINT, "ec2:vpc-endpoint", "ec2"),
        (f"{ACCOUNT}/a.json", {"Policy": text(f"{BUCKET}/*")}, BUCKET, "s3:bucket", "s3"),
        (f"{ACCOUNT}/{quote(BUCKET, safe='')}.json", {"Policy": text()}, BUCKET, "s3:bucket", "s3"),
        (
            "eu-west-1/a.json",
            {"registryId": ACCOUNT, "repositoryName": "team/app", "policyText": text()},
            REPOSITORY,
            "ecr:repository",
            "ecr",
        ),
    ],
)
def test_a_resource_is_kept(
    tmp_path: Path, name: str, content: dict[str, object], arn: str, kind: str | None, collector: str
) -> None:
    found = read(tmp_path, {name: content})
    assert [] == reasons(found)
    held = resources(found)[arn]
    assert (ACCOUNT, ["policy"]) == (held.account, list(held.policies))
    assert kind is None or kind == held.type
    assert [collector] == [part.collector for part in found.resources[ACCOUNT]]


def test_a_resource_without_a_policy_is_kept(tmp_path: Path) -> None:
    found = read(
        tmp_path, {"a.json": {"Attributes": {"QueueArn": QUEUE}}, "b.json": {"ARN": SECRET, "ResourcePolicy": ""}}
    )
    assert [] == reasons(found)
    assert {QUEUE: {}, SECRET: {}} == {arn: one.policies for arn, one in resources(found).items()}


def test_a_bucket_of_no_known_account_is_kept_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, {"a.json": {"ResourceArn": BUCKET, "Policy": text()}})
    assert ("resource", BUCKET) in {(one.what, one.subject) for one in found.not_read}
    assert "" == resources(found)[BUCKET].account


@pytest.mark.parametrize("content", [policy(), {"Policy": text(), "PolicyName": "default"}])
def test_a_policy_of_no_resource_is_told(tmp_path: Path, content: dict[str, object]) -> None:
    ((what, reason),) = reasons(read(tmp_path, {"a.json": content}))
    assert "file" == what
    assert "name the file after the ARN" in reason


def test_a_policy_that_cannot_be_read_is_kept_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, {"a.json": {"ResourceArn": QUEUE, "Policy": '{"Statement": [{"Effect": "Allw"}]}'}})
    assert [("policy document", QUEUE)] == [(one.what, one.subject) for one in found.not_read]
    assert "Allw" in resources(found)[QUEUE].policies["policy"]


def test_a_resource_that_stands_twice_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, {f"{n}.json": {"ResourceArn": QUEUE, "Policy": text(n)} for n in ("one", "two")})
    assert [("duplicate", QUEUE)] == [(one.what, one.subject) for one in found.not_read]
