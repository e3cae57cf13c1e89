"""Documents and questions in short, and the replay of what is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leastwise import Policy, PolicySet, evaluate, parse_policy
from leastwise.model.decision import ALLOW, DEPENDS, Outcome
from leastwise.model.policy import Kind
from leastwise.prove.compare import Side
from leastwise.prove.verdict import Proof, Verdict

Json = dict[str, object]

OBJECT = "arn:aws:s3:::b/*"


def allow(
    action: object = "s3:GetObject", resource: object = OBJECT, when: Mapping[str, object] | None = None, **more: object
) -> Json:
    """A statement that allows the action on the resource when the condition holds."""
    found: Json = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    found |= {} if when is None else {"Condition": when}
    return {key: value for key, value in found.items() if value is not None}


def deny(
    action: object = "s3:GetObject", resource: object = OBJECT, when: Mapping[str, object] | None = None, **more: object
) -> Json:
    """The same, denied."""
    return {**allow(action, resource, when, **more), "Effect": "Deny"}


def document(*statements: Json, kind: Kind = "identity") -> Policy:
    """A policy of these statements."""
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind=kind)


def replayed(proof: Proof, old: Policy | PolicySet, new: Policy | PolicySet) -> Sequence[tuple[Outcome, Outcome]]:
    """What the engine decides of each witness, under the old policies and the new."""
    sides = [Side.of(side).policies for side in (old, new)]
    return [
        (evaluate(gap.witness, sides[0]).outcome, evaluate(gap.witness, sides[1]).outcome)
        for gap in (*proof.difference, *proof.future)
    ]


def assert_found(proof: Proof, old: Policy | PolicySet, new: Policy | PolicySet) -> None:
    """There is new access, and the engine says so of every witness."""
    assert Verdict.FAIL == proof.verdict
    for before, after in replayed(proof, old, new):
        assert ALLOW == after
        assert before not in (ALLOW, DEPENDS)
