"""Published policies: nothing that AWS wrote has an error, but for what is known; seeded faults are all found."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import pytest

from leastwise import lint_policy

CORPUS = Path(__file__).parent.parent / "data" / "policies" / "policies.jsonl.gz"
KNOWN = {"unknown-action", "over-maximum"}
"""AWS managed policies name actions that the service data has not, and are longer than a customer's may be."""


def published(source: str, step: int) -> Iterator[Mapping[str, object]]:
    rows = map(json.loads, gzip.decompress(CORPUS.read_bytes()).splitlines())
    return islice((row["document"] for row in rows if row["source"] == source), 0, None, step)


def test_managed_policies_have_no_error_but_those_known() -> None:
    found = [one for document in published("aws-managed-policies", 5) for one in lint_policy(document)]
    assert {one.name for one in found if one.severity == "error"} <= KNOWN
    assert {"mismatched-resource", "all-actions-of-a-service"} <= {one.name for one in found}


ALLOW: dict[str, object] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
SEEDED: dict[str, dict[str, object]] = {
    "everything-on-everything": {**ALLOW, "Action": "*", "Resource": "*"},
    "unknown-action": {**ALLOW, "Action": "s3:GetObjct"},
    "mismatched-resource": {**ALLOW, "Resource": "arn:aws:s3:::b"},
    "unknown-condition-operator": {**ALLOW, "Condition": {"StringEqual": {"aws:PrincipalTag/team": "a"}}},
    "key-not-for-action": {**ALLOW, "Condition": {"StringEquals": {"ec2:Region": "eu-west-1"}}},
    "not-an-address-block": {**ALLOW, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/33"}}},
    "pass-role-too-broad": {**ALLOW, "Action": "iam:PassRole", "Resource": "*"},
    "allow-with-not-action": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
    "mfa-deny-misses-long-term-keys": {
        **ALLOW,
        "Effect": "Deny",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
    },
}


@pytest.mark.parametrize("name", SEEDED)
def test_a_seeded_fault_is_found_among_the_others(name: str) -> None:
    place = list(SEEDED).index(name)
    found = lint_policy({"Version": "2012-10-17", "Statement": list(SEEDED.values())})
    assert any(one.name == name and one.path.startswith(f"Statement[{place}]") for one in found)


def test_hostile_documents_end_in_bounded_work() -> None:
    wide = {
        "Version": "2012-10-17",
        "Statement": [{**ALLOW, "Resource": [f"arn:aws:s3:::b{n}*" for n in range(2_000)]}],
    }
    assert any(one.code == "LW-Q02" for one in lint_policy(wide))
    (deep,) = lint_policy("[" * 100_000)
    assert "error" == deep.severity
    (long,) = lint_policy(b'{"Version": "' + b"x" * 11_000_000 + b'"}')
    assert "LW-P02" == long.code
