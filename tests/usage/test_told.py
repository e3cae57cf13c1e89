"""What a stored row tells of condition keys: a value, that it was absent, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leastwise.model.request import UNKNOWN, ContextValue
from leastwise.usage.told import ALL_KEYS, columns_for, context_told, needed

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:f"
NOTHING = dict.fromkeys(columns_for([*sorted(ALL_KEYS), "context"]), "")


@pytest.mark.parametrize(
    ("key", "row", "expected"),
    [
        ("aws:requestedregion", {"region": "eu-west-1"}, "eu-west-1"),
        ("aws:requestedregion", {}, UNKNOWN),
        ("aws:sourceip", {"source_address": "192.0.2.1"}, "192.0.2.1"),
        ("aws:sourceip", {"source_address": "2001:DB8::1"}, "2001:db8::1"),
        ("aws:sourceip", {"source_address": "10.0.0.1", "vpc_endpoint": "vpce-1"}, None),
        ("aws:sourceip", {"source_address": "ec2.amazonaws.com"}, UNKNOWN),
        ("aws:sourceip", {"source_address": "192.0.2.1", "via": "athena.amazonaws.com"}, UNKNOWN),
        ("aws:vpcsourceip", {"source_address": "10.0.0.1", "vpc_endpoint": "vpce-1"}, "10.0.0.1"),
        ("aws:vpcsourceip", {"source_address": "192.0.2.1"}, None),
        ("aws:sourcevpce", {"vpc_endpoint": "vpce-1"}, "vpce-1"),
        ("aws:sourcevpce", {}, None),
        ("aws:sourcevpce", {"vpc_endpoint": "AWS Internal"}, UNKNOWN),
        ("aws:sourcevpc", {}, None),
        ("aws:sourcevpc", {"vpc_endpoint": "vpce-1"}, UNKNOWN),
        ("aws:multifactorauthpresent", {"mfa": "true"}, "true"),
        ("aws:multifactorauthpresent", {"mfa": "false"}, "false"),
        ("aws:multifactorauthpresent", {"mfa": "absent"}, None),
        ("aws:multifactorauthpresent", {}, UNKNOWN),
        ("aws:multifactorauthage", {"mfa": "absent"}, None),
        ("aws:tokenissuetime", {"token_issued": "2026-01-01T00:00:00Z"}, "2026-01-01T00:00:00Z"),
        ("aws:tokenissuetime", {"key_type": "long-term"}, None),
        ("aws:securetransport", {"secure_transport": "true"}, "true"),
        ("aws:securetransport", {}, UNKNOWN),
        ("aws:viaawsservice", {}, "false"),
        ("aws:viaawsservice", {"via": "athena.amazonaws.com", "principal_type": "User"}, "true"),
        ("aws:viaawsservice", {"via": "athena.amazonaws.com", "principal_type": "Role"}, UNKNOWN),
        ("aws:viaawsservice", {"via": "athena.amazonaws.com", "principal_type": "ServiceLinkedRole"}, "false"),
        ("aws:calledvia", {}, None),
        ("aws:calledvia", {"via": "athena.amazonaws.com", "principal_type": "User"}, UNKNOWN),
        ("aws:calledvialast", {"via": "athena.amazonaws.com", "principal_type": "User"}, "athena.amazonaws.com"),
        ("aws:calledvialast", {"via": "athena.amazonaws.com", "principal_type": "Role"}, UNKNOWN),
        ("aws:calledvialast", {"via": "ops.amazonaws.com", "principal_type": "ServiceLinkedRole"}, None),
        ("aws:sourceidentity", {"source_identity": "ann"}, "ann"),
        ("aws:sourceidentity", {}, None),
        ("aws:userid", {"principal_type": "Role", "principal_id": "AROA1", "session": "s"}, "AROA1:s"),
        ("aws:userid", {"principal_type": "User", "principal_id": "AIDA1"}, "AIDA1"),
        ("aws:userid", {"principal_type": "Role", "principal_id": "AROA1"}, UNKNOWN),
        ("aws:sourcearn", {"source_arn": "arn:aws:sns:eu-west-1:1:t"}, "arn:aws:sns:eu-west-1:1:t"),
        ("aws:sourcearn", {"principal_type": "Role"}, None),
        ("aws:sourcearn", {"principal_type": "Service"}, UNKNOWN),
        ("aws:sourceaccount", {"source_arn": "arn:aws:sns:eu-west-1:111122223333:t"}, "111122223333"),
        ("kms:viaservice", {"via": "s3.amazonaws.com", "region": "eu-west-1"}, "s3.eu-west-1.amazonaws.com"),
        ("kms:viaservice", {}, None),
        ("lambda:sourcefunctionarn", {"credentials_issued_to": FUNCTION}, FUNCTION),
        ("aws:useragent", {}, UNKNOWN),
        ("s3:prefix", {"context": '{"s3:prefix": ["a/"]}'}, "a/"),
        ("aws:requesttag/team", {"context": '{"aws:RequestTag/team": ["x"], "aws:TagKeys": ["team"]}'}, "x"),
        ("aws:requesttag/other", {"context": '{"aws:RequestTag/team": ["x"], "aws:TagKeys": ["team"]}'}, None),
        ("aws:requesttag/team", {}, UNKNOWN),
        ("aws:tagkeys", {"context": '{"aws:TagKeys": ["team"]}'}, ("team",)),
    ],
)  # fmt: skip
def test_a_key_is_told_or_absent_or_unknown(key: str, row: dict[str, str], expected: ContextValue) -> None:
    assert expected == context_told([key], {**NOTHING, **row})[key]


def test_times_are_those_that_are_asked_about() -> None:
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    told = context_told(["aws:currenttime", "aws:epochtime"], NOTHING, when)
    assert {"aws:currenttime": "2026-01-02T03:04:05Z", "aws:epochtime": int(when.timestamp())} == told


def test_keys_that_follow_from_the_principal_need_no_column() -> None:
    assert {"aws:sourceip"} == needed(
        ["aws:PrincipalArn", "aws:SourceIp", "aws:PrincipalTag/team", "aws:ResourceAccount"]
    )
