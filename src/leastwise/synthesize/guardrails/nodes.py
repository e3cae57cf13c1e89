"""The nodes of an organisation: found by name, their accounts, and how far along a change each account is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal

from leastwise.estate.assemble import Estate
from leastwise.estate.held import Node
from leastwise.estate.tree import Tree
from leastwise.model.errors import InputError

Stage = Literal["sandbox", "development", "production"]
STAGES: Final[tuple[Stage, ...]] = ("sandbox", "development", "production")
_WORDS: Final[Mapping[Stage, frozenset[str]]] = {
    "sandbox": frozenset({"sandbox", "sandboxes", "playground", "lab", "labs", "experiments", "innovation"}),
    "development": frozenset(
        {
            "dev",
            "develop",
            "development",
            "test",
            "testing",
            "qa",
            "uat",
            "nonprod",
            "preprod",
            "stage",
            "staging",
            "sit",
        }
    ),
    "production": frozenset({"prod", "production", "prd", "live"}),
}
"""The words in names of OUs and accounts that tell what they are for."""

_NON: Final = frozenset({"non", "pre"})


@dataclass(frozen=True)
class Nodes:
    """The nodes of one organisation, or of the part of it under `top`."""

    tree: Tree
    top: Node | None = None
    _under: dict[str, tuple[Node, ...]] = field(default_factory=dict)

    @cached_property
    def children(self) -> Mapping[str, tuple[Node, ...]]:
        """The nodes right under each, OUs before accounts, by name."""
        found: dict[str, list[Node]] = {}
        for node in self.tree.organization.nodes:
            found.setdefault(node.parent, []).append(node)
        return {parent: tuple(sorted(several, key=_order)) for parent, several in found.items()}

    @cached_property
    def roots(self) -> tuple[Node, ...]:
        """Where the nodes begin: the root, more than one only in a broken file."""
        if self.top is not None:
            return (self.top,)
        return tuple(node for node in self.tree.organization.nodes if node.type == "root")

    def accounts(self, node: Node) -> tuple[Node, ...]:
        """The accounts at or under the node."""
        if node.id not in self._under:
            self._under[node.id] = tuple(one for one in self.walk(node) if one.type == "account")
        return self._under[node.id]

    def walk(self, node: Node) -> Iterator[Node]:
        """The node and all under it, from above."""
        yield node
        for child in self.children.get(node.id, ()) if node.type != "account" else ():
            yield from self.walk(child)

    def is_managing(self, node: Node) -> bool:
        """Whether it is the management account, which no SCP or RCP binds."""
        return node.id == self.tree.organization.management_account

    def title(self, node: Node) -> str:
        """The node as screens name it: its kind, its name, and its id where the name does not tell it."""
        name = node.name or node.id
        return f"{node.type}/{name}" + (f" ({node.id})" if name != node.id else "")

    def stage(self, node: Node) -> Stage:
        """How far along it is, by the nearest name on its way that tells; what no name tells counts as production."""
        way = self.tree.way(node.id) or (node,)
        return next((stage for one in reversed(way) if (stage := _told(one.name))), "production")


def _told(name: str) -> Stage | None:
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
    if any(one in _NON and other in _WORDS["production"] for one, other in pairwise(words)):
        return "development"
    for stage in STAGES:
        if not _WORDS[stage].isdisjoint(words):
            return stage
    return None


def _order(node: Node) -> tuple[bool, str, str]:
    return node.type == "account", node.name.lower(), node.id


def nodes_of(estate: Estate) -> tuple[Nodes, ...]:
    """The organisations of the estate."""
    return tuple(map(Nodes, estate.trees))


def node_named(estate: Estate, name: str) -> tuple[Nodes, Node]:
    """The node of this id, name or title such as `ou/prod`; raises InputError where there is none, or several."""
    found = [
        (nodes, node)
        for nodes in nodes_of(estate)
        for node in nodes.tree.organization.nodes
        if name in (node.id, node.name, f"{node.type}/{node.name or node.id}")
    ]
    exact = [one for one in found if one[1].id == name] or found
    if len(exact) == 1:
        return exact[0]
    if exact:
        listed = ", ".join(f"`{node.id}`" for _, node in exact[:3])
        raise InputError(f"`{name}` is the name of {len(exact)} nodes", help=f"give an id, such as {listed}")
    hint = "`leastwise scp tree` lists the root, the OUs and the accounts" if estate.trees else _NO_TREE
    raise InputError(f"there is no `{name}` in the organisation", help=hint)


_NO_TREE: Final = "the snapshot holds no organisation: collect it from the management account, or give its files"


def highest(nodes: Nodes, top: Node, wanted: Sequence[Node]) -> tuple[Node, ...]:
    """The fewest nodes at or under `top` that have all of the wanted accounts under them and no other."""
    ids = frozenset(node.id for node in wanted)
    return tuple(_highest(nodes, top, ids))


def _highest(nodes: Nodes, node: Node, ids: frozenset[str]) -> Iterator[Node]:
    held = nodes.accounts(node)
    if held and all(one.id in ids for one in held):
        yield node
        return
    for child in nodes.children.get(node.id, ()) if node.type != "account" else ():
        yield from _highest(nodes, child, ids)
