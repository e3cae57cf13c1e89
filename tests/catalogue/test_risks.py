"""Risk classes name actions that there are, and each weighs what its class weighs."""

from __future__ import annotations

import pytest

from leastwise.catalogue import risks
from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.risks import WEIGHTS, is_sensitive, risk_of, weight_of

LISTS = (risks.ESCALATING, risks.HANDING_OUT, risks.EXPOSING, risks.READING_DATA)


def test_every_listed_action_is_in_the_catalogue() -> None:
    known = load_catalogue()
    assert [] == [name for listed in LISTS for name in sorted(listed) if known.action(name) is None]


def test_no_action_is_listed_twice() -> None:
    assert sum(map(len, LISTS)) == len(frozenset().union(*LISTS))


def test_nothing_is_listed_that_the_catalogue_tells_as_well() -> None:
    known = load_catalogue()
    assert [] == [name for name in risks.EXPOSING if known.action(name).access_level == "Permissions management"]


@pytest.mark.parametrize(
    ("action", "risk"),
    [
        ("iam:PassRole", "privilege escalation"),
        ("IAM:putrolepolicy", "privilege escalation"),
        ("secretsmanager:GetSecretValue", "credentials exposure"),
        ("kms:CreateGrant", "resource exposure"),
        ("rds:ModifyDBSnapshotAttribute", "resource exposure"),
        ("s3:GetObject", "data exfiltration"),
        ("ec2:TerminateInstances", "infrastructure modification"),
        ("ec2:CreateTags", "tagging"),
        ("sqs:GetQueueAttributes", "reading"),
        ("ec2:DescribeInstances", "listing"),
        ("made:Up", "infrastructure modification"),
    ],
)
def test_the_worst_that_is_known_counts(action: str, risk: str) -> None:
    assert risk == risk_of(action)
    assert WEIGHTS[risk_of(action)] == weight_of(action)


def test_what_is_sensitive_can_give_away_more_than_it_reads() -> None:
    assert is_sensitive("iam:CreateAccessKey")
    assert is_sensitive("s3:PutBucketPolicy")
    assert not is_sensitive("s3:GetObject")
