"""The page to decide on about a policy of an organisation that was tried: purpose, evidence, proof, who would break."""

from __future__ import annotations

from collections.abc import Sequence

from leastwise.estate.assemble import Estate
from leastwise.estate.held import Node, PolicyType
from leastwise.model.policy import Policy
from leastwise.surfaces.cli.text import moment, number, plural
from leastwise.surfaces.formats.decision_page import DecisionPage, Table
from leastwise.synthesize.guardrails.checked import Checked, checked_at
from leastwise.synthesize.guardrails.nodes import Nodes
from leastwise.synthesize.guardrails.tried import Group, Step, Tried, plan
from leastwise.synthesize.replay import VERDICTS


def effect_table(check: Checked) -> Table:
    """What the prover tells of each statement where it is to stand."""
    rows = [(str(part.index + 1), part.effect, _count(part.actions, part.conditional)) for part in check.parts]
    return Table(("statement", "effect there", "known actions"), rows)


def _count(whole: int, in_part: int) -> str:
    return f"{number(whole)} whole" if whole else f"{number(in_part)} in part"


def breaks_table(groups: Sequence[Group], reasons: Sequence[str]) -> Table:
    """Who would break, by account and principal; `reasons` says why for each group."""
    rows = [
        (one.account, one.principal, number(one.calls), moment(one.last), reason)
        for one, reason in zip(groups, reasons, strict=True)
    ]
    return Table(("account", "principal", "calls", "last", "by"), rows, "Nobody, of all observed requests.")


def evidence_table(found: Tried) -> Table:
    """The observed calls by what becomes of them."""
    rows = [
        (verdict, number(calls))
        for verdict in VERDICTS
        if (calls := sum(found.calls(node.id, verdict) for node in found.bound))
    ]
    span = f"{moment(found.replay.first)} to {moment(found.replay.last)}" if found.replay.first else "no call"
    accounts = plural(len(found.bound), "account")
    return Table(("observed requests", "calls"), [*rows, (f"from {span}", accounts)], "No call was observed.")


def plan_lines_of(found: Tried, nodes: Nodes, node: Node) -> tuple[str, ...]:
    """The steps of a roll-out, a line each."""
    return tuple(_step(place, one, nodes) for place, one in enumerate(plan(found, nodes, node), 1))


def _step(place: int, one: Step, nodes: Nodes) -> str:
    canaries = f", first {', '.join(map(nodes.title, one.canaries))}" if one.canaries else ""
    targets = ", ".join(nodes.title(node) for node in one.targets)
    return (
        f"step {place}, {one.stage}: {targets}{canaries}; {plural(len(one.breaks), 'group')} known to break, "
        f"{len(one.undecided)} open"
    )


def effects_at(policy: Policy, estate: Estate, nodes: Nodes, node: Node, kind: PolicyType) -> Table:
    """What each statement does at the node."""
    return effect_table(checked_at(policy, nodes, node, kind=kind, estate=estate))


def page_of(
    policy: Policy,
    purpose: str,
    targets: Sequence[str],
    exceptions: Sequence[str],
    tables: tuple[Table, Table, Table],
    steps: Sequence[str],
) -> DecisionPage:
    """The page; `tables` are the evidence, the proof and who would break."""
    evidence, proof, breaks = tables
    told = purpose or "No purpose was given."
    sections = {"Roll-out": steps} if steps else {}
    return DecisionPage(policy.name, policy, told, tuple(targets), evidence, tuple(exceptions), proof, breaks, sections)
