"""Near names and wildcards; condition keys."""

from __future__ import annotations

import pytest

from leastwise.catalogue.actions import expand, is_pattern, near
from leastwise.catalogue.keys import condition_key, is_multi_valued, keys_of, rcp_services
from leastwise.catalogue.load import Catalogue


@pytest.mark.parametrize(
    ("name", "best"),
    [
        ("s3:GetObjet", "s3:GetObject"),
        ("s3:getobjects", "s3:GetObject"),
        ("lamda:InvokeFunction", "lambda:InvokeFunction"),
        ("ec2:RunInstance", "ec2:RunInstances"),
    ],
)
def test_the_nearest_name_comes_first(catalogue: Catalogue, name: str, best: str) -> None:
    assert best == near(catalogue, name)[0]


@pytest.mark.parametrize("name", ["", "qqqqqqqq", "qqqqqqqq:zzzz"])
def test_nothing_is_near_to_nonsense(catalogue: Catalogue, name: str) -> None:
    assert near(catalogue, name) == ()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("s3:GetObject", ["s3:GetObject"]),
        ("S3:getobject", ["s3:GetObject"]),
        ("s3:GetObjectT*", ["s3:GetObjectTagging", "s3:GetObjectTorrent"]),
        ("sqs:?endMessage", ["sqs:SendMessage"]),
        ("s3:GetObject[A]cl", []),
        ("nosuch:*", []),
    ],
)
def test_expand(catalogue: Catalogue, pattern: str, expected: list[str]) -> None:
    assert expected == [action.name for action in expand(catalogue, pattern)]


def test_a_star_is_everything(catalogue: Catalogue) -> None:
    assert catalogue.header.counts.actions == len(expand(catalogue, "*"))
    assert len(expand(catalogue, "*:*")) == len(expand(catalogue, "*"))


def test_is_pattern() -> None:
    assert [is_pattern(name) for name in ("s3:*", "s3:Get?bject", "s3:GetObject")] == [True, True, False]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("s3:prefix", "s3:prefix"),
        ("S3:Prefix", "s3:prefix"),
        ("s3:ExistingObjectTag/team", "s3:ExistingObjectTag/<key>"),
        ("ec2:ResourceTag/team", "ec2:ResourceTag/${TagKey}"),
        ("s3:nosuch", None),
        ("nosuch:key", None),
    ],
)
def test_condition_keys_are_found(catalogue: Catalogue, name: str, found: str | None) -> None:
    key = condition_key(catalogue, name)
    assert found == (key.name if key else None)


def test_multi_valued_keys(catalogue: Catalogue) -> None:
    assert is_multi_valued(catalogue, "dynamodb:LeadingKeys")
    assert not is_multi_valued(catalogue, "s3:prefix")


def test_keys_of_an_action_hold_those_of_its_resource_types(catalogue: Catalogue) -> None:
    action = catalogue.action("ec2:TerminateInstances")
    assert action is not None
    assert {"ec2:ResourceTag/${TagKey}", "ec2:InstanceType", "aws:ResourceTag/${TagKey}"} <= set(
        keys_of(catalogue, action)
    )


def test_rcp_services(catalogue: Catalogue) -> None:
    services = rcp_services(catalogue)
    assert len(services) == 62
    assert {"s3", "kms", "sqs"} <= set(services)
