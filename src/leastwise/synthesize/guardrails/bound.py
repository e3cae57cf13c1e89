"""Which principals a permissions boundary binds, and the estate with a boundary put where it is not yet."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from msgspec import structs

from leastwise.estate.assemble import Estate
from leastwise.estate.held import Iam, ManagedPolicy
from leastwise.model.policy import Policy

_IN_USE: Final = "boundary"


@dataclass(frozen=True, slots=True)
class Bound:
    """A boundary by its ARN, its policy, None where that is not known, and the ARNs of the principals that it binds."""

    boundary: str
    policy: Policy | None
    principals: tuple[str, ...]

    @property
    def account(self) -> str:
        """The account of the principals, in which the boundary has to be."""
        return self.principals[0].split(":")[4]


def boundaries_of(estate: Estate) -> tuple[Bound, ...]:
    """Every boundary in use, in the order of ARNs; one of AWS that binds in several accounts once for each."""
    bound: dict[tuple[str, str], list[str]] = {}
    for arn, holder in sorted(estate.holders.items()):
        if holder.boundary is not None:
            bound.setdefault((holder.boundary, arn.split(":")[4]), []).append(arn)
    return tuple(Bound(key[0], policy_of(estate, key[0]), tuple(bound[key])) for key in sorted(bound))


def policy_of(estate: Estate, arn: str) -> Policy | None:
    """The boundary of this ARN, None where it is not known."""
    held = estate.managed(arn)
    if held is None:
        return None
    parsed = estate.documents.managed(held, _IN_USE)
    return None if parsed.fault or parsed.open_keys else parsed.policy


def with_boundary(estate: Estate, policy: Policy, principals: Collection[str], *, name: str) -> Estate:
    """The estate with the policy as the boundary of these principals, in each account a managed policy of the name.

    A policy that the account has by that name gets this text.
    """
    document = json.dumps(policy.document(), ensure_ascii=False)
    bound = frozenset(principals)
    iam = {account: _put(part, document, bound, name) for account, part in estate.snapshot.iam.items()}
    return Estate(replace(estate.snapshot, iam=iam))


def bound_by(estate: Estate, boundary: str, principals: Collection[str]) -> Estate:
    """The estate with the managed policy of this ARN, which it holds, as the boundary of these principals."""
    bound = frozenset(principals)
    iam = {account: _given(part, boundary, bound) for account, part in estate.snapshot.iam.items()}
    return Estate(replace(estate.snapshot, iam=iam))


def _put(part: Iam, document: str, bound: frozenset[str], name: str) -> Iam:
    own = [*(one.arn for one in part.users if one.arn in bound), *(one.arn for one in part.roles if one.arn in bound)]
    if not own:
        return part
    arn = f"{own[0].split(':iam:')[0]}:iam::{part.account}:policy/{name}"
    made = ManagedPolicy(arn, name.rpartition("/")[2], document)
    others = tuple(one for one in part.policies if one.arn != arn)
    return structs.replace(_given(part, arn, bound), policies=(*others, made))


def _given(part: Iam, boundary: str, bound: frozenset[str]) -> Iam:
    users = tuple(structs.replace(one, boundary=boundary) if one.arn in bound else one for one in part.users)
    roles = tuple(structs.replace(one, boundary=boundary) if one.arn in bound else one for one in part.roles)
    return structs.replace(part, users=users, roles=roles)
