"""Many resources of one kind as one pattern, when the exact list is longer than all policies together may be.

Each step takes away the last part of a name below its owner: the keys of one folder of a bucket, the streams
of one log group, the parameters of one path. What owns them stays: bucket, log group, table, first path part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from leastwise.synthesize.grants import Grant

_LEAST = 4
"""Fewer resources than this under one parent are never made a pattern."""


@dataclass(frozen=True, slots=True)
class Widening:
    """A pattern, how many observed resources it stands for, and what it adds beyond them.

    `reason` is why it stands for them; empty where it only makes the policies fit.
    """

    pattern: str
    observed: int
    reason: str = ""

    @property
    def adds(self) -> str:
        """What the pattern grants that no logged call rests on."""
        return f"every other resource that matches `{self.pattern}`"


def widened(grants: Iterable[Grant], *, over: int) -> tuple[list[Grant], list[Widening]]:
    """The grants with patterns in place of resources, about `over` characters shorter where that can be had.

    The parents that save most go first; a parent's own parent is tried when that is not enough.
    """
    current = list(dict.fromkeys(grants))
    stands_for: dict[str, set[str]] = {}
    while over > 0:
        families = _families(current)
        if not families:
            break
        chosen, saved = _best(families, over)
        current = list(dict.fromkeys(_replaced(g, chosen) for g in current))
        for child, parent in chosen.items():
            stands_for.setdefault(parent, set()).update(stands_for.pop(child, {child}))
        over -= saved
    return current, [Widening(p, len(children)) for p, children in sorted(stands_for.items())]


def _families(grants: Iterable[Grant]) -> Mapping[str, set[str]]:
    families: dict[str, set[str]] = {}
    for grant in grants:
        parent = parent_of(grant.resource)
        if parent:
            families.setdefault(parent, set()).add(grant.resource)
    return {parent: children for parent, children in families.items() if len(children) >= _LEAST}


def _best(families: Mapping[str, set[str]], over: int) -> tuple[dict[str, str], int]:
    """Children and the pattern in their place, from the families that save most, until enough is saved."""
    chosen: dict[str, str] = {}
    saved = 0
    gains = {p: sum(len(c) + 3 for c in children) - len(p) - 3 for p, children in families.items()}
    deepest = max(p.count("/") for p in families)
    for parent in sorted(families, key=lambda p: (p.count("/") != deepest, -gains[p], p)):
        if saved >= over or (chosen and parent.count("/") != deepest):
            break
        chosen |= dict.fromkeys(families[parent], parent)
        saved += gains[parent]
    return chosen, saved


def _replaced(grant: Grant, chosen: Mapping[str, str]) -> Grant:
    return replace(grant, resource=chosen.get(grant.resource, grant.resource))


_LOG_STREAM = re.compile(r"(.*:log-group:[^:]+:log-stream:)[^*]+")
_PATH = re.compile(r"(arn:[^:]*:(?P<service>[^:]*):[^:]*:[^:]*:.*/)(?!\*$)[^/]+(?:/\*)?")
_OWNERS = {"s3": 1, "ssm": 2, "ecr": 2}
"""Parts of the resource that stay whatever happens: the bucket; `parameter/a`; `repository/a`."""


def parent_of(pattern: str) -> str:
    """The pattern that stands for the resource and all its neighbours; empty when its owner would go too."""
    stream = _LOG_STREAM.fullmatch(pattern)
    if stream:
        return stream.group(1) + "*"
    path = _PATH.fullmatch(pattern)
    if path is None or path["service"] not in _OWNERS:
        return ""
    parent = path.group(1)
    kept = parent.split(":", 5)[5].count("/")
    return parent + "*" if kept >= _OWNERS[path["service"]] else ""
