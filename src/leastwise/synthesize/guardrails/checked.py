"""A guard rail looked at before it is attached: faults, quotas, and what each statement would take away there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leastwise.estate.assemble import Estate
from leastwise.estate.documents import Parsed
from leastwise.estate.held import Node, PolicyType
from leastwise.language.quotas import DOCUMENT_QUOTAS
from leastwise.lint.run import lint_policy
from leastwise.model.finding import Finding
from leastwise.model.policy import Policy, Statement, size
from leastwise.prove.actions import action_index
from leastwise.synthesize.guardrails.effects import Effects, Part, beside
from leastwise.synthesize.guardrails.layers import Layers
from leastwise.synthesize.guardrails.merge import ATTACHABLE
from leastwise.synthesize.guardrails.nodes import Nodes

_MOST_ACTIONS: Final = 500
"""Known actions of a statement for which it is looked up who is granted them; wider ones bind somebody anyway."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to say of a policy at a node, or by itself where there is none.

    `attached` counts what is at the node today, with the policy; None without a node. `granted` tells for each
    statement of few actions how many principals under the node have an identity policy that may allow some of them.
    """

    policy: Policy
    findings: tuple[Finding, ...]
    characters: int
    limit: int
    attachable: int
    attached: int | None
    parts: tuple[Part, ...]
    granted: Mapping[int, int]

    @property
    def is_sound(self) -> bool:
        """Whether it can be attached, and no check finds an error or a warning."""
        is_within = self.characters <= self.limit and (self.attached or 0) <= self.attachable
        return is_within and all(one.severity == "suggestion" for one in self.findings)


def checked(policy: Policy, kind: PolicyType) -> Checked:
    """The policy by itself, as if it stood at a root beside what AWS attaches."""
    parts = Effects(kind).parts((), beside(kind, policy), Parsed(policy))
    return _checked(policy, kind, parts, None, {})


def checked_at(policy: Policy, nodes: Nodes, node: Node, *, kind: PolicyType, estate: Estate) -> Checked:
    """The policy as it would stand at the node, beside what is attached there and under what is above."""
    layers = Layers(nodes, kind)
    own = layers.policies(node)
    parts = layers.effects.parts(layers.above(node), (*own, policy), Parsed(policy))
    accounts = frozenset(one.id for one in nodes.accounts(node) if not nodes.is_managing(one))
    granted = dict(_granted(policy, accounts, estate)) if kind == "scp" else {}
    return _checked(policy, kind, parts, len(own) + 1, granted)


def _checked(
    policy: Policy, kind: PolicyType, parts: tuple[Part, ...], attached: int | None, granted: Mapping[int, int]
) -> Checked:
    findings = lint_policy(policy.document(), kind=kind, name=policy.name)
    limit = DOCUMENT_QUOTAS[kind].default
    written = size(policy.document())
    return Checked(policy, findings, written, limit, ATTACHABLE[kind] + 1, attached, parts, granted)


def _granted(policy: Policy, accounts: frozenset[str], estate: Estate) -> Iterator[tuple[int, int]]:
    for index, one in enumerate(policy.statements):
        bits = action_index().bits_of_statement(one)
        if one.effect == "Deny" and bits.bit_count() <= _MOST_ACTIONS:
            yield index, len(_holders(one, bits, accounts, estate))


def _holders(one: Statement, bits: int, accounts: frozenset[str], estate: Estate) -> set[str]:
    """The principals of the accounts with an identity policy that may allow an action of the statement."""
    on = one.resources if not one.is_not_resource else ("*",)
    return {
        arn
        for action in action_index().told(bits)
        for resource in on
        for arn in estate.allowing(action, resource)
        if arn.split(":")[4] in accounts
    }
