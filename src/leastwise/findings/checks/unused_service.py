"""Services that a principal at work is granted and does not use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.findings.finding import Found
from leastwise.findings.registry import check
from leastwise.findings.retiring import narrowed
from leastwise.findings.scene import Scene
from leastwise.findings.unseen_use import AtWork, at_work, of_services
from leastwise.findings.weights import NEVER_REACHED, services, weight

_SHOWN: Final = 12


@check(
    "LW706",
    "unused-service",
    group="unused",
    severity="low",
    source='IAM User Guide, "Refine permissions in AWS using last accessed information"',
    needs_usage=True,
)
def unused_service(scene: Scene) -> Iterator[Found]:
    """Services that a principal at work is granted, by name or by a broad policy, and did not use in the window.

    What is granted and not needed is what a stolen session is worth. Each principal has one finding with its services;
    `leastwise propose PRINCIPAL --from-current` writes the policy without them.

    A call in the logs and last-accessed data both count as use, denied attempts in the latter too. A service is named
    only where the logs of its account would show every action of it that is granted: where its data events are not
    logged, or a call of it could not be told to an action, nothing is said of it.

    What it cannot see: a service that is needed for the first time tomorrow, and conditions that keep a grant from
    ever counting.
    """
    for one in scene.once(at_work):
        unused = tuple(_unused(one))
        if unused:
            yield _found(one, unused)


def _unused(one: AtWork) -> Iterator[str]:
    blind = set(services(one.granted & one.hidden))
    for name in services(one.granted):
        if name not in one.services and name not in blind:
            yield name


def _found(one: AtWork, unused: tuple[str, ...]) -> Found:
    more = f" and {len(unused) - _SHOWN} more" if len(unused) > _SHOWN else ""
    total = len(services(one.granted))
    return Found(
        one.holder.arn,
        f"{len(unused)} of {total} granted services were not used: {', '.join(unused[:_SHOWN])}{more}",
        narrowed(one.holder),
        evidence=(*one.evidence, f"services used: {', '.join(sorted(one.services)) or 'none'}"),
        risk=float(weight(one.granted & of_services(unused))),
        breakage=NEVER_REACHED,
    )
