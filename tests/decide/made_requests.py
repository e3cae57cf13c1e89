"""Small made-up worlds to decide in: statements, policy sets and requests over a few actions, resources and keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from leastwise.decide.policies import PolicySet
from leastwise.language.parse import parse_policy
from leastwise.model.policy import Kind, Policy
from leastwise.model.request import ContextValue, Request

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION, OTHER_SESSION = (f"arn:aws:sts::{ACCOUNT}:assumed-role/app/{name}" for name in ("s1", "s2"))
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
OUTSIDER = f"arn:aws:iam::{OTHER}:user/out"
PRINCIPALS = (SESSION, OTHER_SESSION, USER, OUTSIDER, f"arn:aws:iam::{ACCOUNT}:root", "anonymous", "sns.amazonaws.com")
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage")
RESOURCES = ("arn:aws:s3:::b/a/1", "arn:aws:s3:::b/ann/2", "arn:aws:s3:::c", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q")
PATTERNS = ("*", "arn:aws:s3:::b/*", "arn:aws:s3:::*/1", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:sqs:*:*:q")
ACTION_PATTERNS = (*ACTIONS, "s3:*", "s3:Get*", "*", "s3:?utObject")
NAMED = ("*", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ROLE, SESSION, USER, OUTSIDER, OTHER)

KEYS: Mapping[str, tuple[str, ...]] = {
    "aws:PrincipalTag/team": ("ops", "dev", "ann", ""),
    "aws:SourceIp": ("10.0.0.1", "10.1.0.1", "192.0.2.9", "2001:db8::1"),
    "aws:MultiFactorAuthAge": ("5", "100", "3600"),
    "aws:SecureTransport": ("true", "false"),
    "aws:CurrentTime": ("2026-01-01T00:00:00Z", "2027-06-01T00:00:00Z"),
    "aws:SourceArn": ("arn:aws:s3:::b", f"arn:aws:sns:eu-west-1:{ACCOUNT}:t"),
}
ALWAYS = ("aws:SecureTransport", "aws:CurrentTime")
LISTS: Mapping[str, tuple[str, ...]] = {"aws:TagKeys": ("a", "b", "c"), "aws:CalledVia": ("x.amazonaws.com", "y")}

_BLOCKS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("StringEquals", "aws:PrincipalTag/team", ("ops", "dev", "${aws:username}")),
    ("StringNotEquals", "aws:PrincipalTag/team", ("ops", "dev")),
    ("StringLike", "aws:PrincipalTag/team", ("o*", "?ev", "*")),
    ("StringNotLikeIfExists", "aws:PrincipalTag/team", ("o*",)),
    ("Null", "aws:PrincipalTag/team", ("true", "false")),
    ("IpAddress", "aws:SourceIp", ("10.0.0.0/16", "10.0.0.0/8", "2001:db8::/32")),
    ("NotIpAddress", "aws:SourceIp", ("10.0.0.0/16", "192.0.2.0/24")),
    ("NumericLessThan", "aws:MultiFactorAuthAge", ("60", "1000")),
    ("NumericGreaterThanEqualsIfExists", "aws:MultiFactorAuthAge", ("60",)),
    ("Bool", "aws:SecureTransport", ("true", "false")),
    ("BoolIfExists", "aws:SecureTransport", ("false",)),
    ("DateLessThan", "aws:CurrentTime", ("2026-06-01T00:00:00Z",)),
    ("DateGreaterThan", "aws:CurrentTime", ("2026-06-01",)),
    ("ArnLike", "aws:SourceArn", ("arn:aws:s3:::*", "arn:aws:sns:*:*:t")),
    ("ArnNotEquals", "aws:SourceArn", ("arn:aws:s3:::b",)),
    ("ForAllValues:StringEquals", "aws:TagKeys", ("a", "b")),
    ("ForAnyValue:StringEquals", "aws:TagKeys", ("a", "b")),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", ("a",)),
    ("StringEquals", "aws:CalledVia", ("y",)),
    ("Null", "aws:TagKeys", ("true", "false")),
)

Json = dict[str, object]
World = dict[str, list[Json]]


class Made:
    """Makes worlds and requests; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.one_of = self.random.choice

    def some_of(self, values: Sequence[str], most: int) -> list[str]:
        """One to `most` different ones."""
        return self.random.sample(list(values), self.random.randint(1, min(most, len(values))))

    def statement(self, effect: str | None = None, *, has_principal: bool = False) -> Json:
        """One statement; with a Principal for resource policies."""
        body: Json = {"Effect": effect or self.one_of(("Allow", "Allow", "Deny"))}
        body[self.one_of(("Action", "Action", "Action", "NotAction"))] = self.some_of(ACTION_PATTERNS, 2)
        body[self.one_of(("Resource", "Resource", "Resource", "NotResource"))] = self.some_of(PATTERNS, 2)
        blocks = [self.one_of(_BLOCKS) for _ in range(self.random.randint(0, 2))]
        if blocks:
            body["Condition"] = {operator: {key: self.some_of(values, 2)} for operator, key, values in blocks}
        if has_principal:
            named: Json = {"AWS": self.some_of(NAMED, 2)}
            body["Principal"] = named | ({"Service": ["sns.amazonaws.com"]} if self.one_of((True, False)) else {})
        return body

    def statements(self, most: int, *, has_principal: bool = False) -> list[Json]:
        """One to `most` statements."""
        return [self.statement(has_principal=has_principal) for _ in range(self.random.randint(1, most))]

    def world(self) -> World:
        """The statements of each policy type; a type that is missing has no policy."""
        found: World = {"identity": self.statements(3)}
        if self.one_of((True, False)):
            found["resource"] = self.statements(2, has_principal=True)
        for kind in ("boundary", "session", "scp"):
            if self.random.random() < 0.25:
                found[kind] = self.statements(2)
        return found

    def layer(self, world: World) -> str:
        """A policy type of the world whose statements name no principal."""
        return self.one_of([kind for kind in world if kind != "resource"])

    def context(self) -> dict[str, ContextValue]:
        """Some of the keys with a value; those that every request has always."""
        found: dict[str, ContextValue] = {}
        for key, values in KEYS.items():
            value = self.one_of(values if key in ALWAYS else (None, *values))
            if value is not None:
                found[key] = value
        for key, values in LISTS.items():
            if self.one_of((True, False)):
                found[key] = self.some_of(values, 2)
        return found

    def request(self, *, is_complete: bool = True) -> Request:
        """One request with a context of its own; only principals of an account have tags."""
        principal = self.one_of(PRINCIPALS)
        context = self.context()
        if not principal.startswith("arn:"):
            context.pop("aws:PrincipalTag/team", None)
        return Request(principal, self.one_of(ACTIONS), self.one_of(RESOURCES), context, ACCOUNT, is_complete)


def policy_of(found: Sequence[Json], kind: Kind = "identity", name: str = "p") -> Policy:
    """The policy of these statements."""
    return parse_policy({"Version": "2012-10-17", "Statement": list(found)}, kind=kind, name=name)


def policy_set(world: Mapping[str, list[Json]]) -> PolicySet:
    """The world's policies, bound together."""
    return PolicySet(
        identity=[policy_of(world["identity"], name="identity")],
        boundary=policy_of(world["boundary"], "boundary", "boundary") if "boundary" in world else None,
        session=[policy_of(world["session"], "session", "session")] if "session" in world else (),
        resource=[policy_of(world["resource"], "resource", "resource")] if "resource" in world else (),
        scps=[[policy_of(world["scp"], "scp", "scp")]] if "scp" in world else (),
    )
