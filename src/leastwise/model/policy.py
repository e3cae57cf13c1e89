"""A policy document as leastwise writes it, and its size as AWS counts it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

MANAGED_POLICY_LIMIT = 6_144
"""Characters of a managed policy, white space not counted. IAM User Guide, "IAM and AWS STS quotas"."""

ATTACHED_POLICIES_LIMIT = 10
"""Managed policies on one role or user by default. IAM User Guide, "IAM and AWS STS quotas"."""

Conditions = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Statement:
    """One Allow: these actions on these resources under these conditions."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The statement as IAM's JSON has it, lists even of one."""
        body: dict[str, object] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        if self.conditions:
            body["Condition"] = {
                operator: {key: list(values) for key, values in block.items()}
                for operator, block in self.conditions.items()
            }
        return body


def document(statements: tuple[Statement, ...]) -> dict[str, object]:
    """The policy document that holds `statements` in their order."""
    return {"Version": "2012-10-17", "Statement": [s.document() for s in statements]}


def size(policy: Mapping[str, object]) -> int:
    """Characters as IAM counts them: white space outside strings is free, inside strings it counts.

    Source: IAM User Guide, "IAM and AWS STS quotas".
    """
    return len(json.dumps(policy, separators=(",", ":"), ensure_ascii=False))
