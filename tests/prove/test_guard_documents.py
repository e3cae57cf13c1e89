"""SCPs and RCPs compared by themselves: whom they bind, and that only denying is no reason to look at nothing."""

from __future__ import annotations

import json

import pytest
from proving import assert_found

from leastwise.language.parse import parse_policy
from leastwise.model.policy import Kind, Policy
from leastwise.prove.checking.verify import verified
from leastwise.prove.queries import no_new_access
from leastwise.prove.verdict import Verdict

ROOT = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
GET = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}


def _scp(*statements: dict[str, object], kind: Kind = "scp") -> Policy:
    everyone = {"Principal": "*"} if kind == "rcp" else {}
    return parse_policy(
        {"Version": "2012-10-17", "Statement": [{**one, **everyone} for one in statements]}, kind=kind, name=kind
    )


def test_an_rcp_that_denies_less_is_new_access() -> None:
    put = {**GET, "Action": "s3:PutObject"}
    old, new = _scp(GET, put, kind="rcp"), _scp(put, kind="rcp")
    assert_found(no_new_access(old, new), old, new)
    assert Verdict.PASS == no_new_access(new, old).verdict


def test_an_rcp_that_denies_something_else_is_new_access() -> None:
    old, new = _scp(GET, kind="rcp"), _scp({**GET, "Action": "kms:ScheduleKeyDeletion"}, kind="rcp")
    assert_found(no_new_access(old, new), old, new)


def test_an_rcp_with_a_condition_more_is_new_access() -> None:
    old = _scp(GET, kind="rcp")
    new = _scp({**GET, "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}, kind="rcp")
    assert_found(no_new_access(old, new), old, new)


@pytest.mark.parametrize("more", [{}, {"Null": {"aws:AssumedRoot": "true"}}])
def test_an_scp_binds_the_root_user(more: dict[str, object]) -> None:
    old, new = _scp(ALL, {**GET, "Condition": {**ROOT, **more}}), _scp(ALL)
    found = no_new_access(old, new)
    assert_found(found, old, new)
    assert found.witness is not None
    assert "root" == getattr(found.witness.principal, "kind", None)


def test_an_identity_policy_does_not_bind_the_root_user() -> None:
    old = _scp(ALL, {**GET, "Condition": ROOT}, kind="identity")
    assert Verdict.PASS == no_new_access(old, _scp(ALL, kind="identity")).verdict


@pytest.mark.parametrize("kind", ["scp", "rcp"])
def test_a_certificate_of_it_holds(kind: Kind) -> None:
    first = (ALL,) if kind == "scp" else ()
    old = _scp(*first, {**GET, "Condition": ROOT}, kind=kind)
    proof = no_new_access(old, _scp(*first, GET, kind=kind))
    assert proof.certify is not None
    told = verified(json.dumps(proof.certify()).encode())
    assert Verdict.PASS == told.verdict


def test_resources_of_another_account_are_no_contradiction() -> None:
    ours = {"StringEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}}
    role = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/break-glass"}}
    elsewhere = {"StringEquals": {"aws:ResourceAccount": "999999999999"}}
    old = _scp(ALL, {**GET, "Condition": elsewhere})
    new = _scp(
        ALL, {**GET, "Condition": {"StringEquals": {**elsewhere["StringEquals"]}, **role}}, {**GET, "Condition": ours}
    )
    assert_found(no_new_access(old, new), old, new)
