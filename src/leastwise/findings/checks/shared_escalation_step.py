"""The statements that most chains to an administrator go through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.findings.finding import Found, Remedy
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.telling import Where, statement_told, told_chains
from leastwise.model.decision import Determining

_FEWEST: Final = 2
_SHOWN: Final = 8


@check(
    "LW743",
    "shared-escalation-step",
    group="escalation",
    severity="info",
    source='IAM User Guide, "Security best practices in IAM", "Apply least-privilege permissions"',
)
def shared_escalation_step(scene: Scene) -> Iterator[Found]:
    """One statement is part of several principals' ways to an administrator, so that one edit cuts them all.

    Of each statement that allows a step it is counted how many principals' shortest chains go through it. Edits to
    those that most go through are worth most.

    What to do: begin with the statement that most go through, and look again afterwards.

    What it cannot see: whether a principal has another way once its shortest is cut. The next scan tells.
    """
    ways: dict[Where, list[str]] = {}
    statements: dict[Where, Determining] = {}
    for arn, one in scene.once(told_chains).items():
        for where, by in one.deciding.items():
            ways.setdefault(where, []).append(arn)
            statements[where] = by
    for where, arns in sorted(ways.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(arns) >= _FEWEST:
            yield _found(where[0], statements[where], arns)


def _found(account: str, by: Determining, arns: list[str]) -> Found:
    more = (f"and {len(arns) - _SHOWN} more",) if len(arns) > _SHOWN else ()
    return Found(
        by.policy,
        f"{len(arns)} principals become administrators by way of {statement_told(by)}",
        Remedy(f"narrow {statement_told(by)}: {', '.join(by.statement.actions[:_SHOWN])}"),
        key=f"{account}/{by.index}",
        account=account,
        kind="policy",
        evidence=(*arns[:_SHOWN], *more),
        paths=len(arns),
    )
