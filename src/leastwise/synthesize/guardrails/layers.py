"""What each level of an organisation takes away, by effect; and where a guard rail is missing that siblings have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Final, Literal

from leastwise.decide.policies import PolicySet
from leastwise.estate.documents import Parsed
from leastwise.estate.held import Node, PolicyType
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import Request
from leastwise.prove.actions import action_index
from leastwise.prove.compare import ALL_IDENTITY, ALL_RESOURCE, FULL_RCP, Options, Side
from leastwise.prove.queries import asked
from leastwise.prove.verdict import Proof, Verdict
from leastwise.synthesize.guardrails.nodes import Nodes

Effect = Literal["takes away", "denied above", "denied beside", "lets through", "without effect", "not known"]
_EVERYTHING: Final = Statement(None, ("*",), ("*",))
FULL_SCP: Final = Policy((_EVERYTHING,), "scp", name="FullAWSAccess")
_MOST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """A statement of an attached policy, by its place from 0, and what it does there.

    `actions` is how many known actions it takes away whole, `conditional` how many under conditions or on some
    resources alone.
    """

    policy: str
    index: int
    statement: Statement
    effect: Effect
    actions: int = 0
    conditional: int = 0


@dataclass(frozen=True, slots=True)
class Closed:
    """What is left of the known actions at a level, and which services its Allow statements close, of those open above.

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


Levels = tuple[tuple[Policy, ...], ...]


@dataclass
class Layers:
    """One organisation's policies of one type, each question asked once for equal levels."""

    nodes: Nodes
    kind: PolicyType
    _effects: dict[object, tuple[Part, ...]] = field(default_factory=dict)
    _proofs: dict[object, Proof] = field(default_factory=dict)
    _titles: dict[int, str] = field(default_factory=dict)
    _kept: list[object] = field(default_factory=list)  # INVARIANT: what a key has the id of is kept

    def stages(self) -> Iterator[Stage]:
        """Every node from the root down."""
        for root in self.nodes.roots:
            way = self.nodes.tree.way(root.id) or (root,)
            above = tuple(self.policies(node) for node in way[:-1])
            yield from self._stages(root, above, 0)

    def policies(self, node: Node) -> tuple[Policy, ...]:
        """The policies at the node itself."""
        return tuple(one.policy for one in self._attached(node))

    def title(self, policy: Policy) -> str:
        """What the organisation calls the policy, with its id."""
        return self._titles.get(id(policy), policy.name)

    def _attached(self, node: Node) -> tuple[Parsed, ...]:
        found = tuple(self.nodes.tree.attached(node, self.kind))
        for name, parsed in zip(self.nodes.tree.attached_titles(node, self.kind), found, strict=True):
            self._titles[id(parsed.policy)] = name
            self._kept.append(parsed)
        return found

    def _stages(self, node: Node, above: Levels, depth: int) -> Iterator[Stage]:
        here = self._attached(node)
        own = tuple(one.policy for one in here)
        parts = self._parts(above, here)
        is_exempt = self.nodes.is_managing(node)
        yield Stage(node, depth, tuple(map(self.title, own)), parts, self._closed(above, own), is_exempt)
        for child in self.nodes.children.get(node.id, ()) if node.type != "account" else ():
            yield from self._stages(child, (*above, own), depth + 1)

    def _parts(self, above: Levels, here: tuple[Parsed, ...]) -> tuple[Part, ...]:
        key = (tuple(tuple(map(id, level)) for level in above), tuple(id(one) for one in here))
        if key not in self._effects:
            self._effects[key] = tuple(self._told(above, here))
        return self._effects[key]

    def _told(self, above: Levels, here: tuple[Parsed, ...]) -> Iterator[Part]:
        own = tuple(one.policy for one in here)
        for parsed in here:
            for index, statement in enumerate(parsed.policy.statements):
                yield self._part(above, own, parsed, index, statement)

    def _part(self, above: Levels, own: tuple[Policy, ...], parsed: Parsed, index: int, statement: Statement) -> Part:
        policy = parsed.policy
        told = Part(self.title(policy), index, statement, "lets through")
        if parsed.fault or parsed.open_keys:
            return replace(told, effect="not known")
        if statement.effect == "Allow":
            return told
        alone = (beside(self.kind, replace(policy, statements=(statement,))),)
        proof = self.compare((*above, *alone), above)
        if proof.holds:
            return replace(told, effect="denied above" if above else "without effect")
        without = tuple(_without(one, index) if one is policy else one for one in own)
        is_beside = self.compare((*above, own), (*above, without)).holds
        bits = _bits([statement]) & self._open(above)
        count = bits.bit_count()
        whole = not statement.conditions and statement.resources == ("*",) and not statement.is_not_resource
        return replace(
            told,
            effect="denied beside" if is_beside else "takes away" if proof.verdict is Verdict.FAIL else "not known",
            actions=count if whole else 0,
            conditional=0 if whole else count,
        )

    def compare(self, old: Levels, new: Levels) -> Proof:
        """Whether the new levels let through nothing that the old ones do not."""
        key = (tuple(tuple(map(id, level)) for level in old), tuple(tuple(map(id, level)) for level in new))
        if key not in self._proofs:
            before, after = (Side.of(bound(self.kind, levels)) for levels in (old, new))
            self._proofs[key] = asked("no new access", before, after, Options(first_gap_alone=True))
            self._kept.append((old, new))
        return self._proofs[key]

    def _open(self, levels: Levels) -> int:
        """The known actions of which the levels may let something through."""
        found = action_index().everything
        for level in levels:
            statements = [one for policy in level for one in policy.statements]
            allowed = _bits(one for one in statements if one.effect == "Allow")
            denied = _bits(one for one in statements if one.effect == "Deny" and _is_whole(one))
            found &= allowed & ~denied
        return found

    def _closed(self, above: Levels, own: tuple[Policy, ...]) -> Closed:
        before, after = self._open(above), self._open((*above, own))
        allows = [one for policy in own for one in policy.statements if one.effect == "Allow"]
        is_list = not any(_is_whole(one) and "*" in one.actions and not one.is_not_action for one in allows)
        gone = _services(before) - _services(after)
        return Closed(after.bit_count(), tuple(sorted(gone)), is_list and bool(own))

    def escapes(self) -> Iterator[Escape]:
        """The nodes without a policy that more than half of their siblings have, where it would change something."""
        for root in self.nodes.roots:
            for parent in self.nodes.walk(root):
                for group in self._siblings(parent):
                    yield from self._escaping(parent, group)

    def _siblings(self, parent: Node) -> Iterator[list[Node]]:
        """The OUs right under a node, and its accounts, but for what is empty or exempt."""
        held = self.nodes.children.get(parent.id, ()) if parent.type != "account" else ()
        for kind in ("ou", "account"):
            yield [
                one for one in held if one.type == kind and not self.nodes.is_managing(one) and self.nodes.accounts(one)
            ]

    def _escaping(self, parent: Node, group: Sequence[Node]) -> Iterator[Escape]:
        held = {node.id: self.policies(node) for node in group}
        names = {self.title(policy): policy for several in held.values() for policy in several if _restricts(policy)}
        for name, policy in sorted(names.items()):
            having = tuple(node for node in group if any(self.title(one) == name for one in held[node.id]))
            if len(having) < 2 or len(having) <= len(group) * _MOST:
                continue
            for node in group:
                if node not in having:
                    yield from self._escape(node, parent, policy, having)

    def _escape(self, node: Node, parent: Node, policy: Policy, having: tuple[Node, ...]) -> Iterator[Escape]:
        way = self.nodes.tree.way(node.id) or (node,)
        levels = tuple(self.policies(one) for one in way)
        with_it = (*levels[:-1], (*levels[-1], policy))
        proof = self.compare(with_it, levels)
        if not proof.holds and not self._is_closed(levels):
            yield Escape(node, parent, self.title(policy), having, proof.witness, proof.verdict)

    def _is_closed(self, levels: Levels) -> bool:
        return self._open(levels) == 0


def bound(kind: PolicyType, levels: Levels) -> PolicySet:
    """The levels where everything else allows."""
    if kind == "scp":
        return PolicySet(identity=ALL_IDENTITY, scps=[list(level) for level in levels])
    rcps = [[*level, *(() if _has_full(level) else (FULL_RCP,))] for level in levels]
    return PolicySet(identity=ALL_IDENTITY, resource=ALL_RESOURCE, rcps=rcps)


def beside(kind: PolicyType, policy: Policy) -> tuple[Policy, ...]:
    """The policy beside what AWS attaches everywhere, so that it alone takes away."""
    return (FULL_SCP if kind == "scp" else FULL_RCP, policy)


def _has_full(level: Sequence[Policy]) -> bool:
    return any(one.effect == "Allow" for policy in level for one in policy.statements)


def _without(policy: Policy, index: int) -> Policy:
    kept = tuple(one for place, one in enumerate(policy.statements) if place != index)
    return replace(policy, statements=kept)


def _restricts(policy: Policy) -> bool:
    """Whether it denies anything, or lets through a list."""
    return not all(one.effect == "Allow" and _is_whole(one) and "*" in one.actions for one in policy.statements)


def _is_whole(one: Statement) -> bool:
    return not one.conditions and not one.is_not_resource and "*" in one.resources


def _bits(statements: Sequence[Statement] | Iterator[Statement]) -> int:
    return reduce(or_, map(action_index().bits_of_statement, statements), 0)


def _services(bits: int) -> set[str]:
    return {name.partition(":")[0] for name in action_index().told(bits)}
