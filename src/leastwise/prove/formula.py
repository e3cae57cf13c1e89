"""Two ways in which policies combine, as one formula: allowed by the new and not allowed by the old.

Variables of the formula: 1 is true; an atom has one; a gate, which is the AND of its parts, has one. They are numbered
as they are met: the new shape before the old, and in a shape the denies, then each ceiling, then the grant; in a
statement its resource, then its conditions. A certificate is checked against the same numbering.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from leastwise.decide.shape import Bundle, Every, Fixed, Item, Node, Shape, Some
from leastwise.prove.atoms import Atom, Atoms

TRUE: Final = 1
FALSE: Final = -1


@dataclass(slots=True)
class Formula:
    """Gates over atoms, each made once, and the clauses that define them."""

    atoms: Atoms
    count: int = 1
    clauses: list[tuple[int, ...]] = field(default_factory=lambda: [(TRUE,)])
    variable_of: dict[Atom, int] = field(default_factory=dict)
    atom_of: dict[int, Atom] = field(default_factory=dict)
    parts_of: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _gates: dict[tuple[int, ...], int] = field(default_factory=dict)

    def atom(self, atom: Atom) -> int:
        """The variable of the atom."""
        found = self.variable_of.get(atom)
        if found is None:
            self.count += 1
            found = self.variable_of[atom] = self.count
            self.atom_of[found] = atom
        return found

    def every(self, parts: Iterable[int]) -> int:
        """The literal that is true where all parts are."""
        kept = {part for part in parts if part != TRUE}
        if FALSE in kept or any(-part in kept for part in kept):
            return FALSE
        if len(kept) < 2:
            return next(iter(kept), TRUE)
        name = tuple(sorted(kept))
        found = self._gates.get(name)
        if found is None:
            self.count += 1
            found = self._gates[name] = self.count
            self.parts_of[found] = name
            self.clauses.extend((-found, part) for part in name)
            self.clauses.append((found, *(-part for part in name)))
        return found

    def some(self, parts: Iterable[int]) -> int:
        """The literal that is true where one part is."""
        return -self.every(-part for part in parts)

    def item(self, item: Item) -> int:
        """The literal that is true where the statement matches."""
        literals = self.atoms.of(item)
        if literals is None:
            return FALSE
        return self.every(self.atom(atom) if holds else -self.atom(atom) for atom, holds in literals)

    def bundle(self, bundle: Bundle) -> int:
        """The literal that is true where one of the statements matches."""
        return self.some([self.item(item) for item in bundle.items])

    def node(self, node: Node) -> int:
        """The literal that is true where the part of a shape allows."""
        if isinstance(node, Some):
            return self.bundle(node.bundle)
        if isinstance(node, Fixed):
            return TRUE if node.value else FALSE
        parts = [self.node(part) for part in node.parts]
        return self.every(parts) if isinstance(node, Every) else self.some(parts)

    def shape(self, shape: Shape) -> int:
        """The literal that is true where the request is allowed."""
        if shape.never_denied:
            return TRUE
        denied = self.bundle(shape.denies)
        return self.every([-denied, *[self.node(node) for node in shape.needed]])
