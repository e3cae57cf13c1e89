"""Permissions boundaries that take nothing away from anybody whom they bind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_

from leastwise.estate.assemble import Holder
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.power import whole_bits
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.weights import counted
from leastwise.model.policy import Policy
from leastwise.prove.actions import action_index
from leastwise.synthesize.guardrails.bound import Bound, boundaries_of


@check(
    "LW709",
    "boundary-that-never-binds",
    group="unused",
    severity="info",
    source='IAM User Guide, "Permissions boundaries for IAM entities"',
)
def boundary_that_never_binds(scene: Scene) -> Iterator[Found]:
    """A permissions boundary that lets through all that those whom it binds are granted.

    It changes nothing today. That is as it should be for a ceiling over what teams may add later; where nobody may add
    anything, it only hides what decides. Narrow it to what was used, with `leastwise boundary propose`, or take it off.

    It counts where the boundary allows every granted action on every resource under no condition, and denies none of
    them. A boundary whose text is not known is left out.

    What it cannot see: what it is there to prevent.
    """
    for bound in boundaries_of(scene.estate):
        if bound.policy is not None and all(_is_let_through(scene, bound.policy, arn) for arn in bound.principals):
            yield _found(bound)


def _is_let_through(scene: Scene, boundary: Policy, arn: str) -> bool:
    holder: Holder = scene.estate.holders[arn]
    granted = scene.granted.joined(scene.estate.identity(holder))[0]
    denies = (one for one in boundary.statements if one.effect == "Deny")
    denied = reduce(or_, map(action_index().bits_of_statement, denies), 0)
    return not granted & ~whole_bits(boundary) and not granted & denied


def _found(bound: Bound) -> Found:
    return Found(
        bound.boundary,
        f"the boundary takes nothing away from the {counted(len(bound.principals), 'principal')} that it binds",
        Remedy(
            "Narrow it to what was used, or take it off where nobody may add permissions",
            "leastwise boundary propose",
            "IAM > Roles or Users > Permissions boundary",
            "leastwise boundary propose -f hcl",
            "leastwise boundary propose -f cfn",
        ),
        key=bound.account,
        account=bound.account,
        kind="policy",
        evidence=tuple(f"binds {arn}" for arn in bound.principals[:12]),
    )
