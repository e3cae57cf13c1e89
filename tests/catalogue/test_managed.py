"""The AWS managed policies that the package holds."""

from __future__ import annotations

import json

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.managed import allowed_by_managed, managed_policies
from leastwise.language.parse import parse_policy


def test_every_document_is_a_policy() -> None:
    policies = managed_policies()
    assert len(policies) > 1_500
    assert len({one.arn for one in policies}) == len(policies)
    for one in policies:
        parse_policy(one.text, kind="identity", name=one.name)


def test_what_they_allow_is_spelt_out() -> None:
    found = {one.name: one.actions for one in allowed_by_managed(load_catalogue())}
    read_only = found["AmazonS3ReadOnlyAccess"]
    assert {"s3:GetObject", "s3:ListBucket"} <= read_only
    assert "s3:PutObject" not in read_only
    assert frozenset() == found["AWSDenyAll"]
    assert set(load_catalogue().index().actions) == found["AdministratorAccess"]
    assert "iam:CreateUser" not in found["PowerUserAccess"]


def test_a_document_is_as_it_was_published() -> None:
    found = {one.name: json.loads(one.text) for one in managed_policies()}
    assert "*" == found["AdministratorAccess"]["Statement"][0]["Action"]
