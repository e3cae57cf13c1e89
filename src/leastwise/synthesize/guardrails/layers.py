"""What each level of an organisation takes away, by effect; and where a guard rail is missing that siblings have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from leastwise.estate.documents import Parsed
from leastwise.estate.effective import is_whole
from leastwise.estate.held import Node, PolicyType
from leastwise.model.policy import Policy
from leastwise.model.request import Request
from leastwise.prove.actions import action_index
from leastwise.prove.verdict import Proof, Verdict
from leastwise.synthesize.guardrails.effects import Effects, Levels, Part, open_actions
from leastwise.synthesize.guardrails.nodes import Nodes


@dataclass(frozen=True, slots=True)
class Closed:
    """What is left of the known actions at a level, and which services of those open above its policies close.

    `is_list` says that the level lets through a list and not everything.
    """

    left: int
    services: tuple[str, ...]
    is_list: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """A node with what its policies of one type do there."""

    node: Node
    depth: int
    policies: tuple[str, ...]
    parts: tuple[Part, ...]
    closed: Closed
    is_exempt: bool = False


@dataclass(frozen=True, slots=True)
class Escape:
    """A node without a policy that most of its siblings have, with a request that it lets through and they do not."""

    node: Node
    parent: Node
    policy: str
    siblings: tuple[Node, ...]
    witness: Request | None
    verdict: Verdict


@dataclass
class Layers:
    """One organisation's policies of one type; equal levels are looked at once."""

    nodes: Nodes
    kind: PolicyType
    effects: Effects = field(init=False)
    _parts: dict[object, tuple[Part, ...]] = field(default_factory=dict)
    _titles: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.effects = Effects(self.kind)

    def stages(self) -> Iterator[Stage]:
        """Every node from the root down."""
        for root in self.nodes.roots:
            yield from self._stages(root, self.above(root), 0)

    def policies(self, node: Node) -> tuple[Policy, ...]:
        """The policies at the node itself."""
        return tuple(one.policy for one in self._attached(node))

    def above(self, node: Node) -> Levels:
        """The levels over the node, from the root."""
        way = self.nodes.tree.way(node.id) or (node,)
        return tuple(map(self.policies, way[:-1]))

    def title(self, policy: Policy) -> str:
        """What the organisation calls the policy, with its id."""
        return self._titles.get(id(policy), policy.name)

    def _attached(self, node: Node) -> tuple[Parsed, ...]:
        found = tuple(self.nodes.tree.attached(node, self.kind))
        for name, parsed in zip(self.nodes.tree.attached_titles(node, self.kind), found, strict=True):
            self._titles[id(parsed.policy)] = name  # the tree's documents keep the policy, and so its id
        return found

    def _stages(self, node: Node, above: Levels, depth: int) -> Iterator[Stage]:
        here = self._attached(node)
        own = tuple(one.policy for one in here)
        is_exempt = self.nodes.is_managing(node)
        closed = _closed(above, own)
        yield Stage(node, depth, tuple(map(self.title, own)), self._told(above, here), closed, is_exempt)
        for child in self.nodes.children.get(node.id, ()) if node.type != "account" else ():
            yield from self._stages(child, (*above, own), depth + 1)

    def _told(self, above: Levels, here: tuple[Parsed, ...]) -> tuple[Part, ...]:
        own = tuple(one.policy for one in here)
        key = (tuple(tuple(map(id, level)) for level in above), tuple(map(id, own)))
        if key not in self._parts:
            self._parts[key] = tuple(
                replace(part, policy=self.title(one.policy))
                for one in here
                for part in self.effects.parts(above, own, one)
            )
        return self._parts[key]

    def escapes(self) -> Iterator[Escape]:
        """The nodes without a policy that more than half of their siblings have, where it would change something."""
        for root in self.nodes.roots:
            for parent in self.nodes.walk(root):
                for group in self._siblings(parent):
                    yield from self._escaping(parent, group)

    def _siblings(self, parent: Node) -> Iterator[list[Node]]:
        """The OUs right under a node, and its accounts, but for what is empty or exempt."""
        held = self.nodes.children.get(parent.id, ()) if parent.type != "account" else ()
        bound = [one for one in held if not self.nodes.is_managing(one) and self.nodes.accounts(one)]
        for kind in ("ou", "account"):
            yield [one for one in bound if one.type == kind]

    def _escaping(self, parent: Node, group: Sequence[Node]) -> Iterator[Escape]:
        held = {node.id: self.policies(node) for node in group}
        names = {self.title(policy): policy for several in held.values() for policy in several if _restricts(policy)}
        for name, policy in sorted(names.items()):
            having = tuple(node for node in group if any(self.title(one) == name for one in held[node.id]))
            is_usual = len(having) > 1 and 2 * len(having) > len(group)
            for node in group if is_usual else ():
                if node not in having:
                    yield from self._escape(node, parent, policy, having)

    def _escape(self, node: Node, parent: Node, policy: Policy, having: tuple[Node, ...]) -> Iterator[Escape]:
        above, own = self.above(node), self.policies(node)
        proof = self._missed((*above, own), policy)
        if proof is not None and open_actions((*above, own)):
            yield Escape(node, parent, self.title(policy), having, proof.witness, proof.verdict)

    def _missed(self, levels: Levels, policy: Policy) -> Proof | None:
        """What shows that the policy would take something away under the levels; None where it would not."""
        proof = None
        if any(one.effect == "Allow" for one in policy.statements):
            proof = self.effects.compare((*levels[:-1], (*levels[-1], policy)), levels)
        for one in policy.statements if proof is None else ():
            found = self.effects.left(levels, one)
            if not found.holds and (proof is None or found.verdict is Verdict.FAIL):
                proof = found
        return None if proof is None or proof.holds else proof


def _closed(above: Levels, own: tuple[Policy, ...]) -> Closed:
    before, after = open_actions(above), open_actions((*above, own))
    allows = [one for policy in own for one in policy.statements if one.effect == "Allow"]
    is_list = not any(is_whole(one) and "*" in one.actions and not one.is_not_action for one in allows)
    return Closed(after.bit_count(), tuple(sorted(_services(before) - _services(after))), is_list and bool(own))


def _restricts(policy: Policy) -> bool:
    """Whether it denies anything, or lets through a list."""
    return not all(one.effect == "Allow" and is_whole(one) and "*" in one.actions for one in policy.statements)


def _services(bits: int) -> set[str]:
    return {name.partition(":")[0] for name in action_index().told(bits)}
