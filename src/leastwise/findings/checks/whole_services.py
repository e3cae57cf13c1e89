"""Principals that may use whole services on everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from leastwise.findings.finding import Found, Severity
from leastwise.findings.registry import check
from leastwise.findings.retiring import narrowed
from leastwise.findings.scene import Scene
from leastwise.findings.shown import NOT_SHOWN, shown
from leastwise.findings.weights import NARROWED, by_service, heavy, weight
from leastwise.findings.whole import Whole, wholes

_SENSITIVE: Final = 15
_SHARE: Final = 0.9
_MANY: Final = 5
_SHOWN: Final = 10


@check(
    "LW762",
    "whole-services",
    group="risk",
    severity="medium",
    source='IAM User Guide, "Security best practices in IAM", "Apply least-privilege permissions"',
)
def whole_services(scene: Scene) -> Iterator[Found]:
    """A principal may do everything on every resource of services that hold data, credentials or permissions.

    It is judged by what is allowed, not by how it is written: nine tenths of a service's actions on `*`, under no
    condition, after boundary, Denies and SCPs, of a service with actions that weigh 15 and more in
    `leastwise.catalogue.risks`. `s3:*`, a list of all actions, and NotAction come to the same. Each principal has one
    finding. It is grave for five such services and more, mild for one, and for the permission sets of people.

    What to do: put the proposal from what was used in place of it.

    What it cannot see: resource policies and key policies that deny, and what is stored there.
    """
    for one in scene.once(wholes):
        names = _services(one.bits)
        if names:
            yield _found(scene, one, names)


@lru_cache(maxsize=16_384)
def _services(bits: int) -> tuple[str, ...]:
    if not bits & heavy(_SENSITIVE):
        return ()
    return tuple(name for name, own in by_service().items() if _is_whole(bits & own, own))


def _is_whole(bits: int, own: int) -> bool:
    return bool(bits & heavy(_SENSITIVE)) and bits.bit_count() >= _SHARE * own.bit_count()


def _found(scene: Scene, one: Whole, names: Sequence[str]) -> Found:
    bits = sum(one.bits & by_service()[name] for name in names)
    witness = shown(scene, one.holder.arn, bits & heavy(_SENSITIVE))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return Found(
        one.holder.arn,
        f"it may use {len(names)} whole services on every resource: {', '.join(names[:_SHOWN])}{more}",
        narrowed(one.holder),
        severity=_severity(one, len(names)),
        witness=witness,
        evidence=(f"{bits.bit_count()} actions, of which {(bits & one.used).bit_count()} were used",)
        if scene.used
        else (),
        unknown="" if witness else NOT_SHOWN,
        risk=float(weight(bits)),
        breakage=NARROWED,
    )


def _severity(one: Whole, count: int) -> Severity:
    if one.permission_set or count == 1:
        return "low"
    return "high" if count >= _MANY else "medium"
