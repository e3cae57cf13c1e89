"""Trees of nodes searched: the members of objects, and the policy documents among all the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leastwise.language.grammar import VERSIONS
from leastwise.language.nodes import Items, Members, Node, Text
from leastwise.language.wording import named


def member(node: Node | None, *names: str) -> Node | None:
    """The value under a key, and under a key of that; None where there is none."""
    for name in names:
        values = node.values if isinstance(node, Members) else ()
        node = next((value for key, value in values if key.value == name), None)
    return node


def text(node: Node | None, *names: str) -> str:
    """The string under a key; empty where there is none."""
    found = member(node, *names)
    return found.value if isinstance(found, Text) else ""


def listed(node: Node | None) -> list[Node]:
    """The values of a list; none of what is no list."""
    return node.values if isinstance(node, Items) else []


def pairs(node: Node | None) -> list[tuple[Text, Node]]:
    """The keys of an object with their values; none of what is no object."""
    return node.values if isinstance(node, Members) else []


def is_document(node: Node) -> bool:
    """Whether an object is a policy document by its `Statement`, or at least by its `Version`."""
    return member(node, "Statement") is not None or text(node, "Version") in VERSIONS


def is_surely_document(node: Node) -> bool:
    """Whether an object is a policy document wherever it stands: it has statements with an effect."""
    statement = member(node, "Statement")
    if statement is None:
        return False
    first = listed(statement)[:1] or [statement]
    return member(first[0], "Effect") is not None


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a tree, the part that holds it, and its key or number there."""

    node: Node
    above: Step | None = None
    key: str | int = ""

    @property
    def path(self) -> str:
        """The path from the root."""
        return _path([one.key for one in reversed(list(self.lineage())) if one.above is not None])

    def lineage(self) -> Iterator[Step]:
        """The part and those that hold it, up to the root."""
        at: Step | None = self
        while at is not None:
            yield at
            at = at.above


def _path(steps: list[str | int]) -> str:
    written = "".join(f"[{one}]" if isinstance(one, int) else f".{named(one)}" for one in steps)
    return written.removeprefix(".")


def below(step: Step) -> list[Step]:
    """The parts right below one, in their order."""
    if isinstance(step.node, Items):
        return [Step(node, step, index) for index, node in enumerate(step.node.values)]
    return [Step(node, step, key.value) for key, node in pairs(step.node)]
