"""Where in the organisation a guard rail can stand: the highest nodes at which it breaks nothing that was observed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from leastwise.estate.held import Node
from leastwise.synthesize.guardrails.nodes import Nodes
from leastwise.synthesize.guardrails.tried import Group, Tried


@dataclass(frozen=True, slots=True)
class Spot:
    """A node with what would break, and what cannot be decided, in the accounts under it."""

    node: Node
    depth: int
    accounts: int
    calls: int
    breaks: tuple[Group, ...]
    undecided: tuple[Group, ...]

    @property
    def is_free(self) -> bool:
        """Whether nothing breaks for certain that was not announced."""
        return not self.breaks


@dataclass(frozen=True, slots=True)
class Placing:
    """Every node from the root down, and the highest ones at which nothing breaks."""

    spots: tuple[Spot, ...]
    best: tuple[Spot, ...]

    @property
    def is_whole(self) -> bool:
        """Whether it can stand where the nodes begin, at the root."""
        return any(one.depth == 0 for one in self.best)


def placing(found: Tried, nodes: Nodes) -> Placing:
    """The nodes with what would break there, from a trial at every account."""
    spots = tuple(spot for root in nodes.roots for spot in _spots(found, nodes, root, 0))
    free = {one.node.id for one in spots if one.is_free}
    best = tuple(one for one in spots if one.node.id in free and one.accounts and one.node.parent not in free)
    return Placing(spots, best)


def _spots(found: Tried, nodes: Nodes, node: Node, depth: int) -> Iterator[Spot]:
    ids = frozenset(one.id for one in nodes.accounts(node) if not nodes.is_managing(one))
    yield Spot(
        node,
        depth,
        len(ids),
        sum(calls for (account, _), calls in found.replay.accounts.items() if account in ids),
        _in(found.breaks, ids),
        _in(found.undecided, ids),
    )
    for child in nodes.children.get(node.id, ()) if node.type != "account" else ():
        yield from _spots(found, nodes, child, depth + 1)


def _in(groups: Collection[Group], accounts: Collection[str]) -> tuple[Group, ...]:
    return tuple(one for one in groups if one.account in accounts)
