"""One policy for all layers: proved equal, or the difference shown."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from leastwise.estate.assemble import Estate
from leastwise.estate.consolidate import consolidated
from leastwise.estate.effective import layers_of, permissions
from leastwise.estate.gather import gathered
from leastwise.estate.held import Iam, InlinePolicy, ManagedPolicy, Node, Organization, OrganizationPolicy, Role
from leastwise.estate.offline import read_files
from leastwise.sample import Size, company, write_estate

ACCOUNT = "111122223333"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/limit"
Json = dict[str, object]


def text(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: object, resource: object = "*", **rest: object) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **rest}


def estate(identity: str, *, boundary: str | None = None, scps: tuple[str, ...] = ()) -> Estate:
    """One role under a boundary and one level of SCPs beside the level that allows all."""
    role = Role(
        f"arn:aws:iam::{ACCOUNT}:role/r",
        "r",
        inline=(InlinePolicy("p", identity),),
        boundary=BOUNDARY if boundary else None,
    )
    limit = (ManagedPolicy(BOUNDARY, "limit", boundary),) if boundary else ()
    found: list[Iam | Organization] = [Iam(ACCOUNT, roles=(role,), policies=limit)]
    if scps:
        names = tuple(f"p-{number}" for number in range(len(scps)))
        policies = tuple(OrganizationPolicy(name, name, "scp", body) for name, body in zip(names, scps, strict=True))
        nodes = (
            Node("r-1", "Root", "root", scps=("p-FullAWSAccess",)),
            Node(ACCOUNT, "a", "account", "r-1", scps=names),
        )
        found.append(Organization("o-1", "999999999999", nodes, policies, enabled=("scp",)))
    return Estate(gathered(found))


CONDITIONS: dict[str, Json] = {
    "equals": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}},
    "not equals": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
    "like, if it exists": {"StringLikeIfExists": {"aws:PrincipalTag/team": "a*"}},
    "two keys": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}, "Bool": {"aws:SecureTransport": "true"}},
    "absent": {"Null": {"aws:PrincipalTag/team": "false"}},
    "addresses": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    "any of a list": {"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}},
    "all of a list": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
    "a bound": {"NumericLessThan": {"s3:max-keys": "100"}},
    "a date": {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_conditions_of_a_boundary_are_turned_round(name: str) -> None:
    boundary = text(allow("s3:*", Condition=CONDITIONS[name]), allow("sqs:*"))
    found = consolidated(
        layers_of(estate(text(allow(["s3:ListBucket", "sqs:*", "ec2:*"])), boundary=boundary), "role/r")
    )
    assert (True, ()) == (found.is_equal, found.approximations)


@pytest.mark.parametrize(
    "boundary",
    [
        text(allow("s3:*", ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"])),
        text({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        text({"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::secret/*"}),
        text(allow("s3:Get*", "arn:aws:s3:::a/*"), allow("s3:*", Condition=CONDITIONS["two keys"])),
        text(allow("*"), {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}),
        text(allow("sqs:*")),
    ],
)
def test_a_boundary_of_any_form_is_proved_equal(boundary: str) -> None:
    identity = text(allow("s3:*"), allow("iam:Get*", Condition=CONDITIONS["equals"]))
    assert consolidated(layers_of(estate(identity, boundary=boundary), "role/r")).is_equal


def test_scps_are_proved_equal_and_hold_no_service_that_is_free_of_them() -> None:
    region = {"Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*", "Condition": CONDITIONS["not equals"]}
    found = consolidated(
        layers_of(estate(text(allow("*")), scps=(text(allow(["s3:*", "iam:*"])), text(region))), "role/r")
    )
    assert (True, ()) == (found.is_equal, found.approximations)
    assert any("mechanicalturk:*" in one.actions for one in found.policy.statements if one.is_not_action)


def test_what_is_only_near_is_said_and_shown() -> None:
    boundary = text(allow("s3:*", Condition={"NumericLessThan": {"s3:max-keys": ["10", "100"]}}))
    found = consolidated(layers_of(estate(text(allow("s3:ListBucket")), boundary=boundary), "role/r"))
    assert found.approximations
    assert not found.is_equal
    assert found.gained.holds, "it may be narrower, never wider"


def test_a_boundary_leaves_what_both_allow() -> None:
    (found,) = permissions(
        layers_of(estate(text(allow(["s3:GetObject", "sqs:*"])), boundary=text(allow("s3:*"))), "role/r")
    )
    assert (("s3:GetObject",), True) == (found.actions, found.is_certain)


def test_everybody_of_a_made_up_company_is_proved_equal(tmp_path: Path) -> None:
    write_estate(company(Size(accounts=2, roles=24), today=date(2026, 6, 1)), tmp_path)
    whole = Estate(gathered(read_files([tmp_path])))
    names = [*sorted(whole.holders), *(f"arn:aws:iam::{account}:root" for account in whole.snapshot.accounts)]
    assert [] == [name for name in names if not consolidated(layers_of(whole, name)).is_equal]
