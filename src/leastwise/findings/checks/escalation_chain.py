"""Principals that become administrators in several steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.findings.finding import Found
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.telling import Told, taken_back, told_chains

_RISK: Final = 100.0
_BREAKAGE: Final = 0.1


@check(
    "LW742",
    "escalation-chain",
    group="escalation",
    severity="high",
    source='IAM User Guide, "Roles terms and concepts", "Role chaining"',
)
def escalation_chain(scene: Scene) -> Iterator[Found]:
    """A principal that is no administrator becomes one in several steps, one principal after another.

    Each principal has one finding, with its shortest chain: every step is a call that is allowed, decided as for
    *escalation*, and the next step is taken as the principal gained.

    What to do: cut one step. The cheapest to cut is often the last, which others use as well: *shared-escalation-step*
    counts them. The remedy here is for the first step, which is this principal's own.

    What it cannot see: what *escalation* cannot, and chains of more than eight steps. Steps by permissions that are not
    those of an administrator, such as a secret that holds another system's password, are not followed.
    """
    for arn, one in scene.once(told_chains).items():
        if len(one.chain.steps) > 1:
            yield _found(scene, arn, one)


def _found(scene: Scene, arn: str, one: Told) -> Found:
    steps, rung = one.chain.steps, one.rungs[0][0]
    others = f", {one.chain.others + 1} ways to begin" if one.chain.others else ""
    then = ", then ".join(each.way.told for each in steps)
    return Found(
        arn,
        f"it becomes an administrator in {len(steps)} steps{others}: it {then}",
        taken_back(scene.estate, scene.estate.holders[arn], rung),
        witness=rung.request,
        ladder=one.ladder,
        evidence=tuple(f"by way of {each.to}" for each in steps[:-1]),
        risk=_RISK,
        paths=one.chain.others + 1,
        breakage=_BREAKAGE,
    )
