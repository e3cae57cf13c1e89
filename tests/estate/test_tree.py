"""The ceilings of an account: what is on its way, what is switched off, what was not read."""

from __future__ import annotations

import json

import pytest

from leastwise.estate.ask import can
from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.held import (
    Acl,
    Iam,
    InlinePolicy,
    Node,
    NotRead,
    Organization,
    OrganizationPolicy,
    PolicyType,
    Resource,
    Resources,
    Role,
)

ACCOUNT, OTHER = "111122223333", "444455556666"
NO_QUEUES = OrganizationPolicy(
    "p-1",
    "no queues",
    "scp",
    json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"},
            ],
        }
    ),
)
FULL = ("p-FullAWSAccess",)


def estate(
    *more: NotRead, ou: tuple[str, ...] = FULL, full: tuple[str, ...] = FULL, enabled: tuple[PolicyType, ...]
) -> Estate:
    allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    role = Role(f"arn:aws:iam::{ACCOUNT}:role/r", "r", inline=(InlinePolicy("all", json.dumps(allow)),))
    nodes = (
        Node("r-1", "Root", "root", scps=full),
        Node("ou-1-prod", "prod", "ou", "r-1", ou),
        Node("ou-1-test", "test", "ou", "r-1", full),
        Node(ACCOUNT, "a", "account", "ou-1-prod", full),
        Node(OTHER, "b", "account", "ou-1-test", full),
    )
    tree = Organization("o-1", "999999999999", nodes, (NO_QUEUES,), enabled=enabled)
    return Estate(gathered([Iam(ACCOUNT, roles=(role,)), tree, *more]))


def outcome(found: Estate) -> str:
    return can(found, "role/r", "sqs:ListQueues", "*").decision.outcome.value


def test_a_policy_of_an_ou_binds_the_accounts_below_it() -> None:
    assert "EXPLICIT_DENY" == outcome(estate(ou=("p-1",), enabled=("scp",)))


def test_types_that_are_switched_off_bind_nobody() -> None:
    assert "ALLOW" == outcome(estate(ou=(), full=(), enabled=()))


@pytest.mark.parametrize(
    ("subject", "expected"),
    [("", "DEPENDS"), ("scp", "DEPENDS"), ("p-1", "DEPENDS"), ("p-unheard", "DEPENDS"), ("ou-1-prod", "DEPENDS")],
)
def test_attachments_that_were_not_read_leave_it_open(subject: str, expected: str) -> None:
    unread = NotRead("organizations.ListTargetsForPolicy", "refused", subject=subject)
    assert expected == outcome(estate(unread, enabled=("scp",)))


@pytest.mark.parametrize("subject", ["rcp", "ou-1-test", OTHER])
def test_what_is_not_on_the_way_leaves_nothing_open(subject: str) -> None:
    unread = NotRead("organizations.ListTargetsForPolicy", "refused", subject=subject)
    assert "ALLOW" == outcome(estate(unread, enabled=("scp",)))


@pytest.mark.parametrize(
    ("ownership", "expected"), [("ObjectWriter", "ALLOW"), ("BucketOwnerEnforced", "IMPLICIT_DENY")]
)
def test_acls_count_only_where_they_are_on(ownership: str, expected: str) -> None:
    bucket = Resource(
        "arn:aws:s3:::b", ACCOUNT, "s3:bucket", acl=(Acl("AllUsers", "READ"),), settings={"ObjectOwnership": ownership}
    )
    found = Estate(gathered([Iam(ACCOUNT), Resources(ACCOUNT, "s3", "", (bucket,))]))
    assert expected == can(found, "anonymous", "s3:ListBucket", "arn:aws:s3:::b").decision.outcome.value
