"""Actions in use that are granted on more resources than they are used on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, reduce
from operator import or_
from typing import Final

from leastwise.estate.documents import Parsed
from leastwise.findings.finding import Found
from leastwise.findings.per_policy import PerPolicy
from leastwise.findings.registry import check
from leastwise.findings.retiring import narrowed
from leastwise.findings.scene import Scene
from leastwise.findings.unseen_use import AtWork, at_work
from leastwise.findings.weights import NARROWED, counted, weight
from leastwise.model.policy import Statement
from leastwise.prove.actions import action_index
from leastwise.usage.last_uses import LastUse
from leastwise.usage.resources import BY_NAME, RECORDED, REQUESTED

_SHOWN: Final = 8
_MOST: Final = 12
"""More used resources than this are not listed one by one in a policy either."""
_EXACT: Final = frozenset({RECORDED, REQUESTED, BY_NAME})
_SERVICE: Final = 2
_NAME: Final = 5


@check(
    "LW708",
    "unused-resource-scope",
    group="unused",
    severity="low",
    source='IAM User Guide, "Security best practices in IAM", apply least-privilege permissions',
    needs_usage=True,
)
def unused_resource_scope(scene: Scene) -> Iterator[Found]:
    """Actions that a principal uses on a few resources and is granted on all of them.

    The grant names `*`, or a pattern that leaves the name of the resource open, under no condition; in the window the
    action was used on at most 12 resources that the logs name. Each principal has one finding with its actions;
    `leastwise propose PRINCIPAL --from-current` names the resources.

    An action of which some use has no resource in the logs is left out, so are actions that AWS authorizes on no
    resource.

    What it cannot see: resources to come. Where new ones are made every day, a naming pattern is the better answer.
    """
    for one in scene.once(at_work):
        wide = _wide(scene, one)
        uses = [use for use in scene.uses.get(one.holder.arn, ()) if use.last >= scene.window_first]
        named = _named(scene, uses, wide & one.granted)
        if named:
            yield _found(one, named)


def _wide(scene: Scene, one: AtWork) -> int:
    """The known actions that some policy grants on any resource, under no condition."""
    known = scene.once(_each_policy)
    return reduce(or_, (known.of(parsed) for parsed in scene.estate.identity(one.holder)), 0)


def _each_policy(_: Scene) -> PerPolicy[int]:
    return PerPolicy(_of_policy)


def _of_policy(parsed: Parsed) -> int:
    """The actions that a policy grants on any resource."""
    statements = () if parsed.fault else parsed.policy.statements
    return action_index().bits_of_statements(filter(_is_wide, statements))


def _is_wide(one: Statement) -> bool:
    if one.effect != "Allow" or one.conditions:
        return False
    return one.is_not_resource or any(map(_leaves_name_open, one.resources))


@lru_cache(maxsize=16_384)
def _leaves_name_open(text: str) -> bool:
    """Whether nothing of the resource's name is fixed: `*`, `arn:aws:s3:::*`, `arn:aws:dynamodb:*:*:table/*`."""
    parts = text.split(":", _NAME)
    if len(parts) <= _NAME:
        return text.strip("*") == "" or text.endswith("*")
    head = parts[_NAME].partition("*")[0]
    is_type = parts[_SERVICE] != "s3" and head.endswith(("/", ":")) and head.count("/") + head.count(":") == 1
    return "*" in parts[_NAME] and (not head or is_type)


def _named(scene: Scene, uses: list[LastUse], wide: int) -> dict[str, tuple[str, ...]]:
    """The resources that each action was used on, where the grant is wide and the logs name all of them."""
    by_action: dict[str, list[LastUse]] = {}
    for use in uses:
        by_action.setdefault(use.action, []).append(use)
    found = {}
    for action, several in by_action.items():
        place, known = action_index().index_of(action), scene.catalogue.action(action)
        is_asked = place is not None and wide >> place & 1 and known is not None and bool(known.resource_types)
        names = tuple(sorted({use.resource for use in several}))
        if is_asked and len(names) <= _MOST and all(use.how in _EXACT for use in several):
            found[action] = names
    return found


def _found(one: AtWork, named: dict[str, tuple[str, ...]]) -> Found:
    actions = sorted(named)
    more = f" and {len(actions) - _SHOWN} more" if len(actions) > _SHOWN else ""
    named_ones = ", ".join(actions[:_SHOWN])
    count = len({name for names in named.values() for name in names})
    bits = reduce(or_, map(action_index().bits_of, actions), 0)
    shown = (f"{action} was used on {', '.join(named[action][:3])}" for action in actions[:_SHOWN])
    return Found(
        one.holder.arn,
        f"{counted(len(actions), 'action')} granted on any resource and used on {count}: {named_ones}{more}",
        narrowed(one.holder),
        evidence=(*one.evidence, *shown),
        risk=float(weight(bits)),
        breakage=NARROWED,
    )
