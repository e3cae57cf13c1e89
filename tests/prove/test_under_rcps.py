"""Who outside gets at a resource under the RCPs of its account, and without a key that the policy may ask for."""

from __future__ import annotations

import json

import pytest

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.language.parse import parse_policy
from leastwise.model.decision import ALLOW
from leastwise.model.policy import Kind, Policy
from leastwise.prove.compare import ALL_IDENTITY, FULL_RCP
from leastwise.prove.public import Audience, Trusted, reachable_from
from leastwise.prove.verdict import Verdict

OWNER, ORGANISATION = "111122223333", "o-exampleorg"
PARTNER = "arn:aws:iam::999988887777:root"
INSIDE = Trusted((OWNER,), (ORGANISATION,))


def made(kind: Kind, **statement: object) -> Policy:
    return parse_policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), kind=kind, name=kind)


def bucket(principal: object) -> Policy:
    return made("resource", Effect="Allow", Principal=principal, Action="s3:GetObject", Resource="arn:aws:s3:::b/*")


def denying(**condition: object) -> Policy:
    return made("rcp", Effect="Deny", Principal="*", Action="s3:*", Resource="*", Condition=condition)


TLS = denying(BoolIfExists={"aws:SecureTransport": "false"})
PERIMETER = denying(StringNotEqualsIfExists={"aws:PrincipalOrgID": ORGANISATION})
BUT_PARTNER = denying(
    StringNotEqualsIfExists={"aws:PrincipalOrgID": ORGANISATION},
    ArnNotLikeIfExists={"aws:PrincipalArn": "arn:aws:iam::999988887777:role/allowed"},
)


@pytest.mark.parametrize(
    ("principal", "audience", "rcps", "expected"),
    [
        ("*", "internet", [], Verdict.FAIL),
        ("*", "internet", [[TLS]], Verdict.FAIL),
        ("*", "internet", [[TLS], [PERIMETER]], Verdict.PASS),
        ({"AWS": PARTNER}, "internet", [], Verdict.PASS),
        ({"AWS": PARTNER}, "outside", [[TLS]], Verdict.FAIL),
        ({"AWS": PARTNER}, "outside", [[PERIMETER]], Verdict.PASS),
        ({"AWS": PARTNER}, "outside", [[BUT_PARTNER]], Verdict.FAIL),
        ({"AWS": f"arn:aws:iam::{OWNER}:root"}, "outside", [], Verdict.PASS),
    ],
)
def test_rcps_close_what_the_policy_opens(
    principal: object, audience: Audience, rcps: list[list[Policy]], expected: Verdict
) -> None:
    policy = bucket(principal)
    proof = reachable_from(policy, audience, resource_type="s3:bucket", trusted=INSIDE, rcps=rcps, owner=OWNER)
    assert expected is proof.verdict
    if proof.witness is not None:
        levels = [[FULL_RCP, *level] for level in rcps]
        whole = PolicySet(identity=ALL_IDENTITY, resource=policy, rcps=levels)
        assert ALLOW is evaluate(proof.witness, whole).outcome


@pytest.mark.parametrize(("operator", "expected"), [("StringEquals", True), ("StringEqualsIfExists", False)])
def test_a_key_that_requests_do_not_have_is_asked_for_or_not(operator: str, expected: bool) -> None:
    trust = made(
        "trust",
        Effect="Allow",
        Principal={"AWS": PARTNER},
        Action="sts:AssumeRole",
        Condition={operator: {"sts:ExternalId": "a1b2c3d4"}},
    )
    asked = {"resource_type": "sts:role", "trusted": INSIDE, "owner": OWNER}
    assert Verdict.FAIL is reachable_from(trust, "outside", **asked).verdict  # type: ignore[arg-type]
    without = reachable_from(trust, "outside", without=("sts:externalid",), **asked)  # type: ignore[arg-type]
    assert expected is without.holds
