"""What changed between two snapshots: what was not read in one of them is not lost, and nothing goes without a word."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from leastwise.estate.diff import Change, diff
from leastwise.estate.gather import gathered
from leastwise.estate.held import (
    Acl,
    Grant,
    Iam,
    InlinePolicy,
    Node,
    NotRead,
    Organization,
    Part,
    Resource,
    Resources,
    Role,
    Share,
)

A, B = "111122223333", "444455556666"
QUEUE, KEY = f"arn:aws:sqs:eu-west-1:{A}:q", f"arn:aws:kms:eu-west-1:{A}:key/k"


def text(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def role(account: str, **rest: object) -> Iam:
    held = Role(
        f"arn:aws:iam::{account}:role/app",
        "app",
        inline=(InlinePolicy("p", text(Action="s3:*", Resource="*")),),
        **rest,  # type: ignore[arg-type]
    )
    return Iam(account, roles=(held,))


def tree(*accounts: str) -> Organization:
    nodes = [
        Node(account, account, "account", "r-1", ("p-FullAWSAccess",), ("p-RCPFullAWSAccess",)) for account in accounts
    ]
    root = Node("r-1", "Root", "root", scps=("p-FullAWSAccess",), rcps=("p-RCPFullAWSAccess",))
    return Organization("o-1", "999999999999", (root, *nodes), enabled=("scp", "rcp"))


def changes(before: list[Part], after: list[Part]) -> list[Change]:
    return list(diff(gathered(before), gathered(after)))


def queue(policy: bool = True, **rest: object) -> Resources:
    policies = {"policy": text(Principal={"AWS": B}, Action="sqs:*", Resource="*")} if policy else {}
    return Resources(A, "sqs", "eu-west-1", (Resource(QUEUE, A, "sqs:queue", "eu-west-1", policies, **rest),))  # type: ignore[arg-type]


def test_an_account_that_one_snapshot_lacks_is_not_known_and_told_once() -> None:
    for pair in (([role(A), role(B)], [role(A)]), ([role(A)], [role(A), role(B)])):
        (change,) = changes(*pair)
        assert (f"account {B}", (), ()) == (change.name, change.gained, change.lost)
        assert change.undecided


def test_an_account_that_is_new_in_the_organization_brings_its_principals() -> None:
    (change,) = (
        one for one in changes([role(A), tree(A)], [role(A), role(B), tree(A, B)]) if one.subject == "principal"
    )
    assert (f"arn:aws:iam::{B}:role/app", False, True) == (change.name, change.was, change.is_now)
    assert change.gained


def test_a_principal_that_is_gone_loses_what_it_could() -> None:
    (change,) = changes([role(A)], [Iam(A)])
    assert (True, False, ()) == (change.was, change.is_now, change.gained)
    assert change.lost


@pytest.mark.parametrize(
    "unread",
    [
        NotRead("sqs.GetQueueAttributes", "refused", A, "eu-west-1", QUEUE),
        NotRead("sqs.ListQueues", "refused", A, "eu-west-1"),
        NotRead("*", "left out on request", A, "eu-west-1", code="LeftOut"),
    ],
)
def test_a_policy_that_was_not_read_is_not_lost(unread: NotRead) -> None:
    (change,) = changes([queue()], [Resources(A, "sqs", "eu-west-1"), unread])
    assert (QUEUE, ()) == (change.name, change.lost)
    assert change.undecided


def test_a_policy_that_is_gone_is_lost() -> None:
    (change,) = changes([queue()], [queue(policy=False)])
    assert (QUEUE, True) == (change.name, bool(change.lost))


def test_tags_that_changed_are_told() -> None:
    (change,) = changes([role(A, tags={"team": "a"})], [role(A, tags={"team": "b"})])
    assert any("tags" in told for told in change.undecided)


@pytest.mark.parametrize(
    ("rest", "word"),
    [
        ({"grants": (Grant(f"arn:aws:iam::{B}:role/app", ("Decrypt",)),)}, "grants"),
        ({"acl": (Acl("AllUsers", "READ"),)}, "ACL"),
        ({"shared_with": ("all",)}, "sharing"),
        ({"settings": {"RestrictPublicBuckets": False}}, "settings"),
    ],
)
def test_what_opens_a_resource_beside_its_policy_is_told(rest: dict[str, object], word: str) -> None:
    (change,) = changes([queue()], [queue(**rest)])
    assert (QUEUE, "sharing") == (change.name, change.subject)
    assert any(word in told for told in change.undecided)


def test_resource_shares_are_told() -> None:
    share = Share("arn:aws:ram:x", "net", A, "eu-west-1", (QUEUE,), (B,))
    (change,) = changes([queue()], [queue(), Resources(A, "ram", "eu-west-1", shares=(share,))])
    assert ("sharing", "share net (arn:aws:ram:x)") == (change.subject, change.name)


def test_resource_shares_of_one_name_are_told_apart() -> None:
    shares = [Share(f"arn:aws:ram:{n}", "net", A, "eu-west-1", (QUEUE,), (A,)) for n in "xy"]
    opened = replace(shares[0], principals=(B,))
    before = Resources(A, "ram", "eu-west-1", shares=tuple(shares))
    (change,) = changes([queue(), before], [queue(), replace(before, shares=(opened, shares[1]))])
    assert "share net (arn:aws:ram:x)" == change.name


def test_an_organization_that_was_not_read_whole_does_not_show_that_an_account_was_not_there() -> None:
    unread = NotRead("organizations.ListAccountsForParent", "refused", A, "", "ou-1")
    for before, after in (([role(A), tree(A), unread], tree(A, B)), ([role(A), tree(A)], tree(A))):
        told = changes(before, [role(A), role(B), after])
        (change,) = (one for one in told if one.subject == "principal")
        assert (f"account {B}", ()) == (change.name, change.gained)
        assert change.undecided


def test_the_same_twice_is_no_change() -> None:
    parts: list[Part] = [role(A, tags={"team": "a"}), queue(shared_with=("all",)), tree(A)]
    assert [] == changes(parts, parts[::-1])
