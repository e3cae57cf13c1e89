"""Small estates with permissions boundaries, put together by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leastwise.estate.assemble import Estate
from leastwise.estate.gather import Snapshot
from leastwise.estate.held import (
    Group,
    Iam,
    InlinePolicy,
    ManagedPolicy,
    Node,
    Organization,
    OrganizationPolicy,
    Resource,
    Resources,
    Role,
    User,
)

A, B = "111122223333", "444455556666"
Json = dict[str, object]
CEILING = f"arn:aws:iam::{A}:policy/ceiling"
ADMIN: list[Json] = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


def role_arn(name: str, account: str = A) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def allow(*actions: str, on: str | Sequence[str] = "*", **more: object) -> Json:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on if isinstance(on, str) else list(on), **more}


def deny(*actions: str, on: str | Sequence[str] = "*", **more: object) -> Json:
    return {**allow(*actions, on=on), "Effect": "Deny", **more}


def text(statements: Sequence[Mapping[str, object]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusting(principal: object, **more: object) -> str:
    return text([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}])


def role(
    name: str,
    *statements: Mapping[str, object],
    boundary: str | None = None,
    trust: str = "",
    account: str = A,
    attached: tuple[str, ...] = (),
    tags: Mapping[str, str] = {},  # it is copied
) -> Role:
    """A role that anything of EC2's may run as, where no other trust is given."""
    path, _, short = f"/{name}".rpartition("/")
    return Role(
        role_arn(name, account),
        short,
        path=f"{path}/",
        trust=trust or trusting({"Service": "ec2.amazonaws.com"}),
        inline=(InlinePolicy("own", text(statements)),) if statements else (),
        attached=attached,
        boundary=boundary,
        tags=dict(tags),
    )


def user(
    name: str, *statements: Mapping[str, object], boundary: str | None = None, groups: tuple[str, ...] = ()
) -> User:
    inline = (InlinePolicy("own", text(statements)),) if statements else ()
    return User(f"arn:aws:iam::{A}:user/{name}", name, inline=inline, boundary=boundary, groups=groups)


@dataclass
class World:
    """Users and roles, managed policies by ARN, and an SCP for all, if there is one."""

    holders: list[Role | User]
    policies: dict[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    scp: Sequence[Mapping[str, object]] = ()
    managing: str = ""
    buckets: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)

    def estate(self) -> Estate:
        """The estate."""
        accounts = sorted({one.arn.split(":")[4] for one in self.holders} | {A})
        held = [
            Resource(f"arn:aws:s3:::{name}", A, "s3:bucket", policies={"policy": text(statements)})
            for name, statements in self.buckets.items()
        ]
        return Estate(
            Snapshot(
                iam={one: self._iam(one) for one in accounts},
                organizations=tuple(self._tree(accounts)),
                resources={A: (Resources(A, "s3", resources=tuple(held)),)} if held else {},
            )
        )

    def _iam(self, account: str) -> Iam:
        own = [one for one in self.holders if one.arn.split(":")[4] == account]
        made = [
            ManagedPolicy(arn, arn.rpartition("/")[2], text(statements))
            for arn, statements in self.policies.items()
            if arn.split(":")[4] == account
        ]
        return Iam(
            account,
            tuple(one for one in own if isinstance(one, User)),
            self.groups if account == A else (),
            tuple(one for one in own if isinstance(one, Role)),
            tuple(made),
        )

    def _tree(self, accounts: Sequence[str]) -> list[Organization]:
        if not self.scp:
            return []
        full = OrganizationPolicy("p-full", "full", "scp", text(ADMIN))
        own = OrganizationPolicy("p-own", "own", "scp", text(self.scp))
        nodes = [
            Node("r-1", "Root", "root", scps=("p-full", "p-own")),
            *(Node(one, one, "account", parent="r-1", scps=("p-full",)) for one in accounts),
        ]
        return [
            Organization(
                "o-1",
                nodes=tuple(nodes),
                policies=(full, own),
                enabled=("scp",),
                management_account=self.managing or "999988887777",
            )
        ]
