"""How AWS counts, and what is said of a document that is too long."""

from __future__ import annotations

import json

import pytest

from leastwise.language.parse import parse_policy
from leastwise.language.quotas import (
    DOCUMENT_QUOTAS,
    INLINE_QUOTAS,
    RESOURCE_QUOTAS,
    counted_size,
    quota_note,
    size_as_written,
    size_without_space,
)
from leastwise.model.policy import KINDS

SPACED = '{ "a b" :\t"c\\" d",\n\r "e":[ 1 ] }'


def of_size(length, **changes):
    body = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["*"], **changes}
    document = {"Version": "2012-10-17", "Statement": [body]}
    short = len(json.dumps(document, separators=(",", ":")))
    body["Resource"] = ["*", "arn:aws:s3:::" + "b" * (length - short - 16)]
    return document


def test_white_space_outside_strings_is_free():
    assert len('{"a b":"c\\" d","e":[1]}') == size_without_space(SPACED)
    assert len('{"ab":"c\\"d","e":[1]}') == size_without_space(SPACED, count_space_in_strings=False)
    assert len(SPACED) == size_as_written(SPACED)


@pytest.mark.parametrize(("over", "expected"), [(0, []), (1, ["LW-Q02"])])
@pytest.mark.parametrize("indent", [None, 4])
def test_a_managed_policy_may_have_6144_characters(over, expected, indent):
    document = of_size(6_144 + over)
    notes = [note.code for note in parse_policy(json.dumps(document, indent=indent)).notes]
    assert expected == notes
    assert expected == [note.code for note in parse_policy(document).notes]


@pytest.mark.parametrize(("kind", "limit"), [("scp", 10_240), ("endpoint", 20_480)])
def test_organizations_and_endpoints_count_every_character(kind, limit):
    changes = {"Principal": "*"} if kind == "endpoint" else {}
    text = json.dumps(of_size(limit, **changes), separators=(",", ":"))
    assert limit == len(text)
    assert () == parse_policy(text, kind=kind).notes
    assert ["LW-Q02"] == [note.code for note in parse_policy(text + " ", kind=kind).notes]


def test_a_note_says_default_or_maximum():
    quota = DOCUMENT_QUOTAS["trust"]
    assert None is quota_note(2_048, quota)
    assert "2,049 characters are over the default of a role trust policy, 2,048" == quota_note(2_049, quota).message
    assert "LW-Q01" == quota_note(8_192, quota).code
    assert "8,193 characters are over the maximum of a role trust policy, 8,192" == quota_note(8_193, quota).message


def test_bytes_are_counted_where_aws_counts_bytes():
    assert 4 == counted_size('"é"', RESOURCE_QUOTAS["sqs"])
    assert 3 == counted_size('"é"', RESOURCE_QUOTAS["secretsmanager"])


def test_every_type_but_the_resource_policy_has_a_quota():
    assert {*KINDS} - {"resource"} == set(DOCUMENT_QUOTAS)
    every = [*DOCUMENT_QUOTAS.values(), *INLINE_QUOTAS.values(), *RESOURCE_QUOTAS.values()]
    assert [] == [quota for quota in every if quota.default > quota.maximum or not quota.source]
