"""What is taken for granted: each group settles a question that is open without it, and is named where it is needed."""

from __future__ import annotations

import pytest
from proving import Json, allow, assert_found, deny, document

from leastwise.prove.axioms import ALL, AXIOMS, TOLD, Axiom
from leastwise.prove.queries import no_new_access
from leastwise.prove.verdict import Verdict

NOTHING = deny("*", "*")
QUEUE = "arn:aws:sqs:eu-west-1:444455556666:q"
HAS_TAG = {"StringLike": {"aws:RequestTag/team": "*"}}

PAIRS: dict[Axiom, tuple[Json, Json]] = {
    "resources": (allow(resource="arn:aws:s3:::b*/*"), allow(resource="arn:aws:s3:::b*")),
    "typed-keys": (
        NOTHING,
        allow(
            when={
                "Null": {"aws:SecureTransport": "false"},
                "StringNotEquals": {"aws:SecureTransport": ["true", "false"]},
            }
        ),
    ),
    "sent-keys": (NOTHING, allow(when={"StringEquals": {"ec2:Region": "eu-west-1"}})),
    "always-sent": (NOTHING, allow(when={"StringNotLike": {"aws:RequestedRegion": "*"}})),
    "single-valued": (
        NOTHING,
        allow(
            when={
                "ForAnyValue:StringEquals": {"aws:PrincipalTag/team": "a"},
                "ForAnyValue:StringLike": {"aws:PrincipalTag/team": "b*"},
            }
        ),
    ),
    "principal": (
        allow(when={"StringEquals": {"aws:PrincipalAccount": "111122223333"}}),
        allow(when={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/x"}}),
    ),
    "service-keys": (NOTHING, allow(when={"StringEquals": {"aws:SourceAccount": "111122223333"}})),
    "resource-account": (
        NOTHING,
        allow("sqs:SendMessage", QUEUE, {"StringEquals": {"aws:ResourceAccount": "111122223333"}}),
    ),
    "request-tags": (
        allow("ec2:CreateTags", "*", HAS_TAG),
        allow("ec2:CreateTags", "*", {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}),
    ),
    "network": (
        NOTHING,
        allow(when={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringLike": {"aws:SourceVpce": "*"}}),
    ),
    "mfa": (
        NOTHING,
        allow(
            when={
                "NumericLessThan": {"aws:MultiFactorAuthAge": "60"},
                "Bool": {"aws:MultiFactorAuthPresent": "false"},
            }
        ),
    ),
}


def test_every_group_has_such_a_pair_and_is_told() -> None:
    assert set(AXIOMS) == set(PAIRS) == set(TOLD)


@pytest.mark.parametrize("axiom", AXIOMS)
def test_a_group_settles_what_is_open_without_it(axiom: Axiom) -> None:
    old, new = (document(statement) for statement in PAIRS[axiom])
    proof = no_new_access(old, new)
    assert Verdict.PASS == proof.verdict
    assert axiom in proof.axioms
    assert_found(no_new_access(old, new, axioms=ALL - {axiom}), old, new)


def test_what_needs_no_axiom_names_none() -> None:
    old, new = document(allow("s3:*", "*")), document(allow(resource="arn:aws:s3:::b/x*"))
    proof = no_new_access(old, new)
    assert (Verdict.PASS, ()) == (proof.verdict, proof.axioms)
    assert Verdict.PASS == no_new_access(old, new, axioms=frozenset()).verdict
