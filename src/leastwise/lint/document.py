"""A policy document as checks read it: what it means, and each part as it stands in its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from leastwise.language.nodes import Flag, Items, Members, Node, Number, Text, Tree
from leastwise.language.operator_names import OperatorName, split_operator
from leastwise.language.wording import named
from leastwise.model.policy import Kind, Policy, Statement


@dataclass(frozen=True, slots=True)
class Written:
    """A part of a document: its text, empty for what is none, its node and its path."""

    text: str
    node: Node
    path: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One key under one operator. `name` is None where there is no such operator."""

    operator: Written
    name: OperatorName | None
    key: Written
    values: tuple[Written, ...]
    is_list: bool

    @property
    def lowered(self) -> str:
        """The key in lower case."""
        return self.key.text.lower()


class WrittenStatement:
    """One statement: what it says, and its parts as they are written."""

    def __init__(self, statement: Statement, index: int, node: Members, path: str) -> None:
        self.said = statement
        self.index = index
        self.whole = Written("", node, path)
        self._members = {key.value: (key, value) for key, value in reversed(node.values)}

    def __contains__(self, name: str) -> bool:
        """Whether the statement has the element."""
        return name in self._members

    def element(self, name: str) -> Written:
        """The element's value, or the statement where it has none."""
        found = self._members.get(name)
        return self.whole if found is None else _written(found[1], f"{self.whole.path}.{name}")

    @cached_property
    def actions(self) -> tuple[Written, ...]:
        """The actions of `Action` or `NotAction`."""
        return tuple(self._texts("NotAction" if self.said.is_not_action else "Action"))

    @cached_property
    def resources(self) -> tuple[Written, ...]:
        """The resources of `Resource` or `NotResource`."""
        return tuple(self._texts("NotResource" if self.said.is_not_resource else "Resource"))

    @cached_property
    def principals(self) -> tuple[tuple[str, Written], ...]:
        """Each principal with its type; `"*"` alone is of the type AWS."""
        return tuple(self._principals("NotPrincipal" if self.said.is_not_principal else "Principal"))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Each key under each operator."""
        found = self._members.get("Condition")
        return tuple(_conditions(found[1], f"{self.whole.path}.Condition")) if found else ()

    def _texts(self, name: str) -> Iterator[Written]:
        found = self._members.get(name)
        if found is not None:
            yield from (one for one in _values(found[1], f"{self.whole.path}.{name}") if isinstance(one.node, Text))

    def _principals(self, name: str) -> Iterator[tuple[str, Written]]:
        found = self._members.get(name)
        if found is None:
            return
        path = f"{self.whole.path}.{name}"
        if isinstance(found[1], Members):
            for key, node in found[1].values:
                yield from ((key.value, one) for one in _values(node, f"{path}.{named(key.value)}"))
        else:
            yield from (("AWS", one) for one in _values(found[1], path))


class Document:
    """One document: its policy, its statements as written, and its source."""

    def __init__(self, policy: Policy, tree: Tree, *, is_sound: bool) -> None:
        self.policy = policy
        self.tree = tree
        self.is_sound = is_sound
        """Whether its parts are beyond doubt, so that its meaning can be asked for."""

    @property
    def kind(self) -> Kind:
        """Its policy type."""
        return self.policy.kind

    @cached_property
    def whole(self) -> Written:
        """The document itself."""
        return Written("", self.tree.root, "")

    def element(self, name: str) -> Written | None:
        """An element of the document, such as `Version`; None where it has none."""
        members = self.tree.root.values if isinstance(self.tree.root, Members) else []
        return next((_written(value, name) for key, value in members if key.value == name), None)

    @cached_property
    def statements(self) -> tuple[WrittenStatement, ...]:
        """The statements, in their order."""
        element = self.element("Statement")
        if element is None:
            return ()
        is_list = isinstance(element.node, Items)
        nodes = element.node.values if isinstance(element.node, Items) else [element.node]
        placed = [
            (index, node, f"Statement[{index}]" if is_list else "Statement")
            for index, node in enumerate(nodes)
            if isinstance(node, Members)
        ]
        return tuple(
            WrittenStatement(statement, index, node, path)
            for statement, (index, node, path) in zip(self.policy.statements, placed, strict=False)
        )


def _written(node: Node, path: str) -> Written:
    if isinstance(node, Text | Number):
        return Written(node.value, node, path)
    if isinstance(node, Flag):
        return Written("true" if node.value else "false", node, path)
    return Written("", node, path)


def _values(node: Node, path: str) -> Iterator[Written]:
    """The values of a list; what is no list stands for a list of itself."""
    if isinstance(node, Items):
        yield from (_written(one, f"{path}[{index}]") for index, one in enumerate(node.values))
    else:
        yield _written(node, path)


def _conditions(node: Node, path: str) -> Iterator[Condition]:
    for operator, block in node.values if isinstance(node, Members) else ():
        at = f"{path}.{named(operator.value)}"
        for key, value in block.values if isinstance(block, Members) else ():
            below = f"{at}.{named(key.value)}"
            yield Condition(
                Written(operator.value, operator, at),
                split_operator(operator.value),
                Written(key.value, key, below),
                tuple(_values(value, below)),
                isinstance(value, Items),
            )
