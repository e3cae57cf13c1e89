"""Conditions that held nobody back."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.finding import Found, Remedy
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.unseen_use import AtWork, at_work
from leastwise.language.matching import names_action
from leastwise.model.policy import Policy, Statement


@check(
    "LW711",
    "condition-never-needed",
    group="unused",
    severity="info",
    source='IAM User Guide, "IAM JSON policy elements: Condition"',
    needs_usage=True,
)
def condition_never_needed(scene: Scene) -> Iterator[Found]:
    """Conditions of grants in use under which no call of the window was denied.

    Nobody was held back by them, so that they guard against what did not happen, or say what is always so. That is no
    reason to take a guard away: it tells which conditions could be narrower without a denial, and which were copied.
    Each principal has one finding with its statements.

    What it cannot see: calls that were never tried because of the condition, and denials that no log holds.
    """
    for one in scene.once(at_work):
        told = list(_idle(scene, one))
        if told:
            yield _found(scene, one, told)


def _idle(scene: Scene, one: AtWork) -> Iterator[str]:
    arn = one.holder.arn
    used = {use.action.lower() for use in scene.uses.get(arn, ()) if use.last >= scene.window_first}
    denied = scene.used.denied.get(arn, frozenset()) if scene.used else frozenset()
    for parsed in scene.estate.identity(one.holder):
        for place, statement in enumerate(parsed.policy.statements):
            if statement.effect != "Allow" or not statement.conditions or parsed.open_keys:
                continue
            is_used = any(names_action(statement, action) for action in used)
            if is_used and not any(names_action(statement, action) for action in denied):
                yield _told(parsed.policy, place, statement)


def _told(policy: Policy, place: int, statement: Statement) -> str:
    keys = dict.fromkeys(key for block in statement.conditions.values() for key in block)
    return f"{policy.name}:{place + 1} on {', '.join(keys)}"


def _found(scene: Scene, one: AtWork, told: list[str]) -> Found:
    count = f"{len(told)} condition{'' if len(told) == 1 else 's'}"
    return Found(
        one.holder.arn,
        f"{count} of its grants held no call back in {scene.settings.days} days",
        Remedy("keep what guards; narrow or drop what only repeats what is always so"),
        evidence=tuple(told),
    )
