"""Grants into statements that together grant exactly them, in as little text as two ways of grouping allow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leastwise.synthesize.grants import Conditions, Grant
from leastwise.usage.resources import UNNAMED, UNSCOPED

EVERY = "*"
Pairs = Mapping[str, frozenset[str]]


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
        for actions, resources in _shortest(frozen):
            groups.append(Group(service, scope, conditions, actions, resources))
    return groups


def _shortest(pairs: Pairs) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    by_action = _by_equal_values(pairs)
    by_resource = [(actions, resources) for resources, actions in _by_equal_values(_turned(pairs))]
    return min(by_action, by_resource, key=_length)


def _by_equal_values(pairs: Pairs) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Keys with equal sets of values stand together."""
    together: dict[frozenset[str], list[str]] = {}
    for key, values in pairs.items():
        together.setdefault(values, []).append(key)
    return sorted((tuple(sorted(keys)), tuple(sorted(values))) for values, keys in together.items())


def _turned(pairs: Pairs) -> Pairs:
    turned: dict[str, set[str]] = {}
    for key, values in pairs.items():
        for value in values:
            turned.setdefault(value, set()).add(key)
    return {value: frozenset(keys) for value, keys in turned.items()}


_STATEMENT_OVERHEAD = len(json.dumps({"Sid": "x" * 16, "Effect": "Allow", "Action": [], "Resource": []}))


def _length(groups: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> int:
    return sum(_STATEMENT_OVERHEAD + sum(len(text) + 3 for part in group for text in part) for group in groups)


__all__ = ["EVERY", "NAMED", "UNNAMED", "UNSCOPED", "Group", "grouped"]
