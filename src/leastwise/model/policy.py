"""A policy document: its statements as values, as it is printed, and its size as AWS counts it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from leastwise.model.errors import Diagnostic, Place

MANAGED_POLICY_LIMIT = 6_144
"""Characters of a managed policy, white space not counted. IAM User Guide, "IAM and AWS STS quotas"."""

ATTACHED_POLICIES_LIMIT = 10
"""Managed policies on one role or user by default. IAM User Guide, "IAM and AWS STS quotas"."""

Kind = Literal["identity", "boundary", "session", "resource", "trust", "scp", "rcp", "endpoint"]
KINDS: tuple[Kind, ...] = ("identity", "boundary", "session", "resource", "trust", "scp", "rcp", "endpoint")

Effect = Literal["Allow", "Deny"]
Conditions = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Operator as written → context key as written → the values, all as text."""

Principals = Mapping[str, tuple[str, ...]]
"""`AWS`, `Service`, `Federated` or `CanonicalUser` → the values. `"*"` alone is `{"AWS": ("*",)}`, which it means."""

VARIABLES_VERSION = "2012-10-17"
"""The only version in which policy variables are variables. IAM User Guide, "Version"."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Effect, actions, resources, principals and conditions of one statement.

    `is_not_action`, `is_not_resource` and `is_not_principal` say that the lists are those of `NotAction`,
    `NotResource` and `NotPrincipal`. `principals` is None where the statement has no such element; `has_resource` is
    False where it names no resource because it can only mean its own, as in a trust policy. `place` is where the
    statement begins in its source; it plays no part in comparison.
    """

    sid: str | None
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = field(default_factory=dict)
    effect: Effect = "Allow"
    principals: Principals | None = None
    is_not_action: bool = False
    is_not_resource: bool = False
    is_not_principal: bool = False
    has_resource: bool = True
    place: Place | None = field(default=None, compare=False)

    def document(self) -> dict[str, object]:
        """The statement as IAM's JSON has it, lists even of one."""
        body: dict[str, object] = {} if self.sid is None else {"Sid": self.sid}
        body["Effect"] = self.effect
        if self.principals is not None:
            named = {kind: list(values) for kind, values in self.principals.items()}
            is_everyone = named == {"AWS": ["*"]}  # RCPs and gateway endpoints take it in this form alone
            body["NotPrincipal" if self.is_not_principal else "Principal"] = "*" if is_everyone else named
        body["NotAction" if self.is_not_action else "Action"] = list(self.actions)
        if self.has_resource:
            body["NotResource" if self.is_not_resource else "Resource"] = list(self.resources)
        if self.conditions:
            body["Condition"] = {
                operator: {key: list(values) for key, values in block.items()}
                for operator, block in self.conditions.items()
            }
        return body


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document of one kind. `name` is what to call it, such as the file it came from.

    `version` is None when the document has none. `notes` are diagnostics that do not make it unusable, such as a
    size above the quota.
    """

    statements: tuple[Statement, ...]
    kind: Kind = "identity"
    version: str | None = VARIABLES_VERSION
    id: str | None = None
    name: str = field(default="policy", compare=False)
    notes: tuple[Diagnostic, ...] = field(default=(), compare=False)

    @property
    def has_variables(self) -> bool:
        """Whether `${…}` is a policy variable in this document and not plain text."""
        return self.version == VARIABLES_VERSION

    def document(self) -> dict[str, object]:
        """The policy as IAM's JSON has it; parsed again, it is this policy."""
        body: dict[str, object] = {} if self.version is None else {"Version": self.version}
        if self.id is not None:
            body["Id"] = self.id
        return {**body, "Statement": [s.document() for s in self.statements]}


def document(statements: Sequence[Statement]) -> dict[str, object]:
    """The policy document that holds `statements` in their order."""
    return Policy(tuple(statements)).document()


def size(policy: Mapping[str, object]) -> int:
    """Characters as IAM counts them: white space outside strings is free, inside strings it counts.

    Source: IAM User Guide, "IAM and AWS STS quotas".
    """
    return len(json.dumps(policy, separators=(",", ":"), ensure_ascii=False))
