"""What belongs to a whole account: its policies, what it blocks, what it shares with others."""

from __future__ import annotations

import json

import pytest

from leastwise.estate.ask import can, who_can
from leastwise.estate.assemble import Estate
from leastwise.estate.diff import diff
from leastwise.estate.gather import Snapshot, gathered
from leastwise.estate.held import (
    Acl,
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

OWNER, OTHER = "111122223333", "444455556666"
ROOT = f"arn:aws:iam::{OWNER}:root"
APP = f"arn:aws:iam::{OTHER}:role/app"
REGIONS = ("eu-west-1", "us-east-1")


def text(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


ALL = InlinePolicy("all", text(Action="*", Resource="*"))


def snapshot(*parts: Part) -> Snapshot:
    role = Role(APP, "app", inline=(ALL,))
    return gathered([Iam(OWNER), Iam(OTHER, roles=(role,)), *parts])


def outcome(found: Snapshot, action: str, resource: str, who: str = APP) -> str:
    answer = can(Estate(found), who, action, resource)
    if answer.may_be_allowed and who == APP:
        assert who in {one.principal for one in who_can(Estate(found), action, resource)}
    return answer.decision.outcome.value


def account_wide(kind: str, region: str = "", **rest: object) -> Resources:
    held = Resource(ROOT, OWNER, f"{kind}:account", region, **rest)  # type: ignore[arg-type]
    return Resources(OWNER, kind, region, (held,))


def test_what_belongs_to_the_account_is_kept_for_each_region_and_service() -> None:
    logs = [account_wide("logs", region, policies={"p": text(Action="logs:*")}) for region in REGIONS]
    found = snapshot(*logs, account_wide("s3", settings={"RestrictPublicBuckets": True}))
    assert () == found.not_read
    assert 3 == sum(len(one.resources) for one in found.resources[OWNER])


def test_public_access_that_the_account_blocks_is_blocked_beside_its_other_policies() -> None:
    bucket = Resource(
        "arn:aws:s3:::b", OWNER, "s3:bucket", policies={"policy": text(Principal="*", Action="s3:*", Resource="*")}
    )
    parts = [
        account_wide("ecr", "eu-west-1", policies={"policy": text(Action="ecr:*")}),
        Resources(OWNER, "s3", "", (bucket,)),
    ]
    blocked = account_wide("s3", settings={"RestrictPublicBuckets": True})
    assert "ALLOW" == outcome(snapshot(*parts), "s3:ListBucket", bucket.arn, "anonymous")
    assert "IMPLICIT_DENY" == outcome(snapshot(*parts, blocked), "s3:ListBucket", bucket.arn, "anonymous")


def test_whether_public_access_is_blocked_may_not_be_known() -> None:
    bucket = Resource(
        "arn:aws:s3:::b", OWNER, "s3:bucket", policies={"policy": text(Principal="*", Action="s3:*", Resource="*")}
    )
    unread = NotRead("s3control.GetPublicAccessBlock", "refused", OWNER, subject=ROOT)
    found = snapshot(Resources(OWNER, "s3", "", (bucket,)), unread)
    assert "DEPENDS" == outcome(found, "s3:ListBucket", bucket.arn, "anonymous")


@pytest.mark.parametrize(("region", "expected"), [("eu-west-1", "ALLOW"), ("us-east-1", "IMPLICIT_DENY")])
def test_policies_of_logs_are_those_of_every_group_of_their_region(region: str, expected: str) -> None:
    allow = text(Principal={"Service": "es.amazonaws.com"}, Action="logs:PutLogEvents", Resource="*")
    logs = account_wide("logs", "eu-west-1", policies={"search": allow})
    group = f"arn:aws:logs:{region}:{OWNER}:log-group:app:log-stream:x"
    assert expected == outcome(snapshot(logs), "logs:PutLogEvents", group, "es.amazonaws.com")


def test_the_policy_of_the_catalogue_is_that_of_its_tables() -> None:
    allow = text(Principal={"AWS": OTHER}, Action="glue:GetTable", Resource="*")
    catalogue = Resource(
        f"arn:aws:glue:eu-west-1:{OWNER}:catalog", OWNER, "glue:rootcatalog", "eu-west-1", policies={"policy": allow}
    )
    table = f"arn:aws:glue:eu-west-1:{OWNER}:table/sales/orders"
    found = snapshot(Resources(OWNER, "glue", "eu-west-1", (catalogue,)))
    assert "ALLOW" == outcome(found, "glue:GetTable", table)
    assert "IMPLICIT_DENY" == outcome(found, "glue:DeleteTable", table)


TREE = Organization("o-1", "999999999999", (Node("r-1", "Root", "root"), Node(OTHER, "b", "account", "r-1")))
SUBNET = f"arn:aws:ec2:eu-west-1:{OWNER}:subnet/subnet-1"


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (OTHER, "DEPENDS"),
        (APP, "DEPENDS"),
        ("arn:aws:organizations::999999999999:organization/o-1", "DEPENDS"),
        ("arn:aws:organizations::999999999999:ou/o-1/ou-1-far", "IMPLICIT_DENY"),
        ("777788889999", "IMPLICIT_DENY"),
    ],
)
def test_what_is_shared_with_an_account_is_open_to_it(principal: str, expected: str) -> None:
    share = Share("arn:aws:ram:x", "net", OWNER, "eu-west-1", (SUBNET,), (principal,))
    found = snapshot(Resources(OWNER, "ram", "eu-west-1", shares=(share,)), TREE)
    assert expected == outcome(found, "ec2:RunInstances", SUBNET)


def test_what_is_held_and_shared_is_open_to_the_other_account() -> None:
    table = Resource(f"arn:aws:dynamodb:eu-west-1:{OWNER}:table/orders", OWNER, "dynamodb:table", "eu-west-1")
    share = Share("arn:aws:ram:x", "orders", OWNER, "eu-west-1", (table.arn,), (OTHER,))
    parts = [Resources(OWNER, "dynamodb", "eu-west-1", (table,)), Resources(OWNER, "ram", "eu-west-1", shares=(share,))]
    assert "DEPENDS" == outcome(snapshot(*parts), "dynamodb:GetItem", table.arn)


@pytest.mark.parametrize(("shared", "expected"), [(("all",), "DEPENDS"), ((OTHER,), "DEPENDS"), ((), "IMPLICIT_DENY")])
def test_a_snapshot_that_is_shared_is_open_to_those_it_is_shared_with(shared: tuple[str, ...], expected: str) -> None:
    image = Resource("arn:aws:ec2:eu-west-1::snapshot/snap-1", OWNER, "ec2:snapshot", "eu-west-1", shared_with=shared)
    found = snapshot(Resources(OWNER, "ebs", "eu-west-1", (image,)))
    assert expected == outcome(found, "ec2:CreateVolume", image.arn)


@pytest.mark.parametrize(
    ("grantee", "action", "known", "expected"),
    [
        ("f" * 64, "s3:ListBucket", False, "DEPENDS"),
        ("f" * 64, "s3:PutBucketPolicy", False, "IMPLICIT_DENY"),
        ("f" * 64, "s3:ListBucket", True, "ALLOW"),
        ("e" * 64, "s3:ListBucket", True, "IMPLICIT_DENY"),
    ],
)
def test_an_acl_may_name_an_account_by_its_canonical_id(grantee: str, action: str, known: bool, expected: str) -> None:
    bucket = Resource(
        "arn:aws:s3:::b",
        OWNER,
        "s3:bucket",
        acl=(Acl("a" * 64, "FULL_CONTROL"), Acl(grantee, "READ")),
        settings={"OwnerId": "a" * 64},
    )
    theirs = Resource("arn:aws:s3:::theirs", OTHER, "s3:bucket", settings={"OwnerId": "f" * 64})
    parts = [Resources(OWNER, "s3", "", (bucket,)), *([Resources(OTHER, "s3", "", (theirs,))] if known else [])]
    assert expected == outcome(snapshot(*parts), action, bucket.arn)


def test_the_owner_s_own_grant_gives_its_people_nothing() -> None:
    bucket = Resource(
        "arn:aws:s3:::b", OWNER, "s3:bucket", acl=(Acl("a" * 64, "FULL_CONTROL"),), settings={"OwnerId": "a" * 64}
    )
    nobody = Role(f"arn:aws:iam::{OWNER}:role/nobody", "nobody")
    found = snapshot(Iam(OWNER, roles=(nobody,)), Resources(OWNER, "s3", "", (bucket,)))
    assert "IMPLICIT_DENY" == outcome(found, "s3:ListBucket", bucket.arn, nobody.arn)


def test_the_policy_of_an_access_point_may_not_be_known() -> None:
    bucket = Resource("arn:aws:s3:::b", OWNER, "s3:bucket")
    point = Resource(f"arn:aws:s3:eu-west-1:{OWNER}:accesspoint/p", OWNER, "s3:accesspoint", "eu-west-1", bucket="b")
    role = Role(f"arn:aws:iam::{OWNER}:role/own", "own", inline=(ALL,))
    parts = [
        Iam(OWNER, roles=(role,)),
        Resources(OWNER, "s3", "", (bucket,)),
        Resources(OWNER, "s3-access-points", "eu-west-1", (point,)),
    ]
    unread = NotRead("s3control.GetAccessPointPolicy", "refused", OWNER, "eu-west-1", point.arn)
    key = f"{point.arn}/object/k"
    assert "ALLOW" == outcome(snapshot(*parts), "s3:GetObject", key, role.arn)
    assert "DEPENDS" == outcome(snapshot(*parts, unread), "s3:GetObject", key, role.arn)


def test_a_changed_policy_of_an_account_is_told_by_its_region() -> None:
    before, after = (
        snapshot(
            *[
                account_wide(
                    "logs", region, policies={"p": text(Principal={"AWS": who}, Action="logs:*", Resource="*")}
                )
                for region, who in zip(REGIONS, whom, strict=True)
            ]
        )
        for whom in ((OTHER, OTHER), (OTHER, "777788889999"))
    )
    (change,) = diff(before, after)
    assert ("resource policy", True) == (change.subject, "us-east-1" in change.name)
    assert change.gained
