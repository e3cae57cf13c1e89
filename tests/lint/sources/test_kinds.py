"""The policy type of a document is told by its elements, and with their leave by the file's name."""

from __future__ import annotations

import json

import pytest

from leastwise.lint.sources import documents_in

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
BUCKET = {**ALLOW, "Principal": "*"}
IMAGE = {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
RCP = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}

IDENTITY = "it has no `Principal`, so it is read as an identity policy"
RESOURCE = "it has `Principal`, so it is read as a resource policy"
ROLE = "it has `Principal` and no `Resource`, so it is read as a trust policy"


@pytest.mark.parametrize(
    ("name", "statement", "kind", "why"),
    [
        ("policy.json", ALLOW, "identity", IDENTITY),
        ("policy.json", BUCKET, "resource", RESOURCE),
        ("policy.json", TRUST, "trust", ROLE),
        ("policy.json", {**TRUST, "Action": ["STS:AssumeRole", "sts:TagSession"]}, "trust", ROLE),
        ("policy.json", {**TRUST, "Resource": "*"}, "resource", RESOURCE),
        ("policy.json", IMAGE, "resource", RESOURCE),
        ("policy.json", RCP, "resource", RESOURCE),
        ("policy.json", {**BUCKET, "NotPrincipal": {"AWS": "111122223333"}}, "resource", RESOURCE),
        ("team-scp.json", ALLOW, "scp", "its file name has `scp`, so it is read as an SCP"),
        ("SCPs/deny.json", ALLOW, "identity", IDENTITY),
        ("scp.json", BUCKET, "resource", RESOURCE),
        (
            "DeployBoundary.json",
            ALLOW,
            "boundary",
            "its file name has `boundary`, so it is read as a permissions boundary",
        ),
        ("session_policy.json", ALLOW, "session", "its file name has `session`, so it is read as a session policy"),
        ("obsession.json", ALLOW, "identity", IDENTITY),
        ("rcp-tls.json", RCP, "rcp", "its file name has `rcp`, so it is read as an RCP"),
        ("rcp.json", BUCKET, "resource", RESOURCE),
        ("rcp.json", ALLOW, "identity", IDENTITY),
        ("s3-endpoint.json", BUCKET, "endpoint", "its file name has `endpoint`, so it is read as an endpoint policy"),
        ("vpce.json", ALLOW, "identity", IDENTITY),
        ("bucket.json", BUCKET, "resource", "its file name has `bucket`, so it is read as a resource policy"),
        ("trust.json", ALLOW, "identity", IDENTITY),
        ("trust.json", IMAGE, "trust", "its file name has `trust`, so it is read as a trust policy"),
    ],
)
def test_the_type_is_told_with_its_reason(name: str, statement: object, kind: str, why: str) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    (document,), faults = documents_in(text, name)
    assert (kind, why, []) == (document.kind, document.why, faults)


def test_a_type_that_is_given_is_beyond_doubt() -> None:
    (document,), _ = documents_in(json.dumps({"Statement": BUCKET}), "trust.json", kind="endpoint")
    assert ("endpoint", "") == (document.kind, document.why)


@pytest.mark.parametrize(
    "statement", [None, 1, "x", [], [[]], [{}], [1], {"Action": 1, "Principal": []}, [{"Principal": 0}]]
)
def test_odd_statements_have_a_type(statement: object) -> None:
    (document,), _ = documents_in(json.dumps({"Statement": statement}), "policy.json")
    assert document.kind in ("identity", "resource")
