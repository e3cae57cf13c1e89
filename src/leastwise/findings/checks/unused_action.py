"""Risky actions that a principal at work is granted and does not use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.catalogue.risks import SENSITIVE
from leastwise.findings.finding import Found
from leastwise.findings.registry import check
from leastwise.findings.retiring import narrowed
from leastwise.findings.scene import Scene
from leastwise.findings.unseen_use import AtWork, at_work, of_services
from leastwise.findings.weights import NOT_SEEN, counted, heavy, weight
from leastwise.prove.actions import action_index

_SHOWN: Final = 12
_GRAVE: Final = 100


@check(
    "LW707",
    "unused-action",
    group="unused",
    severity="medium",
    source='IAM User Guide, "Refine permissions in AWS using last accessed information"',
    needs_usage=True,
)
def unused_action(scene: Scene) -> Iterator[Found]:
    """Risky actions that a principal at work is granted and did not use, of services that it uses.

    Risky are those that give a principal more than it has, hand out credentials or open a resource: the classes of
    `leastwise.catalogue.risks` that weigh 40 and more. Each principal has one finding. It is milder where all of them
    together weigh less than one that escalates.

    Calls in the logs and last-accessed data count as use. An action that the account's logs cannot show, such as one of
    the data plane where there are no data events, is not named.

    What it cannot see: the one call a year that a key rotation or a migration makes. The proposal keeps what the
    fleet's record makes likely, and says so.
    """
    for one in scene.once(at_work):
        unused = one.granted & heavy(SENSITIVE) & of_services(one.services) & ~one.used & ~one.hidden
        if unused:
            yield _found(one, unused)


def _found(one: AtWork, unused: int) -> Found:
    names = sorted(action_index().told(unused), key=lambda name: (-weight(action_index().bits_of(name)), name))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    risk = weight(unused)
    return Found(
        one.holder.arn,
        f"{counted(len(names), 'risky action')} not used: {', '.join(names[:_SHOWN])}{more}",
        narrowed(one.holder),
        severity="low" if risk < _GRAVE else None,
        evidence=one.evidence,
        risk=float(risk),
        breakage=NOT_SEEN,
    )
