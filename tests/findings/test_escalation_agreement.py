"""Chains against a plain closure over random small estates, which shares nothing with the search but the decision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import pytest
from small_scenes import ACCOUNT, ADMINISTRATOR, HEAD, Json, allow, document, role, scene_of, user

from leastwise.estate.ask import Facts, can
from leastwise.estate.assemble import Estate
from leastwise.estate.held import Group, ManagedPolicy, Role, User
from leastwise.findings.scene import Scene
from leastwise.model.decision import ALLOW

_NAMES = ("a", "b", "c", "d")
_OWN = f"{HEAD}:policy/own"
_FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:x"
_ACTIONS = (
    ("iam:AttachRolePolicy",),
    ("iam:PutRolePolicy",),
    ("iam:PutUserPolicy",),
    ("iam:AttachUserPolicy", "iam:CreateAccessKey"),
    ("iam:PutGroupPolicy",),
    ("iam:AddUserToGroup",),
    ("iam:CreatePolicyVersion",),
    ("iam:UpdateAssumeRolePolicy",),
    ("iam:CreateLoginProfile",),
    ("iam:CreateRole", "iam:PutRolePolicy"),
    ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"),
    ("iam:PassRole",),
    ("lambda:*",),
    ("sts:AssumeRole",),
    ("s3:*",),
)
_PLACES = (
    "*",
    "*",
    f"{HEAD}:role/a",
    f"{HEAD}:role/b",
    f"{HEAD}:role/*",
    f"{HEAD}:user/*",
    f"{HEAD}:role/team/*",
    _OWN,
)


def _statements(random: Random) -> Iterator[Json]:
    for _ in range(random.randint(1, 3)):
        actions = random.choice(_ACTIONS)
        on = "*" if any(one.startswith("lambda:") for one in actions) else random.choice(_PLACES)
        yield allow(*actions, on=on)
    if random.random() < 0.2:
        yield {"Effect": "Deny", "Action": random.choice(random.choice(_ACTIONS)), "Resource": random.choice(_PLACES)}


def _trust(random: Random) -> dict[str, object]:
    named = f"{HEAD}:role/{random.choice(_NAMES)}"
    return random.choice(
        [{"Service": "lambda.amazonaws.com"}, {"AWS": f"{HEAD}:root"}, {"AWS": named}, {"Service": "ec2.amazonaws.com"}]
    )


def _world(random: Random) -> Scene:
    own = ManagedPolicy(_OWN, "own", document(allow("s3:GetObject")))
    roles = [
        role(name, *_statements(random), trust=_trust(random), attached=random.choice([(), (), (_OWN,)]))
        for name in _NAMES
    ]
    people = [user("u", *_statements(random), groups=["g"]), user("chief", attached=[ADMINISTRATOR])]
    groups = [Group(f"{HEAD}:group/g", "g"), Group(f"{HEAD}:group/admins", "admins", attached=(ADMINISTRATOR,))]
    top = role("top", attached=[ADMINISTRATOR], trust=_trust(random))
    return scene_of(*roles, *people, top, groups=groups, policies=[own])


class Plain:
    """Who becomes an administrator, step by step, each asked of the decision engine with all of its context."""

    def __init__(self, where: Scene) -> None:
        self.estate: Estate = where.estate
        self.reached = set(where.power.administrators)

    def may(self, arn: str, action: str, resource: str, **context: str | None) -> bool:
        told = {f"iam:{key}": value for key, value in context.items()}
        return can(self.estate, arn, action, resource, facts=Facts(told, is_complete=True)).decision.outcome is ALLOW

    def closure(self) -> set[str]:
        while True:
            more = {arn for arn in self.estate.holders if arn not in self.reached and self._becomes(arn)}
            if not more:
                return self.reached
            self.reached |= more

    def _becomes(self, arn: str) -> bool:
        holder = self.estate.holders[arn]
        return (
            self._gives(arn, holder)
            or self._makes(arn)
            or (isinstance(holder, User) and self.may(arn, "iam:AddUserToGroup", f"{HEAD}:group/admins"))
            or self._controls_enough(arn)
        )

    def _controls_enough(self, arn: str) -> bool:
        """Whether one of those that it is or acts as is an administrator, or one of them gives another anything."""
        controlled = {arn}
        while more := {
            one.arn
            for at in controlled
            for one in self.estate.holders.values()
            if one.arn not in controlled and self._acts(at, one)
        }:
            controlled |= more
        held = [self.estate.holders[one] for one in controlled]
        return bool(controlled & self.reached) or any(self._gives(at, one) for at in controlled for one in held)

    def _gives(self, arn: str, one: Role | User) -> bool:
        kind = "User" if isinstance(one, User) else "Role"
        attached = self.may(arn, f"iam:Attach{kind}Policy", one.arn, PolicyARN=ADMINISTRATOR)
        groups: Sequence[str] = one.groups if isinstance(one, User) else ()
        by_group = any(self.may(arn, "iam:PutGroupPolicy", f"{HEAD}:group/{name}") for name in groups)
        edits = any(self.may(arn, "iam:CreatePolicyVersion", policy) for policy in one.attached if policy == _OWN)
        return attached or by_group or edits or self.may(arn, f"iam:Put{kind}Policy", one.arn)

    def _makes(self, arn: str) -> bool:
        places = [f"{HEAD}:role/{name}" for name in ("new", "team/new", *_NAMES)]
        both = ("iam:PutRolePolicy", "iam:AttachRolePolicy")
        return any(
            self.may(arn, "iam:CreateRole", on) and any(self.may(arn, each, on) for each in both) for on in places
        )

    def _acts(self, arn: str, one: Role | User) -> bool:
        if isinstance(one, User):
            return any(self.may(arn, action, one.arn) for action in ("iam:CreateAccessKey", "iam:CreateLoginProfile"))
        is_assumed = self.may(arn, "sts:AssumeRole", one.arn) or self.may(arn, "iam:UpdateAssumeRolePolicy", one.arn)
        return is_assumed or ("lambda.amazonaws.com" in one.trust and self._runs(arn, one))

    def _runs(self, arn: str, one: Role) -> bool:
        runs = all(self.may(arn, f"lambda:{name}Function", _FUNCTION) for name in ("Create", "Invoke"))
        return runs and self.may(arn, "iam:PassRole", one.arn, PassedToService="lambda.amazonaws.com")


@pytest.mark.parametrize(
    "seed", [*range(12), 236, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(12, 60))]
)
def test_those_who_become_administrators_are_the_same(seed: int) -> None:
    where = _world(Random(seed))
    expected = Plain(where).closure()
    assert expected == set(where.escalation.chains) | set(where.power.administrators)


def test_the_worlds_have_both_kinds_and_long_chains() -> None:
    made = [_world(Random(seed)).escalation.chains for seed in range(60)]
    lengths = {len(one.steps) for chains in made for one in chains.values()}
    assert {1, 2} <= lengths
    assert any(len(chains) < len(_NAMES) + 1 for chains in made)
    assert any(chains for chains in made)
