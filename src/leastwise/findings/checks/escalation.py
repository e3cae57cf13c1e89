"""Principals that become administrators in one step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.findings.finding import Found, Remedy
from leastwise.findings.own_steps import ADMINISTRATOR
from leastwise.findings.paths import actions_of
from leastwise.findings.power import is_asked
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.telling import Told, taken_back, told_chains
from leastwise.synthesize.guardrails.ways import ASSUMES

_RISK: Final = 100.0
_BREAKAGE: Final = 0.1


@check(
    "LW741",
    "escalation",
    group="escalation",
    severity="critical",
    source='IAM User Guide, "Permissions boundaries for IAM entities", "Grant a user permissions to pass a role"',
    actions=actions_of(),
)
def escalation(scene: Scene) -> Iterator[Found]:
    """A principal that is no administrator becomes one in a single step.

    It gives itself any permissions, joins a group of administrators, takes over or assumes an administrator, runs code
    as one, makes one, or takes off the boundary that holds it. Each call of the step is decided on the estate's own
    principals and policies, after boundary, SCPs, RCPs and conditions; what is not allowed is no step. Whoever holds
    its credentials is an administrator, whatever its policies are called.

    What to do: take the call out of the statement that the ladder names, or hold it to what leads no further: to
    principals that have a boundary (`iam:PermissionsBoundary`), to one service (`iam:PassedToService`), to one path.

    An administrator under a condition, such as MFA, gains nothing: *administrator* tells of it.

    Milder (high) where it assumes an administrator, which somebody may have meant. Roles for emergencies are there to
    be assumed: that alone is no finding.

    What it cannot see: which role a function, an instance, a stack or a job has is not in a snapshot. A principal that
    may change or enter all of them, where an administrator trusts their service, has a finding of low severity that
    says what is not known. Nor does it see what earlier versions of a policy say, who may write to a place from which
    code is taken, or service control that is not IAM's.
    """
    told = scene.once(told_chains)
    for arn, one in told.items():
        if len(one.chain.steps) == 1 and arn not in scene.escalation.conditional:
            yield _found(scene, arn, one)
    for arn, whys in scene.escalation.open_ways.items():
        if is_asked(arn):
            yield _open(arn, whys)


def _found(scene: Scene, arn: str, one: Told) -> Found:
    step, rung = one.chain.steps[0], one.rungs[0][0]
    count = one.chain.others
    others = f", and in {count} other way{'s' if count > 1 else ''}" if count else ""
    return Found(
        arn,
        f"it becomes an administrator in one step: it {step.way.told}{others}",
        taken_back(scene.estate, scene.estate.holders[arn], rung),
        severity="high" if step.way is ASSUMES else None,
        witness=rung.request,
        ladder=one.ladder,
        evidence=(f"an administrator: {step.to if step.to != arn else ADMINISTRATOR}",),
        risk=_RISK,
        paths=one.chain.others + 1,
        breakage=_BREAKAGE,
    )


def _open(arn: str, whys: tuple[str, ...]) -> Found:
    return Found(
        arn,
        "it may become an administrator, which turns on what the snapshot does not hold",
        Remedy("Hold these calls to the resources that the principal looks after, or see that none has such a role"),
        key="open",
        severity="low",
        unknown="; ".join(whys[:3]),
        evidence=whys[3:],
        risk=_RISK / 10,
        breakage=_BREAKAGE,
    )
