"""Principals that make others without the boundary that is in use around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from leastwise.estate.assemble import Holder
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.idle import is_for_emergencies
from leastwise.findings.power import is_asked
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene, account_of
from leastwise.findings.weights import weight
from leastwise.model.request import Request
from leastwise.synthesize.guardrails.ways import CREATING

_KEY: Final = "iam:PermissionsBoundary"


@check(
    "LW796",
    "creates-without-boundary",
    group="guard rails",
    severity="medium",
    source='IAM User Guide, "Delegating responsibility to others using permissions boundaries"',
    actions=tuple(CREATING),
)
def creates_without_boundary(scene: Scene) -> Iterator[Found]:
    """A principal that may make users or roles without a boundary, in an account where boundaries are in use.

    Where a boundary is the rule, whoever makes roles without it makes the exceptions, and may fill them as it likes.
    Ask for `iam:PermissionsBoundary` where `iam:CreateRole` and `iam:CreateUser` are allowed. The witness is such a
    request.

    Administrators, who may do anything, are left out, and so are roles for emergencies. Of principals that a boundary
    binds, boundary-can-be-left speaks.

    What it cannot see: that whoever makes the role is the team that owns the boundary; and whether another boundary
    that it must give holds as well.
    """
    used = _in_use(scene)
    for arn, holder in sorted(scene.estate.holders.items()):
        allowed = used.get(account_of(arn), ())
        is_ripe = bool(allowed) and holder.boundary is None and is_asked(arn) and not is_for_emergencies(scene, arn)
        if is_ripe and not scene.power.is_administrator(holder):
            yield from _found(scene, holder, allowed)


def _in_use(scene: Scene) -> Mapping[str, tuple[str, ...]]:
    """The boundaries in use, by account."""
    found: dict[str, dict[str, None]] = {}
    for arn, holder in scene.estate.holders.items():
        if holder.boundary is not None:
            found.setdefault(account_of(arn), {})[holder.boundary] = None
    return {account: tuple(several) for account, several in found.items()}


def _found(scene: Scene, holder: Holder, allowed: tuple[str, ...]) -> Iterator[Found]:
    requests, doubt = _asked(scene, holder)
    if not requests and not doubt:
        return
    actions = ", ".join(request.action for request in requests) or "iam:CreateRole or iam:CreateUser"
    yield Found(
        holder.arn,
        f"{holder.name} may {'' if requests else 'perhaps '}use {actions} without a boundary",
        Remedy(
            f"Ask for `{_KEY}` where these actions are allowed",
            "leastwise boundary propose --help",
            f'IAM: add the condition StringEquals {_KEY} "{allowed[0]}" to the statement',
            f'a `condition` with `variable = "{_KEY}"` and `values = ["{allowed[0]}"]`',
            f'Condition: {{"StringEquals": {{"{_KEY}": "{allowed[0]}"}}}}',
        ),
        severity=None if requests else "info",
        witness=requests[0] if requests else None,
        evidence=tuple(f"a boundary in use in the account: {one}" for one in allowed[:8]),
        unknown=doubt if not requests else "",
        risk=float(weight(scene.granted.bits(holder))),
        breakage=0.1,
    )


def _asked(scene: Scene, holder: Holder) -> tuple[list[Request], str]:
    """The requests that are allowed without any boundary, and why it is not known where none is found."""
    head = holder.arn.split(":")
    requests, doubt = [], ""
    for action, kind in CREATING.items():
        pattern = f"arn:{head[1]}:iam::{head[4]}:{kind}/*"
        found = scene.escalation.asker.anywhere(holder.arn, action, pattern, context={_KEY: None})
        request = found.request and scene.escalation.asker.confirmed(found.request)
        requests += [request] if request else []
        doubt = doubt or found.doubt
    return requests, doubt
