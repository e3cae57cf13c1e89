"""What is granted that risks much: judged by what is allowed, after boundaries, Denies and SCPs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from small_scenes import (
    ACCOUNT,
    ADMINISTRATOR,
    HEAD,
    LAMBDA,
    Json,
    allow,
    document,
    found_by,
    iam,
    role,
    scene,
    scene_of,
    short,
    user,
)

from leastwise.estate.held import (
    Activity,
    Group,
    LastUsed,
    ManagedPolicy,
    Node,
    Organization,
    Resource,
    Resources,
    Tagged,
)
from leastwise.findings.discover import checks
from leastwise.findings.scene import Scene, Settings, Used
from leastwise.usage.last_uses import LastUse

_DAY = date(2026, 6, 1).toordinal() - date(1970, 1, 1).toordinal()
_PEOPLE = {"AWS": f"{HEAD}:root"}
_SSO = "/aws-reserved/sso.amazonaws.com/"
_PROD, _DEV = "222233334444", "333344445555"


@pytest.mark.parametrize(
    ("expected", "statements"),
    [
        pytest.param(True, [allow("*")], id="everything"),
        pytest.param(True, [allow("iam:*")], id="all of IAM"),
        pytest.param(True, [{"NotAction": ["s3:DeleteBucket"]}], id="all but little"),
        pytest.param(True, [allow("a*", "i*", "s*")], id="in parts"),
        pytest.param(True, [allow("*", on="arn:*")], id="every ARN"),
        pytest.param(True, [{"Action": "*", "NotResource": "arn:aws:s3:::logs/*"}], id="all but one bucket"),
        pytest.param(False, [{"NotAction": ["iam:*", "s3:*"]}], id="all but IAM"),
        pytest.param(False, [{"Action": "*", "NotResource": "*"}], id="nothing"),
        pytest.param(False, [allow("*", on="arn:aws:s3:::x")], id="one bucket"),
        pytest.param(True, [allow("*", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})], id="one network"),
        pytest.param(False, [allow("*"), {"Effect": "Deny", "Action": "iam:*"}], id="denied"),
        pytest.param(False, [allow("iam:Get*", "iam:List*")], id="reads"),
    ],
)
def test_an_administrator_is_judged_by_meaning(expected: bool, statements: list[Json]) -> None:
    where = scene_of(role("one", *statements))
    assert expected == bool(found_by("administrator", where))


def test_an_administrator_is_graver_where_it_works_unattended() -> None:
    group = Group(f"{HEAD}:group/chiefs", "chiefs", attached=(ADMINISTRATOR,))
    where = scene_of(
        role("service", attached=[ADMINISTRATOR]),
        role("people", attached=[ADMINISTRATOR], trust=_PEOPLE),
        role("AWSReservedSSO_Admins_0123456789abcdef", attached=[ADMINISTRATOR], trust=_PEOPLE, path=_SSO),
        role("break-glass", attached=[ADMINISTRATOR], trust=_PEOPLE),
        role("AWSServiceRoleForX", attached=[ADMINISTRATOR], path="/aws-service-role/x.amazonaws.com/"),
        user("member", groups=["chiefs"]),
        groups=[group],
    )
    told = {one.subject.rpartition("/")[2]: one.severity for one in found_by("administrator", where)}
    expected = {
        "service": "high",
        "people": "medium",
        "AWSReservedSSO_Admins_0123456789abcdef": "info",
        "break-glass": "info",
        "member": "medium",
    }
    assert expected == told
    assert all(one.witness is not None for one in found_by("administrator", where))


def test_an_administrator_under_a_condition_is_one_and_no_escalation() -> None:
    with_mfa = allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    bounded = allow("iam:*", Condition={"StringEquals": {"iam:PermissionsBoundary": f"{HEAD}:policy/limit"}})
    gone = allow("*", Condition={"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}})
    where = scene_of(user("chief", with_mfa), role("delegated", bounded), role("over", gone))
    (found,) = found_by("administrator", where)
    assert (f"{HEAD}:user/chief", "medium") == (found.subject, found.severity)
    assert found.witness is not None
    assert "true" == found.witness.context["aws:MultiFactorAuthPresent"]
    assert [] == found_by("escalation", where)


def test_a_boundary_makes_no_administrator() -> None:
    limit = ManagedPolicy(f"{HEAD}:policy/limit", "limit", document(allow("s3:*")))
    where = scene_of(role("held", attached=[ADMINISTRATOR], boundary=limit.arn), policies=[limit])
    assert [] == found_by("administrator", where)
    assert ["role/held"] == short(found_by("whole-services", where))


def test_an_administrator_that_nobody_used_is_forgotten() -> None:
    holders = [role(name, attached=[ADMINISTRATOR], trust=_PEOPLE) for name in ("old", "busy", "break-glass")]
    days = {holders[0].arn: LastUsed("2025-01-01T00:00:00Z"), holders[1].arn: LastUsed("2026-05-30T00:00:00Z")}
    where = scene(iam(*holders), Activity(ACCOUNT, roles={**days, holders[2].arn: LastUsed()}))
    (found,) = found_by("forgotten-administrator", where)
    assert (holders[0].arn, "2025-01-01") == (found.subject, found.since)
    assert ["role/break-glass", "role/busy"] == short(found_by("administrator", where))
    assert [] == found_by("forgotten-administrator", scene_of(*holders))


def test_whole_services_are_told_once_and_graver_for_many() -> None:
    many = [f"{name}:*" for name in ("s3", "dynamodb", "sqs", "kms", "secretsmanager")]
    where = scene_of(
        role("many", allow(*many)),
        role("two", allow("s3:*", "sqs:*")),
        role("one", allow("s3:*")),
        role("listed", allow("s3:?*")),
        role("harmless", allow("ce:*", "cloudwatch:Get*")),
        role("some", allow("s3:Get*", "s3:List*")),
        role("bucket", allow("s3:*", on="arn:aws:s3:::x/*")),
        role("denied", allow("s3:*"), {"Effect": "Deny", "NotAction": "ce:*"}),
        role("AWSReservedSSO_Data_0123456789abcdef", allow(*many), path=_SSO),
    )
    told = {one.subject.rpartition("/")[2]: one.severity for one in found_by("whole-services", where)}
    expected = {
        "many": "high",
        "two": "medium",
        "one": "low",
        "listed": "low",
        "AWSReservedSSO_Data_0123456789abcdef": "low",
    }
    assert expected == told
    assert {f"{HEAD}:role/many"} == {one.subject for one in found_by("whole-services", where) if one.severity == "high"}


@pytest.mark.parametrize(
    ("check", "action", "not_told"),
    [
        ("data-exfiltration", "s3:GetObject", "s3:ListBucket"),
        ("credentials-exposure", "secretsmanager:GetSecretValue", "ecr:GetAuthorizationToken"),
        ("resource-exposure", "s3:PutBucketPolicy", "iam:PutRolePolicy"),
        ("infrastructure-change", "rds:*", "logs:PutLogEvents"),
        ("permissions-management", "iam:PutGroupPolicy", "s3:PutBucketPolicy"),
    ],
)
def test_a_class_is_told_where_it_is_on_everything(check: str, action: str, not_told: str) -> None:
    where = scene_of(
        role("wide", allow(action)),
        role("narrow", allow(action, on="arn:aws:s3:::one/*")),
        role("held", allow(action, Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})),
        role("other", allow(not_told)),
        role("chief", attached=[ADMINISTRATOR]),
    )
    (found,) = found_by(check, where)
    assert f"{HEAD}:role/wide" == found.subject
    assert found.witness is not None or found.unknown
    assert found.risk > 0


def test_what_is_unused_weighs_more() -> None:
    one = role("reader", allow("s3:GetObject"))
    told = []
    for action in ("s3:GetObject", "s3:ListAllMyBuckets"):
        uses = [LastUse(one.arn, action, "*", "recorded", 3, _DAY - 300, _DAY)]
        where = scene(iam(one), used=Used(uses, _DAY - 300, _DAY, frozenset(), frozenset(), frozenset({ACCOUNT})))
        (found,) = found_by("data-exfiltration", where)
        told.append((found.severity, found.risk))
    assert [("low", 15.0), ("medium", 30.0)] == told


@pytest.mark.parametrize(
    ("expected", "name", "tags"),
    [
        ("medium", "temp-migration-2025-08", {}),
        ("medium", "incident_20250803", {}),
        ("medium", "poc-2021-setup", {}),
        ("medium", "plain", {"expires": "2026-01-31"}),
        ("medium", "plain", {"delete-after": "2025-12"}),
        (None, "plain", {"expires": "2027-01-31"}),
        (None, "temp-migration-2026-08", {}),
        (None, "report-2021", {}),
        (None, "template-2021", {}),
        (None, "contemporary-2021", {}),
        (None, "plain", {"created": "2021-01-01"}),
    ],
)
def test_a_grant_for_a_while_is_over(expected: str | None, name: str, tags: dict[str, str]) -> None:
    one = role("app", allow("s3:DeleteObject"), inline=name, tags=tags)
    found = found_by("temporary-grant", scene_of(one))
    check = next(one for one in checks().values() if one.name == "temporary-grant")
    assert ([expected] if expected else []) == [each.severity or check.severity for each in found]


def test_a_temporary_administrator_is_grave_and_a_bare_name_is_low() -> None:
    chief = role("migration-2021", attached=[ADMINISTRATOR], trust=_PEOPLE)
    quiet, busy = role("poc-loader", allow("s3:PutObject")), role("tmp-loader", allow("s3:PutObject"))
    days = {quiet.arn: LastUsed("2025-01-01T00:00:00Z"), busy.arn: LastUsed("2026-05-30T00:00:00Z")}
    found = found_by("temporary-grant", scene(iam(chief, quiet, busy), Activity(ACCOUNT, roles=days)))
    assert [(chief.arn, "high"), (quiet.arn, "low")] == [(one.subject, one.severity) for one in found]


def _two_stages(*extra: object, settings: Settings | None = None) -> Scene:
    nodes = (
        Node("r-1", "Root", "root"),
        Node("ou-1", "Prod", "ou", "r-1"),
        Node("ou-2", "NonProd", "ou", "r-1"),
        Node(_PROD, "shop", "account", "ou-1"),
        Node(_DEV, "shop-dev", "account", "ou-2"),
    )
    made = scene(*extra, Organization("o-1", "999988887777", nodes))  # type: ignore[arg-type]
    return replace(made, settings=settings) if settings else made


def test_development_that_becomes_a_role_of_production() -> None:
    writes = role("writer", allow("s3:PutObject"), trust={"AWS": f"arn:aws:iam::{_DEV}:root"}, account=_PROD)
    reads = role("reader", allow("s3:GetObject"), trust={"AWS": f"arn:aws:iam::{_DEV}:root"}, account=_PROD)
    audit = role("audit", allow("s3:ListBucket"), trust={"AWS": f"arn:aws:iam::{_DEV}:root"}, account=_PROD)
    callers = [
        role(name, allow("sts:AssumeRole", on=one.arn), account=_DEV)
        for name, one in (("w", writes), ("r", reads), ("a", audit))
    ]
    where = _two_stages(
        iam(writes, reads, audit, account=_PROD), iam(*callers, role("idle", allow("s3:*"), account=_DEV), account=_DEV)
    )
    found = found_by("cross-environment", where)
    assert [("role/r", "medium"), ("role/w", None)] == list(
        zip(short(found), [one.severity for one in found], strict=True)
    )
    assert all(one.witness is not None for one in found)
    nowhere = Settings(production=("live",), development=("lab",))
    assert [] == found_by(
        "cross-environment", _two_stages(iam(writes, account=_PROD), iam(*callers, account=_DEV), settings=nowhere)
    )


def test_development_that_a_bucket_of_production_names() -> None:
    bucket = f"arn:aws:s3:::orders-{_PROD}"
    principal = {"AWS": f"arn:aws:iam::{_DEV}:root"}
    policy = document({"Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{bucket}/*", "Principal": principal})
    held = Resources(_PROD, "s3", resources=(Resource(bucket, _PROD, "s3:bucket", policies={"policy": policy}),))
    one = role("loader", allow("s3:PutObject", on=f"{bucket}/*"), account=_DEV)
    other = role("other", allow("s3:PutObject", on="arn:aws:s3:::mine/*"), account=_DEV)
    where = _two_stages(held, iam(one, other, account=_DEV), iam(account=_PROD))
    (found,) = found_by("cross-environment", where)
    assert one.arn == found.subject
    assert found.witness is not None
    assert f"{bucket}/example" == found.witness.resource


def test_development_in_one_account_by_tags() -> None:
    queue = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"
    held = Resources(ACCOUNT, "tags", resources=(), tagged=(Tagged(queue, {"Environment": "Prod"}),))
    dev, other = ({"environment": "dev"}, {"environment": "prod"})
    sends, reads, elsewhere = (
        role("sends", allow("sqs:DeleteMessage", on=queue), tags=dev),
        role("same", allow("sqs:DeleteMessage", on=queue), tags=other),
        role("elsewhere", allow("sqs:DeleteMessage", on=f"{queue}-dev"), tags=dev),
    )
    (found,) = found_by("cross-environment", scene(iam(sends, reads, elsewhere), held))
    assert sends.arn == found.subject
    assert found.witness is not None
    assert ("sqs:DeleteMessage", queue) == (found.witness.action, found.witness.resource)


def test_a_way_for_emergencies_that_is_used_on_many_days() -> None:
    holders = [role(name, attached=[ADMINISTRATOR], trust=_PEOPLE) for name in ("break-glass", "break-glass-2")]
    daily, drill = (one.arn for one in holders)
    uses = [
        LastUse(daily, "ec2:DescribeVpcs", "*", "recorded", 40, _DAY - 30, _DAY),
        LastUse(drill, "ec2:DescribeVpcs", "*", "recorded", 3, _DAY - 10, _DAY - 10),
        LastUse(drill, "iam:ListRoles", "*", "recorded", 3, _DAY - 200, _DAY - 200),
    ]
    where = scene(iam(*holders), used=Used(uses, _DAY - 300, _DAY, frozenset(), frozenset(), frozenset({ACCOUNT})))
    assert ["role/break-glass"] == short(found_by("break-glass-in-use", where))


_RISKS = [one for one in checks().values() if one.group == "risk"]


@pytest.mark.parametrize("check", _RISKS, ids=lambda one: one.name)
def test_an_empty_estate_and_hostile_names_are_no_trouble(check: object) -> None:
    assert [] == list(check.find(scene()))  # type: ignore[attr-defined]
    hostile = role(
        "<b>'$(x)\u202e", allow("s3:*", "iam:PutGroupPolicy", "secretsmanager:*"), trust=LAMBDA, inline="temp-2021;'"
    )
    for found in check.find(scene_of(hostile)):  # type: ignore[attr-defined]
        assert hostile.arn == found.subject
        assert found.remedy.says


@pytest.mark.parametrize(
    "check", [one for one in checks().values() if one.group in ("risk", "escalation")], ids=lambda one: one.name
)
def test_a_page_says_what_to_do_and_what_it_cannot_see(check: object) -> None:
    page = check.page  # type: ignore[attr-defined]
    assert "What to do: " in page
    assert "What it cannot see: " in page
