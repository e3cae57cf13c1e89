"""The Deny statements by which a boundary keeps those whom it binds from leaving it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from leastwise.model.policy import Conditions, Policy, Statement
from leastwise.prove.actions import action_index
from leastwise.synthesize.guardrails.possible import allowed_bits
from leastwise.synthesize.guardrails.ways import CREATING, DETACHING, EDITING, REMOVING, REPLACING

_KEY: Final = "iam:PermissionsBoundary"
_CHANGING: Final = (
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:UpdateAssumeRolePolicy",
)
"""Calls on principals that carry their boundary. Service Authorization Reference, "AWS Identity and Access
Management (IAM)", condition key `iam:PermissionsBoundary`."""


def own_guards(boundary: str, protected: Sequence[str], allowed: Statement) -> tuple[Statement, ...]:
    """The guards of the boundary of this ARN, for all that its Allow statement lets through.

    IAM User Guide, "Delegating responsibility to others using permissions boundaries".
    """
    return tuple(_guards(boundary, tuple(protected), allowed))


def _guards(boundary: str, protected: tuple[str, ...], allowed: Statement) -> Iterator[Statement]:
    without_it: Conditions = {"StringNotEquals": {_KEY: (boundary,)}}
    yield _deny("OnlyWithThisBoundary", (*CREATING, *REPLACING.values()), conditions=without_it)
    yield _deny("KeepBoundaries", tuple(REMOVING.values()))
    own = tuple(one for one in protected if ":organizations:" not in one)
    yield _deny("KeepPolicies", EDITING, resources=(boundary, *own))
    if own:
        yield _deny("KeepGuards", tuple(DETACHING), conditions={"ArnEquals": {"iam:PolicyARN": own}})
    others = tuple(one for one in protected if one not in own)
    if others:
        yield _deny("KeepControls", ("organizations:*",), resources=others)
    let_through = allowed_bits([Policy((allowed,))])
    changing = tuple(one for one in _CHANGING if action_index().bits_of(one) & let_through)
    if changing:
        yield _deny("OnlyThoseBound", changing, conditions=without_it)


def _deny(
    sid: str, actions: tuple[str, ...], *, resources: tuple[str, ...] = ("*",), conditions: Conditions | None = None
) -> Statement:
    return Statement(sid, actions, resources, conditions or {}, "Deny")
