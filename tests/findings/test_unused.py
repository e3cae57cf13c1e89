"""Checks of what is not used: each with the look-alike that is not found, and silence only where it is evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from small_scenes import (
    ACCOUNT,
    ADMINISTRATOR,
    HEAD,
    TAKEN,
    allow,
    document,
    found_by,
    iam,
    role,
    scene,
    short,
    user,
)

from leastwise.estate.held import (
    Activity,
    LastUsed,
    ManagedPolicy,
    Node,
    Organization,
    OrganizationPolicy,
    ServiceUse,
)
from leastwise.findings.scene import Scene, Settings, Used
from leastwise.usage.last_uses import LastUse

TODAY = date(2026, 6, 1)
LAST = (TODAY - date(1970, 1, 1)).days
BUCKET = "arn:aws:s3:::reports"


def ago(days: int) -> str:
    return f"{TODAY - timedelta(days=days)}T12:00:00Z"


def used(*uses: LastUse, days: int = 120, seen: frozenset[str] = frozenset()) -> Used:
    """Logs of so many days in which somebody else works every day."""
    other = LastUse(f"{HEAD}:role/other", "sts:GetCallerIdentity", "*", "unscoped", 9, LAST - days + 1, LAST)
    return Used([other, *uses], LAST - days + 1, LAST, seen, frozenset(), frozenset({ACCOUNT}))


def use(name: str, action: str, resource: str = "*", *, how: str = "recorded", last: int = 0) -> LastUse:
    return LastUse(f"{HEAD}:{name}", action, resource, how, 5, LAST - 100, LAST - last)


def row(name: str, **columns: str) -> dict[str, str]:
    """A row of the credential report, of a user made long ago without any credentials."""
    off = {
        "user": name,
        "arn": f"{HEAD}:user/{name}",
        "user_creation_time": "2020-01-01T00:00:00+00:00",
        "password_enabled": "false",
        "password_last_used": "N/A",
        "password_last_changed": "N/A",
        "mfa_active": "false",
        "access_key_1_active": "false",
        "access_key_2_active": "false",
        "cert_1_active": "false",
        "cert_2_active": "false",
    }
    return {**off, **columns}


def key(number: int, *, made: str = "2021-01-01T00:00:00+00:00", last: str = "N/A") -> dict[str, str]:
    head = f"access_key_{number}"
    return {f"{head}_active": "true", f"{head}_last_rotated": made, f"{head}_last_used_date": last}


def roles_used(**days: int | None) -> Activity:
    """When roles were last used, that many days ago, None for never."""
    told = {f"{HEAD}:role/{name}": LastUsed("" if one is None else ago(one)) for name, one in days.items()}
    return Activity(ACCOUNT, roles=told)


def report(*rows: Mapping[str, str]) -> Activity:
    return Activity(ACCOUNT, credentials=tuple(dict(one) for one in rows))


@pytest.mark.parametrize(
    ("days", "expected"),
    [(None, ["role/worker"]), (200, ["role/worker"]), (91, ["role/worker"]), (90, []), (3, [])],
)
def test_a_role_is_unused_when_iam_knows_no_use_in_the_window(days: int | None, expected: list[str]) -> None:
    where = scene(iam(role("worker", allow("s3:GetObject"))), roles_used(worker=days))
    assert expected == short(found_by("unused-role", where))


def test_without_any_word_of_use_nothing_is_said() -> None:
    where = scene(iam(role("worker"), user("person")))
    assert [] == found_by("unused-role", where) + found_by("unused-user", where)


@pytest.mark.parametrize(("days", "expected"), [(120, ["role/worker"]), (91, ["role/worker"]), (60, [])])
def test_logs_tell_silence_only_where_they_reach_over_the_window(days: int, expected: list[str]) -> None:
    where = scene(iam(role("worker"), role("other")), used=used(days=days))
    assert expected == short(found_by("unused-role", where))


def test_an_account_without_calls_in_the_logs_is_a_gap() -> None:
    where = scene(iam(role("worker")), used=replace(used(), accounts=frozenset({"999900001111"})))
    assert [] == found_by("unused-role", where)


def test_that_somebody_assumed_it_is_a_use() -> None:
    assumed = use("role/other", "sts:AssumeRole", f"{HEAD}:role/worker")
    assert [] == found_by("unused-role", scene(iam(role("worker"), role("other")), used=used(assumed)))


def test_last_accessed_data_is_a_use() -> None:
    told = Activity(
        ACCOUNT,
        roles={f"{HEAD}:role/worker": LastUsed()},
        last_accessed={f"{HEAD}:role/worker": (ServiceUse("s3", ago(5)),)},
    )
    assert [] == found_by("unused-role", scene(iam(role("worker")), told))


@pytest.mark.parametrize("name", ["break-glass", "our-breakglass-role"])
def test_roles_for_emergencies_may_lie_unused(name: str) -> None:
    told = Activity(ACCOUNT, roles={f"{HEAD}:role/{name}": LastUsed()})
    assert [] == found_by("unused-role", scene(iam(role(name)), told))


def test_service_linked_and_young_roles_are_left_out() -> None:
    young = role("young")
    linked = role("AWSServiceRoleForX", path="/aws-service-role/x.amazonaws.com/")
    made = type(young)(**{**{f: getattr(young, f) for f in young.__struct_fields__}, "created": ago(30)})
    told = Activity(ACCOUNT, roles={one.arn: LastUsed() for one in (made, linked)})
    assert [] == found_by("unused-role", scene(iam(made, linked), told))


@pytest.mark.parametrize(("name", "expected"), [("books-year-end", []), ("books", ["role/books"])])
def test_a_name_may_say_that_work_is_seldom(name: str, expected: list[str]) -> None:
    told = Activity(ACCOUNT, roles={f"{HEAD}:role/{name}": LastUsed(ago(200))})
    assert expected == short(found_by("unused-role", scene(iam(role(name)), told)))


def test_an_unused_role_of_identity_center_is_its_permission_sets() -> None:
    arn = "AWSReservedSSO_Auditor_0123456789abcdef"
    one = role(arn, path="/aws-reserved/sso.amazonaws.com/")
    (found,) = found_by("unused-role", scene(iam(one), Activity(ACCOUNT, roles={one.arn: LastUsed()})))
    assert "permission set Auditor" in found.remedy.says


def test_an_unused_role_weighs_what_it_may_do() -> None:
    small, great = role("small", allow("s3:GetObject")), role("great", attached=[ADMINISTRATOR])
    found = found_by("unused-role", scene(iam(small, great), roles_used(small=None, great=None)))
    risks = {one.subject.rpartition("/")[2]: one.risk for one in found}
    assert 15.0 == risks["small"]
    assert risks["great"] > 10_000
    assert {0.0} == {one.breakage for one in found}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, ["user/person"]),
        (key(1, last="2025-01-01T00:00:00+00:00"), ["user/person"]),
        (key(1, last="2026-05-20T00:00:00+00:00"), []),
        ({"password_enabled": "true", "password_last_used": "2026-05-20T00:00:00+00:00"}, []),
        ({"password_enabled": "TRUE", "password_last_used": "no_information"}, ["user/person"]),
    ],
)
def test_a_user_is_unused_by_the_credential_report(columns: dict[str, str], expected: list[str]) -> None:
    where = scene(iam(user("person")), report(row("person", **columns)))
    assert expected == short(found_by("unused-user", where))


def test_of_a_user_at_work_the_unused_key_is_found_and_of_an_idle_one_not() -> None:
    at_work = row("worker", **key(1, last="2026-05-30T00:00:00+00:00"), **key(2))
    idle = row("idle", **key(1))
    new = row("new", **key(1, last="2026-05-30T00:00:00+00:00"), **key(2, made="2026-05-01T00:00:00+00:00"))
    where = scene(iam(user("worker"), user("idle"), user("new")), report(at_work, idle, new))
    (found,) = found_by("unused-access-key", where)
    assert (f"{HEAD}:user/worker", "2") == (found.subject, found.key)


def test_a_password_beside_keys_at_work_is_unused() -> None:
    password = {"password_enabled": "true", "password_last_changed": "2022-01-01T00:00:00+00:00"}
    worker = row("worker", **key(1, last="2026-05-30T00:00:00+00:00"), **password, password_last_used="no_information")
    signing = row("person", **{**password, "password_last_used": "2026-05-30T00:00:00+00:00"})
    where = scene(iam(user("worker"), user("person")), report(worker, signing))
    assert ["user/worker"] == short(found_by("unused-password", where))


def test_a_certificate_is_found_and_never_certain() -> None:
    old = row("worker", cert_1_active="true", cert_1_last_rotated="2020-01-01T00:00:00+00:00")
    new = row("other", cert_1_active="true", cert_1_last_rotated="2026-05-01T00:00:00+00:00")
    (found,) = found_by("unused-certificate", scene(iam(user("worker"), user("other")), report(old, new)))
    assert f"{HEAD}:user/worker" == found.subject
    assert found.unknown


def test_services_that_were_not_used_are_one_finding() -> None:
    worker = role("worker", allow("sns:CreateTopic", "ec2:DescribeInstances", "kms:ListKeys", "s3:GetObject"))
    logs = used(use("role/worker", "ec2:DescribeInstances"))
    (found,) = found_by("unused-service", scene(iam(worker), used=logs))
    assert "2 of 4 granted services were not used: kms, sns" == found.message  # s3:GetObject is a data event
    seen = used(use("role/worker", "ec2:DescribeInstances"), use("role/other", "s3:PutObject"), seen=frozenset({"s3"}))
    (found,) = found_by("unused-service", scene(iam(worker), used=seen))
    assert "3 of 4 granted services were not used: kms, s3, sns" == found.message


def test_a_service_that_last_accessed_data_tells_is_used() -> None:
    worker = role("worker", allow("sns:CreateTopic", "ec2:DescribeInstances"))
    told = Activity(ACCOUNT, last_accessed={worker.arn: (ServiceUse("sns", ago(5)),)})
    where = scene(iam(worker), told, used=used(use("role/worker", "ec2:DescribeInstances")))
    assert [] == found_by("unused-service", where)


def test_what_an_unknown_policy_may_grant_is_not_called_unused() -> None:
    worker = role("worker", allow("ec2:DescribeInstances"), attached=["arn:aws:iam::aws:policy/Unheard"])
    (where,) = [scene(iam(worker), used=used(use("role/worker", "ec2:DescribeInstances")))]
    assert [] == found_by("unused-service", where) + found_by("unused-action", where)


def test_risky_actions_are_named_and_plain_ones_not() -> None:
    worker = role("worker", allow("iam:CreateUser", "iam:CreateAccessKey", "iam:ListRoles", "iam:GetRole"))
    (found,) = found_by("unused-action", scene(iam(worker), used=used(use("role/worker", "iam:ListRoles"))))
    assert "iam:CreateAccessKey" in found.message
    assert "iam:GetRole" not in found.message
    did = used(use("role/worker", "iam:ListRoles"), *(use("role/worker", f"iam:{a}") for a in _RISKY))
    assert [] == found_by("unused-action", scene(iam(worker), used=did))


_RISKY = ("CreateUser", "CreateAccessKey")


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("*", ["role/worker"]),
        ("arn:aws:s3:::*", ["role/worker"]),
        (f"{BUCKET}/*", []),
        (f"{BUCKET}*", []),
    ],
)
def test_wide_grants_of_used_actions_are_found(on: str, expected: list[str]) -> None:
    worker = role("worker", allow("s3:GetObject", on=on))
    logs = used(use("role/worker", "s3:GetObject", f"{BUCKET}/a"), seen=frozenset({"s3"}))
    assert expected == short(found_by("unused-resource-scope", scene(iam(worker), used=logs)))


def test_wide_grants_are_left_where_the_logs_name_no_resource_or_many() -> None:
    worker = role("worker", allow("s3:GetObject"))
    unnamed = used(use("role/worker", "s3:GetObject", "*", how="unnamed"))
    many = used(*(use("role/worker", "s3:GetObject", f"{BUCKET}/{number}") for number in range(13)))
    tied = role("worker", allow("s3:GetObject", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}}))
    one = used(use("role/worker", "s3:GetObject", f"{BUCKET}/a"))
    for where in (scene(iam(worker), used=unnamed), scene(iam(worker), used=many), scene(iam(tied), used=one)):
        assert [] == found_by("unused-resource-scope", where)


CEILING = f"{HEAD}:policy/ceiling"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("s3:*")], 1),
        ([allow("s3:*"), allow("s3:DeleteBucket") | {"Effect": "Deny"}], 1),
        ([allow("s3:*"), allow("s3:GetObject") | {"Effect": "Deny"}], 0),
        ([allow("sqs:*")], 0),
        ([allow("s3:*", on=f"{BUCKET}/*")], 0),
    ],
)
def test_a_boundary_that_takes_nothing_away_is_found(statements: list[dict[str, object]], expected: int) -> None:
    held = ManagedPolicy(CEILING, "ceiling", document(*statements))
    worker = role("worker", allow("s3:GetObject"), boundary=CEILING)
    assert expected == len(found_by("boundary-that-never-binds", scene(iam(worker, policies=[held]))))


def test_a_boundary_that_is_not_known_is_not_called_idle() -> None:
    assert [] == found_by("boundary-that-never-binds", scene(iam(role("worker", boundary=CEILING))))


def organisation(*scps: OrganizationPolicy, on_root: tuple[str, ...] = ()) -> Organization:
    """An account under an OU, with SCPs at the OU, and at the root."""
    full = ("p-FullAWSAccess",)
    own = tuple(one.id for one in scps if one.id not in on_root)
    nodes = (
        Node("r-root", "Root", "root", scps=(*full, *on_root)),
        Node("ou-one", "Workloads", "ou", "r-root", scps=(*full, *own)),
        Node(ACCOUNT, "prod", "account", "ou-one", scps=full),
    )
    return Organization("o-exampleorg", "000000000000", nodes, scps, enabled=("scp",))


def scp(number: str, *statements: dict[str, object]) -> OrganizationPolicy:
    denied = [{**one, "Effect": "Deny"} for one in statements]
    return OrganizationPolicy(f"p-{number}", number, "scp", document(*denied))


def test_an_scp_that_says_again_what_is_denied_above_is_found() -> None:
    above, again = scp("above", allow("s3:*")), scp("again", allow("s3:DeleteBucket"))
    worker = role("worker", allow("s3:DeleteBucket", "ec2:RunInstances"))
    where = scene(iam(worker), organisation(above, again, on_root=("p-above",)))
    (found,) = found_by("scp-that-never-binds", where)
    assert ("ou-one", "p-again") == (found.subject, found.key)
    assert "denied above" in found.message


@pytest.mark.parametrize(("granted", "expected"), [("s3:DeleteBucket", 0), ("ec2:RunInstances", 1)])
def test_an_scp_about_what_nobody_is_granted_is_found(granted: str, expected: int) -> None:
    where = scene(iam(role("worker", allow(granted))), organisation(scp("one", allow("s3:DeleteBucket"))))
    assert expected == len(found_by("scp-that-never-binds", where))


def test_an_scp_over_accounts_that_are_not_read_is_left_out() -> None:
    assert [] == found_by("scp-that-never-binds", scene(organisation(scp("one", allow("s3:DeleteBucket")))))


def test_the_window_is_that_of_the_settings() -> None:
    where = scene(iam(role("worker")), roles_used(worker=50))
    narrow = Scene(where.estate, where.catalogue, Settings(days=30))
    assert ([], ["role/worker"]) == (found_by("unused-role", where), short(found_by("unused-role", narrow)))
    assert "2026-06-01" == narrow.today.isoformat() == TAKEN[:10]


@pytest.mark.parametrize(("used_action", "expected"), [("lambda:GetFunction", 0), ("ec2:DescribeInstances", 1)])
def test_that_a_role_is_passed_is_no_record_and_not_unused_where_it_may_be(used_action: str, expected: int) -> None:
    worker = role(
        "worker", allow("lambda:CreateFunction", "iam:PassRole", "lambda:GetFunction", "ec2:DescribeInstances")
    )
    where = scene(iam(worker), used=used(use("role/worker", used_action)))
    found = found_by("unused-service", where)
    assert expected == sum("iam" in one.message.partition("used: ")[2].split(", ") for one in found)


def test_a_condition_that_held_nobody_back_is_told_and_one_that_did_is_not() -> None:
    inside = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
    worker = role("worker", allow("s3:GetObject", Condition=inside), allow("sqs:SendMessage"))
    logs = used(use("role/worker", "s3:GetObject", f"{BUCKET}/a"), use("role/worker", "sqs:SendMessage"))
    (found,) = found_by("condition-never-needed", scene(iam(worker), used=logs))
    assert ("aws:SourceVpc", True) == (found.evidence[0].rpartition(" on ")[2], ":1 on" in found.evidence[0])
    held = replace(logs, denied={worker.arn: frozenset({"s3:getobject"})})
    assert [] == list(found_by("condition-never-needed", scene(iam(worker), used=held)))
    idle = used(use("role/worker", "sqs:SendMessage"))
    assert [] == list(found_by("condition-never-needed", scene(iam(worker), used=idle)))
