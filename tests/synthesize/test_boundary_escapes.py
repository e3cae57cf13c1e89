"""Ways out of a permissions boundary are found, each shown by requests that are allowed; where there is none, none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from bounded import ADMIN, CEILING, A, B, Json, World, allow, deny, role, role_arn, text, trusting, user

from leastwise.decide.evaluate import evaluate
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import binding_of
from leastwise.estate.held import Group, InlinePolicy, Role, User
from leastwise.model.decision import ALLOW
from leastwise.model.request import Principal
from leastwise.synthesize.guardrails.bound import boundaries_of, with_boundary
from leastwise.synthesize.guardrails.boundaries import Aim, Checked, Checker
from leastwise.synthesize.guardrails.outside import Forbidden

KEY = "iam:PermissionsBoundary"
WITH_IT = {"StringEquals": {KEY: CEILING}}
MADE = f"arn:aws:iam::{A}:role/made/*"
LAMBDA = trusting({"Service": "lambda.amazonaws.com"})


def is_confirmed(estate: Estate, checked: Checked) -> bool:
    """Whether each request of each step is allowed by all that binds it."""
    for escape in checked.escapes:
        for request in (request for step in escape.steps for request in step.requests):
            assert isinstance(request.principal, Principal)
            binding = binding_of(estate, request.principal, request.action, request.resource, context=request.context)
            if evaluate(request, binding.policies).outcome is not ALLOW:
                return False
    return True


ANY = Aim()


def checked(world: World, aim: Aim = ANY, boundary: str = CEILING) -> Checked:
    """What is found of the one boundary, every step of it decided again."""
    estate = world.estate()
    (bound,) = [one for one in boundaries_of(estate) if one.boundary == boundary]
    found = Checker.of(estate, aim).checked(bound)
    assert is_confirmed(estate, found)
    return found


def ways(found: Checked) -> set[str]:
    return {one.way.name for one in found.escapes}


@dataclass(frozen=True)
class Case:
    """One role within a boundary: what each of the two says, who else there is, and the ways out that there are."""

    name: str
    own: Sequence[Json]
    ceiling: Sequence[Json]
    ways: frozenset[str] = frozenset()
    others: Sequence[Role | User] = ()
    is_open: bool = False
    scp: Sequence[Json] = ()
    policies: tuple[tuple[str, Sequence[Json]], ...] = ()
    groups: tuple[Group, ...] = ()

    def world(self) -> World:
        bound = role("bound", *self.own, boundary=CEILING)
        return World([bound, *self.others], {CEILING: self.ceiling, **dict(self.policies)}, self.groups, self.scp)


def out(*names: str) -> frozenset[str]:
    return frozenset(names)


ADMINISTRATOR = role("admin", *ADMIN, trust=LAMBDA)
RUN = ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
FOR_ONE = {"ArnLike": {"aws:SourceArn": f"arn:aws:lambda:*:{A}:function:*"}}
FOR_SOME = {"StringEquals": {"aws:SourceIdentity": "somebody"}}
FOR_ANOTHER = {"StringEquals": {"aws:SourceAccount": B}}
BY_ROOT = trusting({"AWS": f"arn:aws:iam::{A}:root"})
READ = allow("s3:GetObject")
POLICY = f"arn:aws:iam::{A}:policy/shared"
ADMINS = Group(f"arn:aws:iam::{A}:group/admins", "admins", inline=(InlinePolicy("all", text(ADMIN)),))

CASES = (
    Case("nothing of IAM", ADMIN, [allow("s3:*")]),
    Case("makes roles", [allow("iam:CreateRole")], ADMIN, out("creates-without-boundary")),
    Case("makes users", [allow("iam:CreateUser")], ADMIN, out("creates-without-boundary")),
    Case("makes roles with it", [allow("iam:CreateRole", Condition=WITH_IT)], ADMIN),
    Case(
        "makes roles with any of a pattern",
        [allow("iam:CreateRole", Condition={"StringLike": {KEY: f"arn:aws:iam::{A}:policy/c*"}})],
        ADMIN,
        out("creates-without-boundary"),
    ),
    Case("the ceiling asks for it", [allow("iam:CreateRole")], [allow("iam:*", Condition=WITH_IT)]),
    Case(
        "the ceiling denies making without it, wherever",
        [allow("iam:CreateRole", on=MADE)],
        [*ADMIN, deny("iam:CreateRole", Condition={"StringNotEquals": {KEY: CEILING}})],
    ),
    Case(
        "the ceiling forgets that the key may be absent",
        [allow("iam:CreateRole", on=MADE)],
        [*ADMIN, deny("iam:CreateRole", Condition={"StringNotEqualsIfExists": {KEY: CEILING}, "Null": {KEY: "false"}})],
        out("creates-without-boundary"),
    ),
    Case(
        "an SCP denies making",
        [allow("iam:CreateRole", on=MADE)],
        ADMIN,
        scp=[deny("iam:CreateRole", Condition={"StringNotEquals": {KEY: CEILING}})],
    ),
    Case(
        "an SCP leaves out a path which it is not under",
        [allow("iam:CreateRole", on=MADE)],
        ADMIN,
        scp=[deny("iam:CreateRole", Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/sec/*"}})],
    ),
    Case(
        "an SCP leaves it out",
        [allow("iam:CreateRole", on=MADE)],
        ADMIN,
        out("creates-without-boundary"),
        scp=[deny("iam:CreateRole", Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/bo*"}})],
    ),
    Case(
        "makes roles after MFA",
        [allow("iam:CreateRole", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
        ADMIN,
        out("creates-without-boundary"),
    ),
    Case("takes its own off", [allow("iam:DeleteRolePermissionsBoundary")], ADMIN, out("boundary-removable")),
    Case(
        "takes those of others off",
        [allow("iam:DeleteRolePermissionsBoundary", on=MADE)],
        ADMIN,
        out("boundary-removable"),
    ),
    Case(
        "takes another boundary off",
        [allow("iam:DeleteRolePermissionsBoundary", Condition={"StringNotEquals": {KEY: CEILING}})],
        ADMIN,
    ),
    Case("puts another in its place", [allow("iam:PutRolePermissionsBoundary")], ADMIN, out("boundary-replaceable")),
    Case("puts the same in its place", [allow("iam:PutRolePermissionsBoundary", Condition=WITH_IT)], ADMIN),
    Case(
        "puts another in the place of one that it made",
        [allow("iam:CreateRole", on=MADE, Condition=WITH_IT), allow("iam:PutRolePermissionsBoundary", on=MADE)],
        ADMIN,
        out("boundary-replaceable"),
    ),
    Case("writes a version", [allow("iam:CreatePolicyVersion")], ADMIN, out("boundary-editable")),
    Case("goes back to a version", [allow("iam:SetDefaultPolicyVersion", on=CEILING)], ADMIN, out("boundary-editable")),
    Case("writes versions of others", [allow("iam:CreatePolicyVersion", on=f"{CEILING}-of-others")], ADMIN),
    Case(
        "passes an administrator",
        [allow(*RUN)],
        [allow(*RUN, "s3:*")],
        out("passes-unbound"),
        [ADMINISTRATOR],
    ),
    Case(
        "passes one who may not do more", [allow(*RUN)], [allow(*RUN, "s3:*")], others=[role("r", READ, trust=LAMBDA)]
    ),
    Case(
        "passes one within it", [allow(*RUN)], [allow(*RUN)], others=[role("r", *ADMIN, trust=LAMBDA, boundary=CEILING)]
    ),
    Case("runs nothing", [allow("iam:PassRole")], [allow(*RUN)], others=[ADMINISTRATOR]),
    Case("passes to a service that it does not trust", [allow(*RUN)], [allow(*RUN)], others=[role("admin", *ADMIN)]),
    Case(
        "passes to another service alone",
        [
            allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
            allow(*RUN[1:]),
        ],
        [allow(*RUN)],
        others=[ADMINISTRATOR],
    ),
    Case(
        "makes one function and runs another",
        [
            allow("iam:PassRole"),
            allow(RUN[1], on="arn:aws:lambda:*:*:function:a"),
            allow(RUN[2], on="arn:aws:lambda:*:*:function:b"),
        ],
        [allow(*RUN)],
        others=[ADMINISTRATOR],
        is_open=True,
    ),
    Case(
        "makes any function and runs one",
        [allow("iam:PassRole", RUN[1]), allow(RUN[2], on=f"arn:aws:lambda:eu-west-1:{A}:function:b")],
        [allow(*RUN)],
        out("passes-unbound"),
        [ADMINISTRATOR],
    ),
    Case(
        "passes to a service that comes for one resource",
        [allow(*RUN)],
        [allow(*RUN)],
        out("passes-unbound"),
        [role("admin", *ADMIN, trust=trusting({"Service": "lambda.amazonaws.com"}, Condition=FOR_ONE))],
    ),
    Case(
        "passes to a service that comes for what is not known",
        [allow(*RUN)],
        [allow(*RUN)],
        others=[role("admin", *ADMIN, trust=trusting({"Service": "lambda.amazonaws.com"}, Condition=FOR_SOME))],
        is_open=True,
    ),
    Case(
        "passes to a service that comes for another account",
        [allow(*RUN)],
        [allow(*RUN)],
        others=[role("admin", *ADMIN, trust=trusting({"Service": "lambda.amazonaws.com"}, Condition=FOR_ANOTHER))],
    ),
    Case(
        "passes to a service of which nothing is known here",
        [allow("iam:PassRole", "states:CreateStateMachine")],
        [allow("iam:PassRole", "states:*")],
        others=[role("admin", *ADMIN, trust=trusting({"Service": "states.amazonaws.com"}))],
        is_open=True,
    ),
    Case(
        "passes to a service where it may write nothing",
        [allow("iam:PassRole", "states:ListStateMachines")],
        [allow("iam:PassRole", "states:*")],
        others=[role("admin", *ADMIN, trust=trusting({"Service": "states.amazonaws.com"}))],
    ),
    Case(
        "starts instances, on all that a start needs",
        [allow("iam:PassRole", "ec2:RunInstances")],
        [allow("iam:PassRole", "ec2:*")],
        out("passes-unbound"),
        [role("admin", *ADMIN)],
    ),
    Case(
        "starts no instance without a subnet",
        [allow("iam:PassRole"), allow("ec2:RunInstances", on="arn:aws:ec2:*:*:instance/*")],
        [allow("iam:PassRole", "ec2:*")],
        others=[role("admin", *ADMIN)],
    ),
    Case(
        "changes functions that are there",
        [allow("lambda:UpdateFunctionCode")],
        [allow("lambda:*")],
        others=[ADMINISTRATOR],
        is_open=True,
    ),
    Case(
        "changes functions where none may do more",
        [allow("lambda:UpdateFunctionCode")],
        [allow("lambda:*", "s3:*")],
        others=[role("r", READ, trust=LAMBDA)],
    ),
    Case(
        "assumes an administrator",
        [allow("sts:AssumeRole")],
        [allow("sts:*")],
        out("assumes-unbound"),
        [role("a", *ADMIN, trust=BY_ROOT)],
    ),
    Case("is not trusted", [allow("sts:AssumeRole")], [allow("sts:*")], others=[role("a", *ADMIN, trust=LAMBDA)]),
    Case("may not assume", [allow("sts:AssumeRole")], [allow("s3:*")], others=[role("a", *ADMIN, trust=BY_ROOT)]),
    Case(
        "is trusted by its ARN, which the ceiling limits",
        [],
        [allow("s3:*")],
        others=[role("a", *ADMIN, trust=trusting({"AWS": role_arn("bound")}))],
    ),
    Case(
        "is trusted by a session, which it does not limit",
        [],
        [allow("s3:*")],
        out("assumes-unbound"),
        [role("a", *ADMIN, trust=trusting({"AWS": f"arn:aws:sts::{A}:assumed-role/bound/job"}))],
    ),
    Case(
        "assumes a reader", [allow("sts:AssumeRole")], [allow("sts:*", "s3:*")], others=[role("a", READ, trust=BY_ROOT)]
    ),
    Case(
        "goes on from a reader",
        [allow("sts:AssumeRole", on=role_arn("one"))],
        [allow("sts:*", "s3:*")],
        out("assumes-unbound"),
        [
            role("one", READ, allow("sts:AssumeRole"), trust=BY_ROOT),
            role("two", *ADMIN, trust=trusting({"AWS": role_arn("one")})),
        ],
    ),
    Case(
        "goes on to another account",
        [allow("sts:AssumeRole")],
        [allow("sts:*", "s3:*")],
        out("assumes-unbound"),
        [role("far", *ADMIN, account=B, trust=BY_ROOT)],
    ),
    Case(
        "names a role of an account that is not there",
        [allow("sts:AssumeRole", on=role_arn("x", "999900001111"))],
        [allow("sts:*")],
        is_open=True,
    ),
    Case(
        "lets itself in",
        [allow("iam:UpdateAssumeRolePolicy")],
        [allow("iam:Update*")],
        out("takes-over"),
        [ADMINISTRATOR],
    ),
    Case(
        "lets itself in where the boundary is asked for",
        [allow("iam:UpdateAssumeRolePolicy", Condition=WITH_IT)],
        [allow("iam:Update*")],
        others=[ADMINISTRATOR, role("inside", READ, boundary=CEILING)],
    ),
    Case(
        "makes keys of users",
        [allow("iam:CreateAccessKey")],
        [allow("iam:*Key")],
        out("takes-over"),
        [user("u", *ADMIN)],
    ),
    Case(
        "makes keys of users within it",
        [allow("iam:CreateAccessKey")],
        [allow("iam:*Key")],
        others=[user("u", *ADMIN, boundary=CEILING)],
    ),
    Case("attaches what it likes", [allow("iam:AttachRolePolicy")], ADMIN, out("grants-unbound"), [role("r", READ)]),
    Case(
        "attaches what it likes to a reader that it may assume",
        [allow("iam:AttachRolePolicy", "sts:AssumeRole")],
        ADMIN,
        out("grants-unbound"),
        [role("r", READ, trust=BY_ROOT)],
    ),
    Case(
        "attaches one harmless policy",
        [
            allow(
                "iam:AttachRolePolicy",
                Condition={"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}},
            )
        ],
        ADMIN,
        others=[role("r", READ)],
    ),
    Case(
        "writes policies of those within",
        [allow("iam:PutRolePolicy", Condition=WITH_IT)],
        ADMIN,
        others=[role("r", READ)],
    ),
    Case("writes its own policies", [allow("iam:PutRolePolicy", on=role_arn("bound"))], ADMIN),
    Case(
        "writes a policy that another has",
        [allow("iam:CreatePolicyVersion", on=POLICY)],
        ADMIN,
        out("grants-unbound"),
        [role("r", attached=(POLICY,))],
        policies=((POLICY, [READ]),),
    ),
    Case(
        "writes a group's policies",
        [allow("iam:PutGroupPolicy")],
        ADMIN,
        out("grants-unbound"),
        [user("u", READ, groups=("admins",))],
        groups=(ADMINS,),
    ),
    Case(
        "writes a bucket's policy, beyond what it may do there",
        [allow("s3:PutBucketPolicy")],
        [allow("s3:Put*", "s3:Get*")],
        out("resource-policy-writable"),
    ),
    Case("writes a bucket's policy, where it may do all", [allow("s3:PutBucketPolicy")], [allow("s3:*")]),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_ways_out_are_found_and_no_others(case: Case) -> None:
    found = checked(case.world())
    assert case.ways == ways(found)
    answer = "FAIL" if case.ways else "UNKNOWN" if case.is_open else "PASS"
    assert answer == found.answer
    assert case.is_open == bool(found.doubts)


def test_the_steps_of_a_chain_lead_from_one_to_the_next() -> None:
    case = next(one for one in CASES if one.name == "goes on from a reader")
    (escape,) = checked(case.world()).escapes
    assert [role_arn("bound"), role_arn("one"), role_arn("two")] == [step.by for step in escape.steps]
    assert [role_arn("one"), role_arn("two")] == [step.to for step in escape.steps[:2]]


PROTECTED = f"arn:aws:iam::{A}:policy/guard"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (allow("iam:DetachRolePolicy"), {"guard-removable"}),
        (allow("iam:CreatePolicyVersion", on=PROTECTED), {"guard-removable"}),
        (allow("iam:DetachRolePolicy", Condition={"ArnNotEquals": {"iam:PolicyARN": PROTECTED}}), set()),
        (allow("iam:AttachRolePolicy", on=role_arn("bound")), set()),
    ],
)
def test_policies_that_guard_are_protected(own: Json, expected: set[str]) -> None:
    world = World([role("bound", own, boundary=CEILING)], {CEILING: ADMIN, PROTECTED: [READ]})
    assert expected == ways(checked(world, Aim(protected=(PROTECTED,))))
    assert not ways(checked(world))


def test_scps_are_protected_in_the_account_that_has_them() -> None:
    scp = "arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-own"
    world = World([role("bound", allow("organizations:*"), boundary=CEILING)], {CEILING: ADMIN})
    assert {"guard-removable"} == ways(checked(world, Aim(protected=(scp,))))


def test_what_is_forbidden_is_reached_by_itself_or_by_a_chain() -> None:
    aim = Aim(forbidden=(Forbidden("dynamodb:DeleteTable"),))
    case = next(one for one in CASES if one.name == "goes on from a reader")
    found = checked(case.world(), aim)
    assert ["dynamodb:DeleteTable"] == [one.steps[-1].requests[0].action for one in found.escapes]
    own = World([role("bound", allow("dynamodb:*"), boundary=CEILING)], {CEILING: ADMIN})
    assert {"forbidden"} == ways(checked(own, aim))
    assert not ways(checked(own, Aim(forbidden=(Forbidden("s3:*", "arn:aws:s3:::payroll/*"),))))


def test_nothing_beyond_a_limit_is_reached() -> None:
    world = World([role("bound", allow("s3:*"), boundary=CEILING)], {CEILING: ADMIN})
    estate = world.estate()
    limit = estate.documents.parsed(text([allow("s3:Get*")]), "boundary", "limit").policy
    assert {"forbidden"} == ways(checked(world, Aim(limit=limit)))
    wide = estate.documents.parsed(text([allow("s3:*")]), "boundary", "limit").policy
    assert "PASS" == checked(world, Aim(limit=wide)).answer


def bucket_policy(*named: str, **more: object) -> list[Json]:
    principal = {"AWS": list(named)}
    return [{**allow("s3:DeleteObject", on="arn:aws:s3:::payroll/*"), "Principal": principal, **more}]


SESSION = f"arn:aws:sts::{A}:assumed-role/bound/job"


@pytest.mark.parametrize(
    ("policy", "ceiling", "expected"),
    [
        (bucket_policy(role_arn("bound")), [allow("s3:*")], {"forbidden"}),
        (bucket_policy(role_arn("bound")), [allow("sqs:*")], set()),
        (bucket_policy(SESSION), [allow("sqs:*")], {"forbidden"}),
        (bucket_policy("*"), [allow("sqs:*")], {"forbidden"}),
        (bucket_policy(role_arn("other")), [allow("s3:*")], set()),
        ([], [allow("s3:*")], set()),
    ],
)
def test_what_is_forbidden_is_reached_by_the_policy_of_a_resource(
    policy: list[Json], ceiling: list[Json], expected: set[str]
) -> None:
    world = World([role("bound", boundary=CEILING)], {CEILING: ceiling}, buckets={"payroll": policy} if policy else {})
    aim = Aim(forbidden=(Forbidden("s3:Delete*", "arn:aws:s3:::payroll/*"),))
    assert expected == ways(checked(world, aim))


def test_a_role_that_may_do_more_by_the_policy_of_a_resource_is_one_that_may_do_more() -> None:
    reader = role("reader", READ, trust=BY_ROOT)
    own = role("bound", allow("sts:AssumeRole"), boundary=CEILING)
    for named, expected in ((role_arn("reader"), {"assumes-unbound"}), (role_arn("other"), set())):
        world = World([own, reader], {CEILING: [allow("sts:*", "s3:Get*")]}, buckets={"payroll": bucket_policy(named)})
        assert expected == ways(checked(world))


def test_another_boundary_will_do_where_it_is_named_or_proved_narrower() -> None:
    narrow, wide = (f"arn:aws:iam::{A}:policy/{name}" for name in ("narrow", "wide"))
    for other, is_accepted in ((narrow, True), (wide, False)):
        own = allow("iam:CreateRole", Condition={"StringEquals": {KEY: [CEILING, other]}})
        world = World(
            [role("bound", own, boundary=CEILING), role("r", boundary=other)],
            {CEILING: [allow("s3:*", "iam:*")], narrow: [allow("s3:Get*")], wide: ADMIN},
        )
        assert is_accepted == (not ways(checked(world)))
        assert not ways(checked(world, Aim(allowed=(other,))))


def test_identity_centers_administrators_give_people_permissions() -> None:
    own = allow("sso:CreateAccountAssignment")
    for managing, expected in ((A, {"assigns-people"}), (B, set())):
        world = World([role("bound", own, boundary=CEILING)], {CEILING: ADMIN}, scp=ADMIN, managing=managing)
        assert expected == ways(checked(world))


def test_a_boundary_that_is_not_in_the_snapshot_is_not_known() -> None:
    world = World([role("bound", READ, boundary=CEILING)])
    assert "UNKNOWN" == checked(world).answer


def test_parts_that_bind_nobody_are_told() -> None:
    ceiling = [allow("s3:*", "sqs:*"), allow("ec2:*"), deny("kms:*")]
    world = World([role("bound", READ, boundary=CEILING)], {CEILING: ceiling})
    needless = checked(world).needless
    assert [(0, ("sqs:*",)), (1, ()), (2, ())] == [(one.index, one.actions) for one in needless]


def test_a_boundary_can_be_put_where_it_is_not_yet() -> None:
    world = World([role("bound", allow("iam:CreateRole")), role("free", *ADMIN)])
    estate = world.estate()
    policy = estate.documents.parsed(text(ADMIN), "boundary", "new").policy
    tried = with_boundary(estate, policy, [role_arn("bound")], name="new")
    (bound,) = boundaries_of(tried)
    assert (f"arn:aws:iam::{A}:policy/new", (role_arn("bound"),)) == (bound.boundary, bound.principals)
    assert {"creates-without-boundary"} == ways(Checker.of(tried, Aim()).checked(bound))
    assert () == boundaries_of(estate)
