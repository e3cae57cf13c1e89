"""The finding that a role is open by its trust policy, with how to close it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from leastwise.findings.finding import Found, Remedy, Severity
from leastwise.findings.outside import Shown
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene
from leastwise.findings.trusts import Trusting
from leastwise.findings.weights import SHARED, weight

Condition = tuple[str, str, str]
"""An operator, a key and a value that a trust policy should ask for."""


def found_of(
    scene: Scene,
    one: Trusting,
    message: str,
    *,
    says: str,
    shown: Shown,
    condition: Condition | None = None,
    evidence: Sequence[str] = (),
    severity: Severity | None = None,
    key: str = "",
) -> Found:
    """The role as a finding; what is not certain is milder by itself."""
    role = one.role
    return Found(
        role.arn,
        message,
        _remedy(role.name, says, condition),
        key=key,
        severity=severity if shown.request else "medium",
        witness=shown.request,
        evidence=tuple(evidence),
        unknown="" if shown.request else shown.unknown,
        risk=float(weight(scene.granted.bits(role))),
        breakage=SHARED,
    )


def _remedy(name: str, says: str, condition: Condition | None) -> Remedy:
    asked = "" if condition is None else json.dumps({condition[0]: {condition[1]: condition[2]}})
    return Remedy(
        says,
        f"aws iam update-assume-role-policy --role-name {quoted(name)} --policy-document file://trust.json",
        f"IAM > Roles > {name} > Trust relationships > Edit" + (f': add "Condition": {asked}' if asked else ""),
        "change the `assume_role_policy` of the `aws_iam_role`"
        + (f', with a `condition` for "{condition[1]}"' if condition else ""),
        "change the AssumeRolePolicyDocument" + (f", with Condition: {asked}" if asked else ""),
    )
