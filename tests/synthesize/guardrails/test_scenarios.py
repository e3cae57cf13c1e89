"""Cases are read with their places, and tried where the policy stands."""

from __future__ import annotations

import pytest

from leastwise.language.parse import parse_policy
from leastwise.model.errors import InputError
from leastwise.model.policy import Kind, Policy
from leastwise.synthesize.guardrails.scenarios import Beside, Case, cases_in, tried

ROLE = "arn:aws:iam::111122223333:role/app"
CASE = {"principal": ROLE, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "expected": "ALLOW"}


def _policy(kind: Kind, **statement: object) -> Policy:
    whole = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", **statement}
    return parse_policy({"Version": "2012-10-17", "Statement": [whole]}, kind=kind)


def _case(**fields: object) -> Case:
    (found,) = cases_in([{**CASE, **fields}], ["f.toml:1"])
    return found


def test_a_case_is_read_whole() -> None:
    found = _case(
        name="n",
        tags={"team": "a"},
        context={"aws:MultiFactorAuthPresent": True, "aws:TagKeys": ["x"], "s3:max-keys": 5},
        absent=["aws:SourceVpc"],
        complete=True,
        resource_account="444455556666",
        expected="depends",
    )
    context = {"aws:MultiFactorAuthPresent": True, "aws:TagKeys": ["x"], "s3:max-keys": 5, "aws:SourceVpc": None}
    assert ("n", "DEPENDS", {"team": "a"}, context) == (found.name, found.expected, found.tags, found.context)
    assert (True, "444455556666", "f.toml:1") == (found.is_complete, found.resource_account, found.place)


FAULTS: dict[str, tuple[object, str]] = {
    "no table": ("s3:GetObject", "it is no case"),
    "no principal": ({"action": "s3:GetObject", "expected": "ALLOW"}, "`principal` is missing"),
    "no outcome": ({**CASE, "expected": "DENIED"}, "`DENIED` is no outcome"),
    "a pattern": ({**CASE, "action": "s3:*"}, "`s3:*` is no action"),
    "a field more": ({**CASE, "effect": "Allow"}, "no field `effect`"),
    "tags that are no texts": ({**CASE, "tags": {"a": 1}}, "`tags` is no table of texts"),
    "a context that is no table": ({**CASE, "context": ["a"]}, "`context` is no table"),
    "a value that is none": ({**CASE, "context": {"a": {"b": "c"}}}, "`a` has no value of a key"),
    "absent that is no list": ({**CASE, "absent": "aws:SourceVpc"}, "`absent` is no list"),
    "nobody": ({**CASE, "principal": "ann"}, "cannot make out the principal `ann`"),
    "a number": ({**CASE, "resource": 5}, "`resource` is no text"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_case_at_fault_is_said_with_its_place(name: str) -> None:
    case, fault = FAULTS[name]
    with pytest.raises(InputError) as raised:
        cases_in([CASE, case], ["f.toml:1", "f.toml:9"])
    assert f"f.toml:9: {fault}" in raised.value.message


@pytest.mark.parametrize("found", [None, [], "case"])
def test_a_file_without_cases_is_said(found: object) -> None:
    with pytest.raises(InputError, match="there is no case"):
        cases_in(found, [])


PLACED: dict[str, tuple[Policy, dict[str, object], str]] = {
    "an SCP that denies": (_policy("scp"), {}, "EXPLICIT_DENY"),
    "an SCP of another action": (_policy("scp", Action="s3:PutObject"), {}, "ALLOW"),
    "an SCP that is an allow list": (_policy("scp", Effect="Allow", Action="sqs:*"), {}, "IMPLICIT_DENY"),
    "an SCP and a stranger's bucket": (_policy("scp"), {"resource_account": "999999999999"}, "EXPLICIT_DENY"),
    "an RCP and a stranger": (
        _policy("rcp", Principal="*"),
        {"principal": "arn:aws:iam::999999999999:role/x", "resource_account": "111122223333"},
        "EXPLICIT_DENY",
    ),
    "an RCP and anybody": (_policy("rcp", Principal="*", Action="s3:PutObject"), {"principal": "anonymous"}, "ALLOW"),
    "a boundary that allows": (_policy("boundary", Effect="Allow"), {}, "ALLOW"),
    "a boundary that does not": (_policy("boundary", Effect="Allow", Action="sqs:*"), {}, "IMPLICIT_DENY"),
    "a boundary and a key, whose policy lets the account in": (
        _policy("boundary", Effect="Allow", Action="kms:*"),
        {"action": "kms:Decrypt", "resource": "arn:aws:kms:eu-west-1:111122223333:key/1"},
        "ALLOW",
    ),
    "a boundary and another account's bucket": (
        _policy("boundary", Effect="Allow"),
        {"resource_account": "444455556666"},
        "ALLOW",
    ),
    "a key that is not known": (
        _policy("scp", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        {},
        "DEPENDS",
    ),
    "a key that is absent": (
        _policy("scp", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        {"absent": ["aws:RequestedRegion"]},
        "ALLOW",
    ),
}


@pytest.mark.parametrize("name", PLACED)
def test_a_policy_is_tried_in_its_place(name: str) -> None:
    policy, fields, outcome = PLACED[name]
    found = tried(_case(**fields, expected=outcome, complete=name != "a key that is not known"), policy.kind, [policy])
    assert outcome == found.decision.outcome.value
    assert found.holds
    wrong = "ALLOW" if outcome != "ALLOW" else "DENY"
    assert not tried(_case(**fields, expected=wrong, complete=found.case.is_complete), policy.kind, [policy]).holds


@pytest.mark.parametrize(("outcome", "holds"), [("EXPLICIT_DENY", True), ("IMPLICIT_DENY", True), ("ALLOW", False)])
def test_deny_is_either_denial(outcome: str, holds: bool) -> None:
    policies = {
        "EXPLICIT_DENY": _policy("boundary"),
        "IMPLICIT_DENY": _policy("boundary", Effect="Allow", Action="sqs:*"),
        "ALLOW": _policy("boundary", Effect="Allow"),
    }
    assert holds == tried(_case(expected="DENY", complete=True), "boundary", [policies[outcome]]).holds


def test_other_policies_stand_beside() -> None:
    boundary = _policy("boundary", Effect="Allow")
    case = _case(expected="EXPLICIT_DENY", complete=True)
    assert tried(case, "boundary", [boundary], beside=Beside(scps=(_policy("scp"),))).holds
    narrow = _policy("identity", Effect="Allow", Action="sqs:*")
    case = _case(expected="IMPLICIT_DENY", complete=True)
    assert tried(case, "boundary", [boundary], beside=Beside(identity=(narrow,))).holds


def test_two_boundaries_are_refused() -> None:
    with pytest.raises(InputError, match="one permissions boundary"):
        tried(_case(complete=True), "boundary", [_policy("boundary")] * 2)
