"""Who becomes an administrator, and who does not: boundaries, Denies, conditions, SCPs and what looks like a way."""

from __future__ import annotations

import json

import pytest
from small_scenes import (
    ACCOUNT,
    ADMINISTRATOR,
    FUNCTION_ADMINISTRATOR,
    HEAD,
    LAMBDA,
    ROOT_ADMINISTRATOR,
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

from leastwise.estate.held import Delegation, Group, ManagedPolicy, Node, Organization, OrganizationPolicy
from leastwise.findings.scene import Scene

_ATTACH = "iam:AttachRolePolicy"
_RUNS = ("lambda:CreateFunction", "lambda:InvokeFunction")
_OWN = f"{HEAD}:role/climber"
_FULL = document(allow("*"))


def _escalates(where: Scene) -> bool:
    return f"{HEAD}:role/climber" in where.escalation.chains


def _deny(*actions: str, **more: object) -> Json:
    return {"Effect": "Deny", "Action": list(actions), **more}


@pytest.mark.parametrize(
    ("expected", "statements"),
    [
        pytest.param(True, [allow(_ATTACH)], id="everything"),
        pytest.param(True, [allow("iam:Att*")], id="wildcard"),
        pytest.param(True, [allow(_ATTACH, on=_OWN)], id="itself"),
        pytest.param(False, [allow(_ATTACH, on=f"{HEAD}:role/other")], id="another that it cannot be"),
        pytest.param(False, [allow(_ATTACH, on=f"{HEAD}:role/team/*")], id="another path"),
        pytest.param(False, [allow(_ATTACH), _deny("iam:*")], id="denied"),
        pytest.param(False, [allow(_ATTACH), _deny(_ATTACH, Resource=_OWN)], id="denied on itself"),
        pytest.param(
            False,
            [allow(_ATTACH, Condition={"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}})],
            id="one policy",
        ),
        pytest.param(
            False,
            [allow(_ATTACH, Condition={"StringEquals": {"iam:PermissionsBoundary": f"{HEAD}:policy/held"}})],
            id="with a boundary alone",
        ),
        pytest.param(True, [allow(_ATTACH, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], id="MFA"),
        pytest.param(
            False,
            [allow(_ATTACH, Condition={"StringEquals": {"aws:PrincipalAccount": "999988887777"}})],
            id="elsewhere",
        ),
        pytest.param(
            False,
            [allow(_ATTACH, Condition={"DateLessThan": {"aws:CurrentTime": "2021-01-01T00:00:00Z"}})],
            id="gone by",
        ),
        pytest.param(False, [allow("iam:Get*", "iam:List*", "iam:SimulatePrincipalPolicy")], id="reads alone"),
        pytest.param(False, [allow("iam:AttachUserPolicy", on=f"{HEAD}:user/nobody")], id="a user that is not there"),
        pytest.param(True, [allow("iam:CreateRole", _ATTACH, on=f"{HEAD}:role/new/*")], id="makes one"),
        pytest.param(False, [allow("iam:CreateRole", on=f"{HEAD}:role/new/*")], id="makes one that may nothing"),
        pytest.param(
            False,
            [allow("iam:CreateRole", on=f"{HEAD}:role/a/*"), allow(_ATTACH, on=f"{HEAD}:role/b/*")],
            id="makes one and furnishes others",
        ),
    ],
)
def test_a_role_gives_itself_permissions(expected: bool, statements: list[Json]) -> None:
    assert expected == _escalates(scene_of(role("climber", *statements)))


@pytest.mark.parametrize(
    ("expected", "statements"),
    [
        pytest.param(True, [allow("iam:PassRole", *_RUNS)], id="everything"),
        pytest.param(False, [allow("iam:PassRole")], id="passes alone"),
        pytest.param(False, [allow(*_RUNS)], id="runs alone"),
        pytest.param(False, [allow("iam:PassRole", on=f"{HEAD}:role/app/*"), allow(*_RUNS)], id="other roles"),
        pytest.param(False, [allow("iam:PassRole", "ec2:RunInstances")], id="a service that is not trusted"),
        pytest.param(
            False,
            [
                allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
                allow(*_RUNS),
            ],
            id="to another service",
        ),
        pytest.param(
            True,
            [
                allow("iam:PassRole", Condition={"StringLike": {"iam:PassedToService": "lambda.*"}}),
                allow(*_RUNS),
            ],
            id="to the service",
        ),
    ],
)
def test_a_role_is_passed(expected: bool, statements: list[Json]) -> None:
    assert expected == _escalates(scene_of(role("climber", *statements), FUNCTION_ADMINISTRATOR))


def test_a_boundary_holds_until_it_can_be_taken_off() -> None:
    held = ManagedPolicy(
        f"{HEAD}:policy/held", "held", document(allow("s3:*", "iam:*RolePermissionsBoundary", _ATTACH))
    )
    kept = ManagedPolicy(f"{HEAD}:policy/kept", "kept", document(allow("s3:*", _ATTACH)))
    for boundary, expected in ((held, True), (kept, False)):
        one = role("climber", allow("*"), boundary=boundary.arn)
        assert expected == _escalates(scene_of(one, policies=[boundary]))


def test_users_join_groups_and_take_keys() -> None:
    group = Group(f"{HEAD}:group/administrators", "administrators", attached=(ADMINISTRATOR,))
    joiner, other = (
        user("joiner", allow("iam:AddUserToGroup")),
        user("other", allow("iam:AddUserToGroup", on=f"{HEAD}:group/x")),
    )
    taker = role("climber", allow("iam:CreateAccessKey", on=f"{HEAD}:user/chief"))
    chief = user("chief", attached=[ADMINISTRATOR])
    where = scene_of(joiner, other, taker, chief, groups=[group])
    assert ["role/climber", "user/joiner"] == short(found_by("escalation", where))
    assert "iam-013" in found_by("escalation", where)[1].ladder[0]


def test_an_own_policy_is_edited() -> None:
    own = ManagedPolicy(
        f"{HEAD}:policy/own", "own", document(allow("iam:CreatePolicyVersion", on=f"{HEAD}:policy/own"))
    )
    where = scene_of(
        role("climber", attached=[own.arn]),
        role("other", allow("iam:CreatePolicyVersion", on=f"{HEAD}:policy/x")),
        policies=[own],
    )
    assert ["role/climber"] == short(found_by("escalation", where))


def test_another_is_given_anything_and_assumed() -> None:
    other = role("other", trust={"AWS": f"{HEAD}:root"})
    both = role("climber", allow(_ATTACH, "sts:AssumeRole", on=other.arn))
    only = role("giver", allow(_ATTACH, on=other.arn))
    found = found_by("escalation", scene_of(both, only, other))
    assert ["role/climber"] == short(found)
    assert "iam-014" in found[0].ladder[0]


def test_chains_are_shortest_and_lead_on() -> None:
    last = role("last", allow(_ATTACH, on=f"{HEAD}:role/last"), trust={"AWS": f"{HEAD}:role/middle"})
    middle = role("middle", allow("sts:AssumeRole"), trust={"AWS": f"{HEAD}:role/first"})
    first = role("first", allow("sts:AssumeRole"))
    where = scene_of(first, middle, last, role("aside", allow("s3:GetObject")))
    assert ["role/last"] == short(found_by("escalation", where))
    found = found_by("escalation-chain", where)
    assert ["role/middle", "role/first"] == short(found)
    assert [2, 3] == [len(one.ladder) for one in found]
    shared = found_by("shared-escalation-step", where)
    assert 3 == shared[0].paths
    assert all(one.severity is None and one.witness is None for one in shared)


def test_one_that_it_acts_as_gives_it_anything() -> None:
    helper = role("helper", allow(_ATTACH, on=f"{HEAD}:role/climber"), trust={"AWS": _OWN})
    (found,) = found_by("escalation-chain", scene_of(role("climber", allow("sts:AssumeRole")), helper))
    assert _OWN == found.subject
    assert "role/helper of 111122223333 gives another any permissions: role/climber" in found.ladder[1]
    assert "self-escalation" not in found.ladder[1]


def test_to_assume_an_administrator_is_milder_and_for_emergencies_silent() -> None:
    statement = allow("sts:AssumeRole", on=f"{HEAD}:role/*")
    emergency = role("break-glass", trust={"AWS": f"{HEAD}:root"}, attached=[ADMINISTRATOR])
    (found,) = found_by("escalation", scene_of(role("climber", statement), ROOT_ADMINISTRATOR))
    assert "high" == found.severity
    assert "sts-001" in found.ladder[0]
    assert [] == found_by("escalation", scene_of(role("climber", statement), emergency))
    takes = role("climber", allow("iam:UpdateAssumeRolePolicy"))
    assert ["role/climber"] == short(found_by("escalation", scene_of(takes, emergency)))


def test_the_finding_names_statement_witness_and_remedy() -> None:
    (found,) = found_by("escalation", scene_of(role("climber", {**allow(_ATTACH), "Sid": "Own"})))
    assert "`Own` of role/climber, inline policy access" in found.ladder[0]
    assert found.witness is not None
    assert (_ATTACH, _OWN) == (found.witness.action, found.witness.resource)
    assert found.remedy.cli.startswith("aws iam put-role-policy --role-name climber --policy-name access")
    assert 1 == found.paths


def test_service_linked_roles_are_left_out_and_permission_sets_told() -> None:
    linked = role("AWSServiceRoleForX", allow(_ATTACH), path="/aws-service-role/x.amazonaws.com/")
    reserved = role(
        "AWSReservedSSO_Builders_0123456789abcdef",
        allow("iam:PassRole", *_RUNS),
        path="/aws-reserved/sso.amazonaws.com/",
    )
    (found,) = found_by("escalation", scene_of(linked, reserved, FUNCTION_ADMINISTRATOR))
    assert "permission set Builders" in found.remedy.says
    assert "sso-admin" in found.remedy.cli


def test_what_runs_already_is_low_and_not_known_for_those_with_the_broad_action() -> None:
    broad = role("broad", allow("lambda:UpdateFunctionCode"))
    narrow = role("narrow", allow("lambda:UpdateFunctionCode", on=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:mine"))
    (found,) = found_by("escalation", scene_of(broad, narrow, FUNCTION_ADMINISTRATOR))
    assert (broad.arn, "low") == (found.subject, found.severity)
    assert "lambda:UpdateFunctionCode" in found.unknown
    assert found.witness is None
    assert [] == found_by(
        "escalation",
        scene_of(broad, role("administrator", attached=[ADMINISTRATOR], trust={"Service": "ec2.amazonaws.com"})),
    )


def _organization(scp: str, **more: object) -> Organization:
    policy = OrganizationPolicy("p-1", "guard", "scp", scp)
    whole = OrganizationPolicy("p-FullAWSAccess", "FullAWSAccess", "scp", _FULL, is_aws_managed=True)
    nodes = (
        Node("r-1", "Root", "root", scps=("p-FullAWSAccess",)),
        Node("999988887777", "management", "account", "r-1", scps=("p-FullAWSAccess",)),
        Node(ACCOUNT, "work", "account", "r-1", scps=("p-FullAWSAccess", "p-1")),
    )
    return Organization("o-1", "999988887777", nodes, (policy, whole), enabled=("scp",), **more)  # type: ignore[arg-type]


def test_an_scp_that_denies_leaves_no_way() -> None:
    climber = role("climber", allow(_ATTACH))
    denies = document(_deny(_ATTACH, Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/platform/*"}}))
    others = document(_deny("iam:CreateUser"))
    assert not _escalates(scene_of(climber, organization=_organization(denies)))
    assert _escalates(scene_of(climber, organization=_organization(others)))


def test_people_are_assigned_where_identity_center_is_administered() -> None:
    climber = role("climber", allow("sso:CreateAccountAssignment"))
    delegated = (Delegation(ACCOUNT, ("sso.amazonaws.com",)),)
    full = document(_deny("iam:CreateUser"))
    assert not _escalates(scene_of(climber, organization=_organization(full)))
    where = scene_of(climber, organization=_organization(full, delegations=delegated))
    assert "identity-center-create-account-assignment" in found_by("escalation", where)[0].ladder[0]


def test_an_identity_policy_that_was_not_read_is_no_administrator() -> None:
    where = scene_of(role("climber", attached=[f"{HEAD}:policy/missing"]))
    assert {} == where.power.administrators
    assert [] == [one for one in found_by("escalation", where) if one.severity != "low"]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "=cmd|'/C calc'!A0", "a\u202eb\nc", "$(rm -rf ~)", "'; x"]
)
def test_hostile_names_are_quoted_and_kept_whole(name: str) -> None:
    (found,) = found_by("escalation", scene_of(role(name, allow(_ATTACH))))
    assert name in found.subject
    assert f" {name} " not in found.remedy.cli
    assert "'" in found.remedy.cli


@pytest.mark.parametrize("name", ["escalation", "escalation-chain", "shared-escalation-step"])
def test_an_empty_estate_has_none(name: str) -> None:
    assert [] == found_by(name, scene())
    assert [] == found_by(name, scene(iam()))


def test_another_accounts_administrator_is_assumed() -> None:
    there = "444455556666"
    target = role("administrator", trust={"AWS": _OWN}, attached=[ADMINISTRATOR], account=there)
    climber = role("climber", allow("sts:AssumeRole", on=target.arn))
    idle = role("idle", allow("s3:*"))
    where = scene(iam(climber, idle), iam(target, account=there))
    assert ["role/climber"] == short(found_by("escalation", where))


def test_what_it_says_is_json_safe() -> None:
    (found,) = found_by(
        "escalation", scene_of(role("climber", allow("iam:PassRole", *_RUNS), trust=LAMBDA), FUNCTION_ADMINISTRATOR)
    )
    assert json.loads(json.dumps([found.message, *found.ladder, *found.evidence]))
    assert "lambda-001, new-passrole" in found.ladder[0]
