"""Roles for emergencies that are assumed without a second factor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from leastwise.estate.ask import Answer, Facts, who_can
from leastwise.estate.held import Role
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.idle import is_for_emergencies
from leastwise.findings.registry import check
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene
from leastwise.findings.weights import weight
from leastwise.model.decision import ALLOW

_ASSUME: Final = "sts:AssumeRole"
_WITHOUT: Final = {
    "aws:MultiFactorAuthPresent": "false",
    "aws:RequestedRegion": "us-east-1",
    "aws:SecureTransport": "true",
}


@check(
    "LW794",
    "break-glass-without-mfa",
    group="guard rails",
    severity="high",
    source='IAM User Guide, "AWS global condition context keys", aws:MultiFactorAuthPresent',
    actions=(_ASSUME,),
)
def break_glass_without_mfa(scene: Scene) -> Iterator[Found]:
    """A role for emergencies that somebody may assume without multi-factor authentication.

    The role may do nearly everything, and is not missed when it is misused. Ask for MFA in its trust policy, as
    `leastwise scp break-glass` writes it. Which roles are for emergencies is told by their ARNs: `--break-glass`.

    The witness is a principal of the snapshot that is allowed to assume it in a session without MFA. Root users are
    not counted, who cannot assume roles.

    What it cannot see: a second factor that an identity provider of your own asks for, which AWS is not told of; and
    principals of accounts that are not in the snapshot.
    """
    for arn, holder in sorted(scene.estate.holders.items()):
        if isinstance(holder, Role) and is_for_emergencies(scene, arn):
            answers = [
                one
                for one in who_can(scene.estate, _ASSUME, arn, facts=Facts(_WITHOUT))
                if one.principal in scene.estate.holders
            ]
            if answers:
                yield _found(scene, holder, answers)


def _found(scene: Scene, role: Role, answers: Sequence[Answer]) -> Found:
    sure = next((one for one in answers if one.decision.outcome is ALLOW), None)
    who = (sure or answers[0]).principal
    may = "may" if sure else "may perhaps"
    return Found(
        role.arn,
        f"the role for emergencies {role.name} {may} be assumed without a second factor, by {who} among others",
        Remedy(
            "Ask for `aws:MultiFactorAuthPresent` in the trust policy of the role",
            f"aws iam update-assume-role-policy --role-name {quoted(role.name)} --policy-document file://trust.json",
            f"IAM > Roles > {role.name} > Trust relationships > Edit: add the condition Bool "
            "aws:MultiFactorAuthPresent true",
            'a `condition` with `test = "Bool"`, `variable = "aws:MultiFactorAuthPresent"`, `values = ["true"]`',
            'Condition: {"Bool": {"aws:MultiFactorAuthPresent": "true"}} in AssumeRolePolicyDocument',
        ),
        severity=None if sure else "medium",
        evidence=tuple(one.principal for one in answers[:12]),
        witness=sure.binding.request if sure else None,
        unknown="" if sure else f"whether {who} may turns on what the snapshot does not tell",
        risk=float(weight(scene.granted.bits(role))),
        breakage=0.1,
    )
