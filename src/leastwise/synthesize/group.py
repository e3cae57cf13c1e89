"""Grants into statements that together grant exactly them, in little text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from leastwise.synthesize.grants import Conditions, Grant
from leastwise.synthesize.rectangles import rectangles
from leastwise.usage.resources import UNNAMED, UNSCOPED

EVERY = "*"


@dataclass(frozen=True, slots=True)
class Group:
    """All actions on all resources under the conditions; `scope` parts what takes no resource from what named none."""

    service: str
    scope: str
    conditions: Conditions
    actions: tuple[str, ...]
    resources: tuple[str, ...]


NAMED = "named"


def grouped(grants: Iterable[Grant]) -> list[Group]:
    """Groups that hold exactly the grants' pairs of action and resource, in an order that depends on them alone."""
    kinds: dict[tuple[str, str, Conditions], dict[str, set[str]]] = {}
    for grant in grants:
        scope = grant.scope if grant.resource == EVERY else NAMED
        service = "" if grant.resource == EVERY else grant.action.partition(":")[0]
        kinds.setdefault((service, scope, grant.conditions), {}).setdefault(grant.action, set()).add(grant.resource)
    groups: list[Group] = []
    for (service, scope, conditions), pairs in sorted(kinds.items()):
        frozen = {action: frozenset(resources) for action, resources in pairs.items()}
        for actions, resources in rectangles(frozen, overhead=_STATEMENT_OVERHEAD):
            groups.append(Group(service, scope, conditions, actions, resources))
    return groups


_STATEMENT_OVERHEAD = len(json.dumps({"Sid": "x" * 16, "Effect": "Allow", "Action": [], "Resource": []}))


__all__ = ["EVERY", "NAMED", "UNNAMED", "UNSCOPED", "Group", "grouped"]
