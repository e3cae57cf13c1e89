"""Whether two documents hold the same grants and denials, statement parts taken as they are written.

This needs no meaning of resources, conditions and policy variables: equal texts mean the same. It tells less than a
proof, and more where a policy variable keeps one from being found.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache

from leastwise.catalogue.actions import expand
from leastwise.catalogue.load import Catalogue
from leastwise.model.policy import Policy, Statement

_Held = dict[str, set[tuple[str, str]]]
"""What statements have besides actions and resources → each known action with each resource."""


def same_for_known_actions(
    old: Iterable[Policy], new: Iterable[Policy], *, catalogue: Catalogue, slack: Collection[str] = frozenset()
) -> bool:
    """Whether the new documents hold all that the old ones do, and no more but actions of `slack` in an Allow."""
    before, after = _held(old, catalogue), _held(new, catalogue)
    accepted = {name.lower() for name in slack}
    if before.keys() != after.keys():
        return False
    return all(before[key] <= after[key] and _is_accepted(key, after[key] - before[key], accepted) for key in before)


def _is_accepted(key: str, more: set[tuple[str, str]], accepted: Collection[str]) -> bool:
    return not more or ('"Effect": "Allow"' in key and all(action in accepted for action, _ in more))


def _held(policies: Iterable[Policy], catalogue: Catalogue) -> _Held:
    held: _Held = {}
    for policy in policies:
        for statement in policy.statements:
            key = f"{policy.version} {json.dumps(_rest(statement), sort_keys=True)}"
            actions, resources = _sides(statement, catalogue)
            held.setdefault(key, set()).update((action, resource) for action in actions for resource in resources)
    return held


def _rest(statement: Statement) -> dict[str, object]:
    return replace(statement, sid=None, actions=("",), resources=("",)).document()


def _sides(statement: Statement, catalogue: Catalogue) -> tuple[Collection[str], Collection[str]]:
    """Actions as known names, and resources; a list after NotAction or NotResource is one thing."""
    actions: set[str] = set()
    if statement.is_not_action:
        actions.add(" ".join(sorted({text.lower() for text in statement.actions})))
    else:
        actions.update(*(_named(text.lower(), catalogue) for text in statement.actions))
    whole = " ".join(sorted(set(statement.resources)))
    return actions, {whole} if statement.is_not_resource else set(statement.resources) or {""}


@lru_cache(maxsize=32_768)
def _named(pattern: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The known actions, or the pattern itself where there are none."""
    return tuple(action.name.lower() for action in expand(catalogue, pattern)) or (pattern,)
