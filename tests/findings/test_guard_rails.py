"""Checks of guard rails: boundaries that are left, SCPs that are missing, perimeters with holes, emergencies."""

from __future__ import annotations

import pytest
from small_scenes import ACCOUNT, ADMINISTRATOR, HEAD, allow, document, found_by, iam, role, scene, short, user
from test_outsiders import ORGANISATION, OTHER, PERIMETER, Json, organisation

from leastwise.estate.held import ManagedPolicy, Node, Organization, OrganizationPolicy, Role
from leastwise.findings.scene import Scene, Settings

CEILING = f"{HEAD}:policy/ceiling"
MADE = f"{HEAD}:role/*"


def ceiling(*statements: Json) -> ManagedPolicy:
    return ManagedPolicy(CEILING, "ceiling", document(*statements))


def bounded(*statements: Json, name: str = "team", attached: tuple[str, ...] = ()) -> Role:
    return role(name, *statements, boundary=CEILING, attached=attached)


def test_a_boundary_that_is_left_is_one_finding_with_its_ladder() -> None:
    limit = ceiling(allow("iam:*", "s3:*"))
    team = bounded(attached=(ADMINISTRATOR,))
    (found,) = found_by("boundary-can-be-left", scene(iam(team, policies=[limit])))
    assert (f"{HEAD}:role/team", CEILING) == (found.subject, found.key)
    assert found.ladder and found.witness is not None
    assert found.evidence  # the other ways


def test_a_boundary_that_holds_is_silent() -> None:
    where = scene(iam(bounded(allow("s3:GetObject")), policies=[ceiling(allow("s3:*"))]))
    assert [] == found_by("boundary-can-be-left", where)


def test_a_boundary_that_is_not_known_is_said_once_and_milder() -> None:
    where = scene(iam(bounded(allow("iam:CreateRole")), bounded(allow("s3:*"), name="other")))
    found = found_by("boundary-can-be-left", where)
    assert [(CEILING, "info")] == [(one.subject, one.severity) for one in found if one.severity == "info"]
    assert all(one.unknown for one in found if one.severity == "info")


GUARD = OrganizationPolicy("p-guard", "guard", "scp", document(allow("s3:DeleteBucket") | {"Effect": "Deny"}))
FULL = ("p-FullAWSAccess",)


def tree(*without: str, above: bool = False) -> Organization:
    """Four accounts under one OU, and four OUs with one account each; all have the SCP but those named."""
    accounts = [f"{number:012}" for number in range(1, 5)]
    nodes = [Node("r-root", "Root", "root", scps=(*FULL, *(("p-guard",) if above else ())))]
    nodes.append(Node("ou-many", "Many", "ou", "r-root", scps=FULL))
    nodes += [
        Node(one, one, "account", "ou-many", scps=FULL if one in without else (*FULL, "p-guard")) for one in accounts
    ]
    return Organization(ORGANISATION, "000000000000", tuple(nodes), (GUARD,), enabled=("scp",))


def units(*without: str) -> Organization:
    nodes = [Node("r-root", "Root", "root", scps=FULL)]
    for number in range(1, 5):
        unit = f"ou-{number}"
        nodes.append(Node(unit, unit, "ou", "r-root", scps=FULL if unit in without else (*FULL, "p-guard")))
        nodes.append(Node(f"{number:012}", "account", "account", unit, scps=FULL))
    return Organization(ORGANISATION, "000000000000", tuple(nodes), (GUARD,), enabled=("scp",))


def test_an_account_without_its_siblings_scp_is_found_with_a_request() -> None:
    (found,) = found_by("account-without-scp", scene(tree("000000000003")))
    assert ("000000000003", "p-guard", "account") == (found.subject, found.key, found.kind)
    assert found.witness is not None and "s3:DeleteBucket" == found.witness.action
    assert [] == found_by("unit-without-scp", scene(tree("000000000003")))


def test_what_the_levels_above_deny_already_is_not_missing() -> None:
    assert [] == found_by("account-without-scp", scene(tree("000000000003", above=True)))


def test_what_half_of_the_siblings_lack_is_not_missing() -> None:
    assert [] == found_by("account-without-scp", scene(tree("000000000002", "000000000003")))


def test_a_unit_without_its_siblings_scp_is_found() -> None:
    (found,) = found_by("unit-without-scp", scene(units("ou-2")))
    assert ("ou-2", "node") == (found.subject, found.kind)
    assert [] == found_by("unit-without-scp", scene(units()))


def test_a_perimeter_that_services_pass_is_found() -> None:
    (found,) = found_by("perimeter-open-to-services", scene(organisation(PERIMETER)))
    assert ("r-root", None) == (found.subject, found.severity)
    assert found.witness is not None
    closing: Json = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:*", "sqs:*", "sts:*"],
        "Resource": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:SourceOrgID": ORGANISATION},
            "Null": {"aws:SourceAccount": "false"},
            "Bool": {"aws:PrincipalIsAWSService": "true"},
        },
    }
    assert [] == found_by("perimeter-open-to-services", scene(organisation(PERIMETER, closing)))


def emergency(condition: Json | None = None, *, name: str = "break-glass") -> Role:
    return role(name, trust={"AWS": f"{HEAD}:root"}, attached=[ADMINISTRATOR], conditions=condition)


MFA: Json = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
CALLER = user("caller", allow("sts:AssumeRole", on=MADE))


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (emergency(), ["role/break-glass"]),
        (emergency(MFA), []),
        (emergency({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}), []),
        (emergency({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), ["role/break-glass"]),
        (emergency(name="deploy"), []),
    ],
)
def test_roles_for_emergencies_ask_for_mfa(one: Role, expected: list[str]) -> None:
    found = found_by("break-glass-without-mfa", scene(iam(CALLER, one)))
    assert expected == short(found)
    assert all(each.witness is not None or each.unknown for each in found)


def test_which_roles_are_for_emergencies_is_a_setting() -> None:
    where = scene(iam(CALLER, emergency(name="fire-door")))
    told = Scene(where.estate, where.catalogue, Settings(break_glass=("arn:*:role/fire-*",)))
    assert ([], ["role/fire-door"]) == (
        found_by("break-glass-without-mfa", where),
        short(found_by("break-glass-without-mfa", told)),
    )


def test_an_alarm_is_never_known_and_asked_once_an_account() -> None:
    many = [emergency(name=f"break-glass-{number}") for number in range(3)]
    (found,) = found_by("break-glass-without-alarm", scene(iam(*many)))
    assert ACCOUNT == found.subject
    assert found.unknown and 3 == len(found.evidence)
    assert [] == found_by("break-glass-without-alarm", scene(iam(role("worker"))))


ASKED: Json = {"StringEquals": {"iam:PermissionsBoundary": CEILING}}


@pytest.mark.parametrize(
    ("maker", "expected"),
    [
        (role("maker", allow("iam:CreateRole")), ["role/maker"]),
        (role("maker", allow("iam:CreateRole", Condition=ASKED)), []),
        (role("maker", allow("iam:CreateRole"), allow("iam:CreateRole", Condition=ASKED)), ["role/maker"]),
        (role("maker", attached=[ADMINISTRATOR]), []),
        (role("maker", allow("iam:CreateRole"), boundary=CEILING), []),
        (role("break-glass", allow("iam:CreateRole")), []),
    ],
)
def test_makers_of_roles_ask_for_the_boundary_of_their_account(maker: Role, expected: list[str]) -> None:
    where = scene(iam(maker, bounded(allow("s3:GetObject")), policies=[ceiling(allow("s3:*"))]))
    found = found_by("creates-without-boundary", where)
    assert expected == short(found)
    assert all(one.witness is not None for one in found)


def test_where_no_boundary_is_in_use_none_is_asked_for() -> None:
    assert [] == found_by("creates-without-boundary", scene(iam(role("maker", allow("iam:CreateRole")))))


def test_without_an_organisation_nothing_is_missing_in_it() -> None:
    for name in ("account-without-scp", "unit-without-scp", "perimeter-open-to-services", "scp-that-never-binds"):
        assert [] == found_by(name, scene(iam(role("worker"))))


def test_the_other_account_is_not_asked_for_the_boundary_of_this_one() -> None:
    maker = role("maker", allow("iam:CreateRole"), account=OTHER)
    parts = (iam(maker, account=OTHER), iam(bounded(allow("s3:*")), policies=[ceiling(allow("s3:*"))]))
    assert [] == found_by("creates-without-boundary", scene(*parts))
