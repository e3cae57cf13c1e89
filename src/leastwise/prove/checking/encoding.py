"""The formula of a class numbered anew: variable 1 is true, tests and gates have a number each as they are met.

A gate is the AND of its parts, without those that are true and without doubles, in the order of their numbers; two
gates of the same parts are one. An OR is the negation of the AND of the negated parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from leastwise.decide.policies import Entry, ResourceClause
from leastwise.decide.shape import Bundle, Every, Fixed, Item, Node, Shape, Some, always
from leastwise.language.conditions import Clause
from leastwise.model.errors import RequestError
from leastwise.prove.written import RESOURCE, Literal, Test

_TRUE: Final = 1
_FALSE: Final = -1


class Encoding:
    """The numbers of tests and gates, and the clauses that say what the gates are."""

    def __init__(self) -> None:
        self.clauses: list[list[int]] = [[_TRUE]]
        self._count = 1
        self._tests: dict[object, int] = {}
        self._gates: dict[tuple[int, ...], int] = {}

    def literal(self, test: Test, *, holds: bool) -> int:
        """The test's number, negated where it does not hold."""
        number = self._number(name_of(test))
        return number if holds else -number

    def _number(self, name: object) -> int:
        if name not in self._tests:
            self._tests[name] = self._next()
        return self._tests[name]

    def shape(self, shape: Shape) -> int:
        """The literal that says that the request is allowed."""
        if shape.never_denied:
            return _TRUE
        denied = self._any(self._item(item) for item in shape.denies.items)
        return self._all([-denied, *[self._node(node) for node in (*shape.ceilings, shape.grant)]])

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _node(self, node: Node) -> int:
        if isinstance(node, Fixed):
            return _TRUE if node.value else _FALSE
        if isinstance(node, Some):
            return self._bundle(node.bundle)
        parts = [self._node(part) for part in node.parts]
        return self._all(parts) if isinstance(node, Every) else self._any(parts)

    def _bundle(self, bundle: Bundle) -> int:
        return self._any([self._item(item) for item in bundle.items])

    def _item(self, item: Item) -> int:
        return self._all(list(self._parts(item)))

    def _parts(self, item: Item) -> Iterator[int]:
        """What must hold for a statement to match: its tests, and what is not known of policies that are not given."""
        if item.asked is not None or (item.entry is None and item.resource is not always):
            raise RequestError("a certificate of grants, ACLs and access points cannot be checked")
        for literal in _resource_of(item.entry) if item.entry else ():
            yield _FALSE if literal is None else self.literal(literal[0], holds=literal[1])
        for atom in item.atoms:
            if isinstance(atom, Clause):
                yield self.literal(
                    Test(atom.key, atom.operator, atom.values, has_variables=atom.has_variables), holds=True
                )
            elif not isinstance(atom, ResourceClause):
                yield self._number(("free", str(atom)))

    def _any(self, parts: Iterable[int]) -> int:
        return -self._all([-part for part in parts])

    def _all(self, parts: Iterable[int]) -> int:
        wanted = sorted(set(parts) - {_TRUE})
        if _FALSE in wanted or any(-part in wanted for part in wanted):
            return _FALSE
        if not wanted:
            return _TRUE
        if len(wanted) == 1:
            return wanted[0]
        name = tuple(wanted)
        if name not in self._gates:
            gate = self._gates[name] = self._next()
            for part in wanted:
                self.clauses.append([-gate, part])
            self.clauses.append([gate, *[-part for part in wanted]])
        return self._gates[name]


def name_of(test: Test) -> object:
    """What makes two tests the same: what they ask, whatever the order of their values."""
    values = frozenset(test.values)
    if test.on == RESOURCE:
        return RESOURCE, test.kind, test.has_variables, values
    is_template = test.has_variables and any("${" in value for value in test.values)
    return test.on, test.operator.lower(), values, is_template


def _resource_of(entry: Entry) -> Iterator[Literal | None]:
    statement = entry.statement
    if not statement.has_resource or entry.resource is always:
        return
    if any(text and not text.strip("*") for text in statement.resources):
        if statement.is_not_resource:
            yield None
        return
    test = Test(RESOURCE, "Resource", statement.resources, entry.policy.kind, entry.policy.has_variables)
    yield test, not statement.is_not_resource
