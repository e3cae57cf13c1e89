"""What is left to hold when a decision depends: a condition as data and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leastwise.decide.facts import RequestFacts
from leastwise.decide.policies import Atom
from leastwise.decide.shape import Bundle, Either, Every, Fixed, Item, Node, Shape
from leastwise.language.conditions import Clause
from leastwise.model.decision import ALLOW, Outcome


@dataclass(frozen=True, slots=True)
class Residual:
    """A condition: `all`, `any` or `not` of other ones, or one clause of a policy or open point by itself."""

    kind: str
    parts: tuple[Residual, ...] = ()
    operator: str = ""
    key: str = ""
    values: tuple[str, ...] = ()

    def document(self) -> dict[str, object]:
        """The condition as data."""
        if self.kind == "clause":
            return {"operator": self.operator, "key": self.key, "values": list(self.values)}
        if self.kind == "open":
            return {"open": self.operator}
        if self.kind == "not":
            return {"not": self.parts[0].document()}
        return {self.kind: [part.document() for part in self.parts]}

    def __str__(self) -> str:
        if self.kind == "clause":
            return f"{self.operator} {self.key} {', '.join(f'`{value}`' for value in self.values)}"
        if self.kind == "open":
            return self.operator
        if self.kind == "not":
            return f"not ({self.parts[0]})"
        joint = " and " if self.kind == "all" else " or "
        return joint.join(f"({part})" if part.kind in ("all", "any") else str(part) for part in self.parts)


def residual(shape: Shape, facts: RequestFacts, possible: Sequence[Outcome]) -> Residual | None:
    """The condition under which the request is allowed; where it never is, that under which it is explicitly denied."""
    denied = _some(shape.denies, facts)
    if ALLOW not in possible:
        return denied if isinstance(denied, Residual) else None
    parts: list[bool | Residual] = [_negated(denied)]
    parts += [_of(node, facts) for node in (*shape.ceilings, shape.grant)]
    found = _joined("all", parts)
    return found if isinstance(found, Residual) else None


def _of(node: Node, facts: RequestFacts) -> bool | Residual:
    if isinstance(node, Fixed):
        return node.value
    if isinstance(node, Every):
        return _joined("all", [_of(part, facts) for part in node.parts])
    if isinstance(node, Either):
        return _joined("any", [_of(part, facts) for part in node.parts])
    return _some(node.bundle, facts)


def _some(bundle: Bundle, facts: RequestFacts) -> bool | Residual:
    return _joined("any", [_item(item, facts) for item in bundle.of(facts.resource)])


def _item(item: Item, facts: RequestFacts) -> bool | Residual:
    if not item.resource(facts.resource, facts):
        return False
    return _joined("all", [_atom(atom, facts) for atom in item.atoms])


def _atom(atom: Atom, facts: RequestFacts) -> bool | Residual:
    answer = atom.check(facts)
    if answer is not None:
        return answer
    if isinstance(atom, Clause):
        return Residual("clause", operator=atom.operator, key=atom.written_key, values=atom.values)
    return Residual("open", operator=str(atom))


def _negated(part: bool | Residual) -> bool | Residual:
    return Residual("not", (part,)) if isinstance(part, Residual) else not part


def _joined(kind: str, parts: Sequence[bool | Residual]) -> bool | Residual:
    """`all` or `any` of the parts without what is settled, and each part once."""
    settles = kind == "any"
    if any(part is settles for part in parts):
        return settles
    left = tuple(dict.fromkeys(part for part in parts if isinstance(part, Residual)))
    if not left:
        return not settles
    return left[0] if len(left) == 1 else Residual(kind, left)
