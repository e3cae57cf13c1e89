"""Random boundaries: where they are said to hold, no request that leaves them is allowed among many that are tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest
from bounded import ADMIN, CEILING, A, Json, World, role, role_arn, text, trusting, user

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import binding_of
from leastwise.estate.held import Role, User
from leastwise.language.parse import parse_policy
from leastwise.model.decision import ALLOW
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import ContextValue, Request
from leastwise.synthesize.guardrails.bound import boundaries_of
from leastwise.synthesize.guardrails.boundaries import Aim, Checker

KEY = "iam:PermissionsBoundary"
OTHER = f"arn:aws:iam::{A}:policy/other"
ACTIONS = (
    "*", "iam:*", "iam:Create*", "iam:CreateRole", "iam:CreateUser", "iam:Delete*", "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePermissionsBoundary", "iam:CreatePolicyVersion", "iam:PassRole", "iam:UpdateAssumeRolePolicy",
    "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:CreateAccessKey", "sts:AssumeRole", "lambda:*",
    "lambda:CreateFunction", "lambda:InvokeFunction", "s3:*", "s3:GetObject", "sqs:*",
)  # fmt: skip
PLACES = ("*", "*", f"arn:aws:iam::{A}:role/*", f"arn:aws:iam::{A}:role/team/*", f"arn:aws:iam::{A}:policy/*", CEILING,
          role_arn("admin"), "arn:aws:lambda:*:*:function:*", "arn:aws:s3:::*")  # fmt: skip
CONDITIONS: tuple[Json, ...] = (
    {"StringEquals": {KEY: CEILING}},
    {"StringNotEquals": {KEY: CEILING}},
    {"ArnLike": {KEY: f"arn:aws:iam::{A}:policy/*"}},
    {"Null": {KEY: "true"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    {"StringEquals": {"aws:PrincipalTag/team": "ops"}},
    {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{A}:role/team/*"}},
)
TRUSTED: tuple[Json, ...] = (
    {"AWS": f"arn:aws:iam::{A}:root"},
    {"AWS": role_arn("team/bound")},
    {"Service": "lambda.amazonaws.com"},
)


@dataclass
class Maker:
    """Makes one world: bound roles, and unbound ones beside them."""

    random: Random

    def statement(self) -> Json:
        is_deny = self.random.random() < 0.35
        body: Json = {
            "Effect": "Deny" if is_deny else "Allow",
            "Action": self.random.sample(ACTIONS, self.random.randint(1, 3)),
            "Resource": self.random.choice(PLACES),
        }
        if self.random.random() < 0.4:
            body["Condition"] = self.random.choice(CONDITIONS)
        return body

    def statements(self, most: int) -> list[Json]:
        return [self.statement() for _ in range(self.random.randint(1, most))]

    def trust(self) -> str:
        return trusting(self.random.choice(TRUSTED))

    def world(self) -> World:
        tags = {"team": self.random.choice(("ops", "dev"))}
        holders: list[Role | User] = [
            role("team/bound", *self.statements(3), boundary=CEILING, trust=self.trust(), tags=tags),
            role("team/second", *self.statements(2), boundary=CEILING, trust=self.trust()),
            role("admin", *ADMIN, trust=self.trust()),
            role("team/free", *self.statements(2), trust=self.trust()),
            user("person", *self.statements(2)),
        ]
        scp = [*ADMIN, self.statement()] if self.random.random() < 0.3 else []
        return World(holders, {CEILING: self.statements(4)}, scp=scp)


@dataclass
class Tried:
    """Requests that leave the boundary, tried on an estate one by one."""

    estate: Estate
    limit: Policy
    random: Random

    def is_allowed(self, arn: str, action: str, resource: str, context: dict[str, ContextValue]) -> bool:
        who = self.estate.principal(arn)
        binding = binding_of(self.estate, who, action, resource, context={**self.facts(), **context})
        told = binding.request
        whole = Request(who, action, resource, told.context, told.resource_account, context_is_complete=True)
        return evaluate(whole, binding.policies).outcome is ALLOW

    def facts(self) -> dict[str, ContextValue]:
        by_mfa: dict[str, ContextValue] = {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "60"}
        return by_mfa if self.random.random() < 0.5 else {}

    def leaves(self, arn: str) -> Iterator[str]:
        """What of the tried is allowed to the principal, and is outside."""
        for name in ("example", "team/x", "admin2"):
            for boundary in (None, OTHER, "arn:aws:iam::aws:policy/AdministratorAccess"):
                for action, kind in (("iam:CreateRole", "role"), ("iam:CreateUser", "user")):
                    if self.is_allowed(arn, action, f"arn:aws:iam::{A}:{kind}/{name}", {KEY: boundary}):
                        yield f"{action} {name} with {boundary}"
            if self.is_allowed(arn, "iam:DeleteRolePermissionsBoundary", role_arn(name), {KEY: CEILING}):
                yield f"removes of {name}"
        for other in ("team/bound", "team/second"):
            if self.is_allowed(arn, "iam:DeleteRolePermissionsBoundary", role_arn(other), {KEY: CEILING}):
                yield f"removes of {other}"
            if self.is_allowed(arn, "iam:PutRolePermissionsBoundary", role_arn(other), {KEY: OTHER}):
                yield f"replaces of {other}"
        for action in ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"):
            if self.is_allowed(arn, action, CEILING, {}):
                yield action
        for other in (role_arn("admin"), role_arn("team/free"), f"arn:aws:iam::{A}:user/person"):
            yield from self.gains(arn, other)

    def gains(self, arn: str, other: str) -> Iterator[str]:
        """What it may come to do as another, or make that other do."""
        is_role = ":role/" in other
        grants = (
            ("iam:AttachRolePolicy", "iam:PutRolePolicy") if is_role else ("iam:AttachUserPolicy", "iam:PutUserPolicy")
        )
        for action in grants:
            context: dict[str, ContextValue] = {KEY: None}
            if "Attach" in action:
                context["iam:PolicyARN"] = "arn:aws:iam::aws:policy/AdministratorAccess"
            if self.is_allowed(arn, action, other, context):
                yield f"{action} {other}"
        steps = ("sts:AssumeRole", "iam:UpdateAssumeRolePolicy") if is_role else ("iam:CreateAccessKey",)
        reached = any(self.is_allowed(arn, action, other, {KEY: None}) for action in steps)
        if (reached or (is_role and self.runs(arn, other))) and self.is_outside(other):
            yield f"becomes {other}"

    def runs(self, arn: str, other: str) -> bool:
        service, function = "lambda.amazonaws.com", f"arn:aws:lambda:us-east-1:{A}:function:f"
        can_assume = self.is_allowed_service(service, other)
        passes = self.is_allowed(arn, "iam:PassRole", other, {"iam:PassedToService": service})
        makes = all(self.is_allowed(arn, f"lambda:{one}", function, {}) for one in ("CreateFunction", "InvokeFunction"))
        return can_assume and passes and makes

    def is_allowed_service(self, service: str, other: str) -> bool:
        holder = self.estate.holders[other]
        return isinstance(holder, Role) and service in holder.trust

    def is_outside(self, other: str) -> bool:
        """Whether the other may do something of a sample that the boundary does not let through."""
        everything = Policy((Statement(None, ("*",), ("*",)),))
        for action, resource in (
            ("s3:GetObject", "arn:aws:s3:::b/k"),
            ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{A}:q"),
            ("iam:CreateRole", role_arn("z")),
            ("iam:CreateUser", f"arn:aws:iam::{A}:user/z"),
            ("lambda:CreateFunction", f"arn:aws:lambda:us-east-1:{A}:function:f"),
        ):
            who = self.estate.principal(other)
            request = Request(who, action, resource, {}, A, context_is_complete=True)
            limited = evaluate(request, PolicySet(identity=everything, boundary=self.limit)).outcome
            if limited is not ALLOW and self.is_allowed(other, action, resource, {}):
                return True
        return False


_SEEDS = [*range(16), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(16, 40))]


@pytest.mark.parametrize("seed", _SEEDS)
def test_where_a_boundary_holds_no_request_leaves_it(seed: int) -> None:
    random = Random(seed)
    world = Maker(random).world()
    estate = world.estate()
    limit = parse_policy(text(world.policies[CEILING]), kind="boundary")
    (bound,) = boundaries_of(estate)
    found = Checker.of(estate, Aim()).checked(bound)
    escaped = {one.principal for one in found.escapes}
    open_ones = {one.principal for one in found.doubts}
    tried = Tried(estate, limit, random)
    for arn in bound.principals:
        if arn not in escaped | open_ones:
            assert [] == list(tried.leaves(arn))
    for escape in found.escapes:
        for request in (request for step in escape.steps for request in step.requests):
            binding = binding_of(estate, request.principal, request.action, request.resource, context=request.context)  # type: ignore[arg-type]
            assert ALLOW is evaluate(request, binding.policies).outcome


def test_boundaries_that_hold_and_others_are_both_among_them() -> None:
    answers = set()
    for seed in range(40):
        estate = Maker(Random(seed)).world().estate()
        (bound,) = boundaries_of(estate)
        answers.add(Checker.of(estate, Aim()).checked(bound).answer)
    assert {"PASS", "FAIL"} <= answers
