"""Permissions boundaries that those whom they bind can leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from leastwise.findings.bounds import checked_boundaries, ladder
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.registry import check
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene
from leastwise.findings.weights import weight
from leastwise.synthesize.guardrails.boundaries import Checked
from leastwise.synthesize.guardrails.escapes import Escape

_MOST: Final = 12


@check(
    "LW790",
    "boundary-can-be-left",
    group="guard rails",
    severity="high",
    source='IAM User Guide, "Delegating responsibility to others using permissions boundaries"',
)
def boundary_can_be_left(scene: Scene) -> Iterator[Found]:
    """A principal that can leave the permissions boundary which binds it.

    The boundary is there so that teams may manage roles by themselves. Whoever can take it off, change it, make a role
    without it, or come to act as a principal that it does not bind, is not bound. The ladder has every step, each a
    request that is allowed. `leastwise boundary propose` writes a boundary with the guards that keep it on.

    Each principal has one finding, its shortest way first. Where a way could not be settled, one finding of the
    boundary says what is not known.

    What it cannot see: ways through accounts that the snapshot does not hold, and code that runs as another principal
    already and takes orders from this one.
    """
    for one in scene.once(checked_boundaries):
        by_principal: dict[str, list[Escape]] = {}
        for escape in one.escapes:
            by_principal.setdefault(escape.principal, []).append(escape)
        yield from (_found(scene, one, arn, several) for arn, several in by_principal.items())
        if one.doubts and not one.escapes:
            yield _not_settled(one)


def _found(scene: Scene, one: Checked, arn: str, escapes: Sequence[Escape]) -> Found:
    first = min(escapes, key=lambda escape: len(escape.steps))
    others = dict.fromkeys(escape.way.told for escape in escapes if escape is not first)
    requests = [request for step in first.steps for request in step.requests]
    return Found(
        arn,
        f"{arn.rpartition('/')[2]} can leave the boundary {one.bound.boundary}: {first.way.told}",
        _remedy(one.bound.boundary),
        key=one.bound.boundary,
        witness=requests[0] if requests else None,
        ladder=tuple(ladder(first)),
        evidence=tuple(f"and so it is left: {told}" for told in others),
        risk=float(weight(scene.granted.bits(scene.estate.holders[arn]))),
        breakage=0.1,
    )


def _remedy(boundary: str) -> Remedy:
    return Remedy(
        "Add to the boundary what denies leaving it: `leastwise boundary propose` writes these guards",
        f"leastwise boundary check {quoted(boundary)}; aws iam create-policy-version --policy-arn {quoted(boundary)} "
        "--set-as-default --policy-document file://boundary.json",
        "IAM > Policies: edit the policy of the boundary",
        "leastwise boundary propose -f hcl",
        "leastwise boundary propose -f cfn",
    )


def _not_settled(one: Checked) -> Found:
    whys = list(dict.fromkeys(doubt.why for doubt in one.doubts))
    return Found(
        one.bound.boundary,
        f"whether those whom {one.bound.boundary} binds can leave it could not be settled",
        _remedy(one.bound.boundary),
        key=f"not settled in {one.bound.account}",
        account=one.bound.account,
        kind="policy",
        severity="info",
        evidence=tuple(whys[:_MOST]),
        unknown=whys[0],
    )
