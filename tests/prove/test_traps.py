"""Questions that other tools get wrong, each with the answer that is right and a request that shows it."""

from __future__ import annotations

import pytest
from proving import allow, assert_found, deny, document

from leastwise import Policy, PolicySet
from leastwise.model.request import principal_of
from leastwise.prove.axioms import ALL
from leastwise.prove.public import Definition, not_public, reachable_from
from leastwise.prove.queries import no_new_access, within
from leastwise.prove.verdict import Verdict

ORGANISATION = "aws:PrincipalOrgID"
AGE = "aws:MultiFactorAuthAge"
ROLE = principal_of("arn:aws:iam::123456789012:role/app")

LOOSENED = {
    "wider addresses": ({"IpAddress": {"aws:SourceIp": "10.0.1.0/24"}}, {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
    "a value more": ({"StringEquals": {ORGANISATION: "o-1"}}, {"StringEquals": {ORGANISATION: ["o-1", "o-2"]}}),
    "condition gone": ({"StringEquals": {ORGANISATION: "o-1"}}, None),
    "higher limit": ({"NumericLessThan": {AGE: "10"}}, {"NumericLessThan": {AGE: "100"}}),
}


@pytest.mark.parametrize("name", LOOSENED)
def test_a_loosened_condition_is_new_access(name: str) -> None:
    old, new = (document(allow(when=condition)) for condition in LOOSENED[name])
    assert_found(no_new_access(old, new), old, new)
    assert Verdict.PASS == no_new_access(new, old).verdict


def test_the_witness_has_what_the_condition_newly_takes() -> None:
    old, new = (document(allow(when=condition)) for condition in LOOSENED["a value more"])
    witness = no_new_access(old, new).witness
    assert witness is not None
    assert {ORGANISATION: "o-2"} == dict(witness.context)


def test_a_limit_raised_by_one_is_found_at_the_limit() -> None:
    old, new = (document(allow(when={"NumericLessThanEquals": {AGE: limit}})) for limit in ("10", "11"))
    proof = no_new_access(old, new)
    assert_found(proof, old, new)
    assert proof.witness is not None
    assert 10 < float(str(proof.witness.context[AGE])) <= 11


def test_numbers_that_contradict_allow_nothing() -> None:
    never = document(allow(when={"NumericLessThan": {AGE: "10"}, "NumericGreaterThan": {AGE: "20"}}))
    assert Verdict.PASS == no_new_access(document(allow(resource="arn:aws:s3:::other/*")), never).verdict
    ever = document(allow(when={"NumericLessThan": {AGE: "20"}, "NumericGreaterThan": {AGE: "10"}}))
    assert_found(no_new_access(never, ever), never, ever)


def test_a_list_may_hold_an_empty_value_beside_another() -> None:
    old, new = document(allow(when={"ForAllValues:StringNotLike": {"aws:TagKeys": ""}})), document(allow())
    every = ALL - {"sent-keys"}
    assert_found(no_new_access(old, new, axioms=every), old, new)


HOME = "arn:aws:s3:::b/home/${aws:username}/*"


def test_a_users_own_prefix_is_inside_what_holds_all_of_them() -> None:
    own, every = document(allow(resource=HOME)), document(allow(resource="arn:aws:s3:::b/home/*"))
    assert Verdict.PASS == no_new_access(every, own).verdict
    assert Verdict.PASS == no_new_access(own, own).verdict
    assert_found(no_new_access(own, every), own, every)


TOLD_BY_A_VALUE = {
    "an account equal to another": allow(
        "sqs:SendMessage", "*", {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}
    ),
    "the same the other way round": allow(
        "sqs:SendMessage", "*", {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}
    ),
    "one organisation": allow("sqs:*", "*", {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}),
    "a bucket with its object": allow(resource="arn:aws:s3:::${aws:PrincipalTag/home}"),
    "a kind with its name": allow("iam:GetUser", "arn:aws:iam::123456789012:${aws:PrincipalTag/self}"),
    "a list of what is compared": allow(
        "sqs:*", "*", {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::${aws:PrincipalTag/home}"}}
    ),
}


@pytest.mark.parametrize("name", TOLD_BY_A_VALUE)
def test_a_variable_may_have_a_value_of_a_form(name: str) -> None:
    """No letter may stand for a value of which more is known than that it is a text."""
    old, new = document(deny("*", "*")), document(TOLD_BY_A_VALUE[name])
    axioms = ALL - {"service-keys"}
    assert_found(no_new_access(old, new, axioms=axioms), old, new)


def test_a_typed_key_may_hold_a_variable() -> None:
    key = "ec2:SourceInstanceARN"
    old = document(allow("ec2:CreateImage", "*", {"StringLike": {key: "*${ec2:InstanceId}"}}))
    new = document(allow("ec2:CreateImage", "*", {"ArnLike": {key: "arn:aws:ec2:*:*:instance/${ec2:InstanceId}"}}))
    assert Verdict.PASS == no_new_access(old, new).verdict


def test_a_users_own_prefix_is_not_denied_to_the_user() -> None:
    nothing, own = document(deny(resource="*")), document(allow(resource=HOME))
    ann = principal_of("arn:aws:iam::123456789012:user/ann")
    proof = no_new_access(PolicySet(identity=[nothing]), PolicySet(identity=[own]), principal=ann)
    assert Verdict.FAIL == proof.verdict
    assert proof.witness is not None
    assert proof.witness.resource.startswith("arn:aws:s3:::b/home/ann/")


MFA = "aws:MultiFactorAuthPresent"


def test_a_conditional_deny_leaves_what_its_condition_does_not_take() -> None:
    plain = document(allow())
    guarded = document(allow(), deny(resource="arn:aws:s3:::b/secret/*", when={"BoolIfExists": {MFA: "false"}}))
    assert Verdict.PASS == no_new_access(plain, guarded).verdict
    assert_found(no_new_access(guarded, plain), guarded, plain)
    secret = document(allow(resource="arn:aws:s3:::b/secret/x", when={"Bool": {MFA: "true"}}))
    assert Verdict.PASS == within(secret, guarded).verdict
    public = document(allow(resource="arn:aws:s3:::b/plain/x"))
    assert Verdict.PASS == within(public, guarded).verdict


def test_a_deny_that_an_absent_key_escapes() -> None:
    strict = document(allow(), deny(when={"BoolIfExists": {MFA: "false"}}))
    lenient = document(allow(), deny(when={"Bool": {MFA: "false"}}))
    proof = no_new_access(strict, lenient)
    assert_found(proof, strict, lenient)
    assert proof.witness is not None
    assert MFA not in proof.witness.context
    assert Verdict.PASS == no_new_access(lenient, strict).verdict


FULL = document(allow("*", "*"), kind="scp")
REGION = "aws:RequestedRegion"
GLOBAL_SERVICES = ["iam:*", "sts:*", "organizations:*"]
OUTSIDE_EUROPE = deny(
    None, "*", {"StringNotEquals": {REGION: ["eu-west-1", "eu-central-1"]}}, NotAction=GLOBAL_SERVICES
)


NO_KEYS = deny("kms:*", "*")
"""Keys have policies of their own, which are not given and might allow by themselves."""


def in_an_organisation(*scps: Policy, identity: Policy | None = None) -> PolicySet:
    policy = identity or document(allow("*", "*"))
    return PolicySet(identity=[policy], scps=[[FULL, *scps]])


def test_a_region_deny_with_not_action_binds_the_rest() -> None:
    fenced = in_an_organisation(document(OUTSIDE_EUROPE, kind="scp"))
    free = in_an_organisation()
    proof = no_new_access(fenced, free, principal=ROLE)
    assert_found(proof, fenced, free)
    assert proof.witness is not None
    assert proof.witness.action.split(":")[0] not in ("iam", "sts", "organizations")
    assert proof.witness.context.get(REGION) not in ("eu-west-1", "eu-central-1")
    assert Verdict.PASS == no_new_access(free, fenced, principal=ROLE).verdict


def test_what_the_region_deny_lets_through_is_no_new_access() -> None:
    fenced = in_an_organisation(document(OUTSIDE_EUROPE, kind="scp"))
    european = document(allow("ec2:*", "*", {"StringEquals": {REGION: "eu-west-1"}}), allow("iam:*", "*"), NO_KEYS)
    free = in_an_organisation(identity=european)
    assert Verdict.PASS == no_new_access(fenced, free, principal=ROLE).verdict
    american = document(allow("ec2:*", "*", {"StringEquals": {REGION: "us-east-1"}}), NO_KEYS)
    outside = in_an_organisation(identity=american)
    assert_found(no_new_access(fenced, outside, principal=ROLE), fenced, outside)


def test_a_service_exempt_no_longer_loses_access_only() -> None:
    less = {**OUTSIDE_EUROPE, "NotAction": GLOBAL_SERVICES[:2]}
    wide = in_an_organisation(document(OUTSIDE_EUROPE, kind="scp"))
    tight = in_an_organisation(document(less, kind="scp"))
    assert Verdict.PASS == no_new_access(wide, tight, principal=ROLE).verdict
    proof = no_new_access(tight, wide, principal=ROLE)
    assert_found(proof, tight, wide)
    assert all(action.startswith("organizations:") for gap in proof.difference for action in gap.actions)


def test_a_key_policy_that_is_not_given_leaves_the_answer_open() -> None:
    fenced = in_an_organisation(document(OUTSIDE_EUROPE, kind="scp"))
    free = in_an_organisation(identity=document(allow("iam:*", "*")))
    proof = no_new_access(fenced, free, principal=ROLE)
    assert Verdict.UNKNOWN == proof.verdict
    assert all("the key policy allows it" in reason for reason in proof.undecided)


def test_each_level_of_scps_has_to_allow() -> None:
    empty, full = PolicySet(identity=[document(allow())], scps=[[FULL], []]), in_an_organisation()
    assert Verdict.PASS == no_new_access(empty, empty, principal=ROLE).verdict
    assert Verdict.PASS == no_new_access(full, empty, principal=ROLE).verdict
    assert_found(no_new_access(empty, full, principal=ROLE), empty, full)


BOUNDARY = document(allow(["s3:*", "sqs:*"], "*"), kind="boundary")


def test_a_boundary_limits_and_grants_nothing() -> None:
    identity = document(allow(["s3:GetObject", "iam:CreateUser"], "*"))
    bounded, free = PolicySet(identity=[identity], boundary=BOUNDARY), PolicySet(identity=[identity])
    assert Verdict.PASS == no_new_access(free, bounded, principal=ROLE).verdict
    proof = no_new_access(bounded, free, principal=ROLE)
    assert_found(proof, bounded, free)
    assert {"iam:CreateUser"} == {action for gap in proof.difference for action in gap.actions}


def test_a_boundary_attached_alone_allows_nothing() -> None:
    nothing, alone = PolicySet(), PolicySet(boundary=BOUNDARY)
    assert Verdict.PASS == no_new_access(nothing, alone, principal=ROLE).verdict


def test_an_identity_policy_wider_than_its_boundary_gains_nothing() -> None:
    before = PolicySet(identity=[document(allow("s3:*", "*"), allow("sqs:*", "*"))], boundary=BOUNDARY)
    after = PolicySet(identity=[document(allow("*", "*"))], boundary=BOUNDARY)
    assert Verdict.PASS == no_new_access(before, after, principal=ROLE).verdict


EVERYONE = {"Principal": "*"}
PUBLIC: dict[str, tuple[dict[str, object], dict[Definition, Verdict]]] = {
    "A: any organisation": (
        {"StringLike": {ORGANISATION: "*"}},
        {"semantic": Verdict.FAIL, "s3": Verdict.FAIL},
    ),
    "B: half of all addresses": (
        {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}},
        {"semantic": Verdict.FAIL, "s3": Verdict.FAIL},
    ),
    "C: one VPC endpoint": (
        {"StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d4e5f6a7b8"}},
        {"semantic": Verdict.PASS, "s3": Verdict.PASS},
    ),
}


@pytest.mark.parametrize("definition", ["semantic", "s3"])
@pytest.mark.parametrize("name", PUBLIC)
def test_what_is_public_and_what_is_not(name: str, definition: Definition) -> None:
    condition, expected = PUBLIC[name]
    policy = document(allow(when=condition, **EVERYONE), kind="resource")
    proof = not_public(policy, "AWS::S3::Bucket", definition=definition)
    assert expected[definition] == proof.verdict


@pytest.mark.parametrize("name", [name for name, (_, said) in PUBLIC.items() if said["semantic"] is Verdict.FAIL])
def test_what_is_public_is_shown_by_an_outsiders_request(name: str) -> None:
    policy = document(allow(when=PUBLIC[name][0], **EVERYONE), kind="resource")
    proof = not_public(policy, "AWS::S3::Bucket")
    assert_found(proof, Policy((), "resource", name="nothing"), policy)
    assert all(gap.witness.principal.account not in ("", "123456789012") for gap in proof.difference[:1])


def test_a_pinned_endpoint_is_closed_to_the_internet_and_open_to_its_owner() -> None:
    policy = document(allow(when=PUBLIC["C: one VPC endpoint"][0], **EVERYONE), kind="resource")
    assert Verdict.PASS == reachable_from(policy, "internet").verdict
    assert_found(reachable_from(policy, "outside"), Policy((), "resource", name="nothing"), policy)


def test_an_origin_access_identity_is_looked_at() -> None:
    identity = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"
    own = {"Principal": {"AWS": "111122223333"}}
    old = document(allow(**own), kind="resource")
    new = document(allow(**own), allow(Principal={"AWS": identity}), kind="resource")
    proof = no_new_access(old, new)
    assert_found(proof, old, new)
    assert proof.witness is not None and identity == principal_of(str(proof.witness.principal.arn)).arn
    assert Verdict.PASS == no_new_access(new, old).verdict
    assert Verdict.PASS == not_public(new).verdict


@pytest.mark.parametrize(
    ("action", "key", "operator"),
    [
        ("secretsmanager:GetSecretValue", "secretsmanager:ResourceTag/team", "StringEquals"),
        ("states:InvokeHTTPEndpoint", "states:HTTPMethod", "StringEquals"),
        ("aws-marketplace:Subscribe", "aws-marketplace:ProductId", "ForAnyValue:StringEquals"),
    ],
)
def test_a_key_may_be_sent_though_no_action_lists_it_by_this_name(action: str, key: str, operator: str) -> None:
    old, new = document(deny("*", "*")), document(allow(action, "*", {operator: {key: "a"}}))
    assert_found(no_new_access(old, new), old, new)
