"""Tags of resources, as AWS's command line prints them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leastwise.estate.ask import can
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import takes_resource_tags
from leastwise.estate.gather import gathered
from leastwise.estate.held import Iam, InlinePolicy, User
from leastwise.estate.offline import read_files

ACCOUNT = "111122223333"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"


def read(folder: Path, *mappings: object) -> Estate:
    (folder / "tags.json").write_text(json.dumps({"ResourceTagMappingList": list(mappings)}))
    condition = {"StringEquals": {"aws:ResourceTag/team": "shop"}}
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*", "Condition": condition}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    alice = User(ALICE, "alice", inline=(InlinePolicy("own", text),))
    return Estate(gathered([Iam(ACCOUNT, users=(alice,)), *read_files([folder])]))


def tagged(arn: str, **tags: str) -> dict[str, object]:
    return {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def test_tags_decide_a_request(tmp_path: Path) -> None:
    for team, outcome in (("shop", "ALLOW"), ("other", "IMPLICIT_DENY")):
        estate = read(tmp_path, tagged(QUEUE, team=team))
        assert outcome == can(estate, ALICE, "sqs:SendMessage", QUEUE).decision.outcome


def test_a_resource_whose_tags_were_not_read_leaves_it_open(tmp_path: Path) -> None:
    assert "DEPENDS" == can(read(tmp_path), ALICE, "sqs:SendMessage", QUEUE).decision.outcome


def test_an_action_that_does_not_take_tags_gets_none(tmp_path: Path) -> None:
    bucket = "arn:aws:s3:::b"
    decision = can(read(tmp_path, tagged(bucket, team="shop")), ALICE, "s3:ListAllMyBuckets", bucket).decision
    assert "aws:ResourceTag/team" not in decision.request.context


def test_what_is_no_arn_is_told(tmp_path: Path) -> None:
    estate = read(tmp_path, tagged("orders"), tagged(QUEUE, team="shop"))
    assert ["`orders` is no ARN of a resource"] == [one.reason.partition(": ")[2] for one in estate.snapshot.not_read]
    assert {"team": "shop"} == estate.tags_of(QUEUE)


@pytest.mark.parametrize(
    ("action", "resource", "takes"),
    [
        ("ec2:StartInstances", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1", True),
        ("ec2:StartInstances", f"arn:aws:license-manager:eu-west-1:{ACCOUNT}:license-configuration:lic-1", False),
        ("sqs:SendMessage", "*", False),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/r", False),
        ("dynamodb:GetItem", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t", False),
    ],
)
def test_the_type_of_the_resource_tells_whether_its_tags_count(action: str, resource: str, *, takes: bool) -> None:
    assert takes is takes_resource_tags(action, resource)
