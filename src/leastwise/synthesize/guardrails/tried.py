"""A guard rail tried on the logs: who would break, by account, principal and statement, and how to roll it out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leastwise.estate.held import Node
from leastwise.language.values.globs import glob_of
from leastwise.model.decision import Determining
from leastwise.synthesize.guardrails.nodes import STAGES, Nodes, Stage, highest
from leastwise.synthesize.replay import Replay, Replayed, Verdict

TOLD: Final[tuple[Verdict, ...]] = ("breaks", "undecided", "denied already", "newly allowed")
"""Verdicts of which the requests are told one by one; those that are as they were are counted."""


@dataclass(frozen=True, slots=True)
class Group:
    """Requests of one principal that come to the same by the same statement.

    `statement` is what denies or allows them, `reason` says why where no statement does. `actions` have their calls,
    `resources` what they were on, those with most calls first. `is_expected` says that its breaking was announced.
    """

    account: str
    principal: str
    verdict: Verdict
    statement: Determining | None
    reason: str
    actions: Mapping[str, int]
    resources: tuple[str, ...]
    keys: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    is_expected: bool = False

    @property
    def calls(self) -> int:
        """How many calls."""
        return sum(self.actions.values())


@dataclass(frozen=True)
class Tried:
    """What a guard rail does to the requests of the accounts that it binds.

    `bound` are the accounts under its node, `exempt` those of them that it does not bind. `groups` are in the order of
    verdict, account, principal. `elsewhere` counts calls by principals of other accounts.
    """

    replay: Replay
    bound: tuple[Node, ...]
    exempt: tuple[Node, ...]
    groups: tuple[Group, ...]
    elsewhere: int = 0

    @property
    def breaks(self) -> tuple[Group, ...]:
        """What would break and was not announced to."""
        return tuple(one for one in self.groups if one.verdict == "breaks" and not one.is_expected)

    @property
    def undecided(self) -> tuple[Group, ...]:
        """What was allowed and cannot be decided, and was not announced to break."""
        return tuple(one for one in self.groups if one.verdict == "undecided" and not one.is_expected)

    def calls(self, account: str, verdict: Verdict) -> int:
        """The calls of an account that come to this."""
        return self.replay.accounts.get((account, verdict), 0)


def tried(
    found: Replay,
    nodes: Nodes | None = None,
    top: Node | None = None,
    *,
    owner: Callable[[str], str | None] = lambda resource: None,
    expected: Sequence[str] = (),
) -> Tried:
    """The replay by account, principal and statement; `expected` are ARN patterns of principals that may break.

    `owner` tells the account of a resource, where that is the account whose policies are tried.
    """
    under = nodes.accounts(top) if nodes and top else ()
    exempt = tuple(node for node in under if nodes and nodes.is_managing(node))
    bound = tuple(node for node in under if node not in exempt)
    ids = {node.id for node in bound}
    elsewhere = sum(calls for (account, _), calls in found.accounts.items() if nodes and account not in ids)
    return Tried(found, bound, exempt, tuple(_groups(found, owner, expected)), elsewhere)


def _groups(found: Replay, owner: Callable[[str], str | None], expected: Sequence[str]) -> Iterator[Group]:
    fits = [glob_of(pattern).matches for pattern in expected]
    grouped: dict[str, list[Replayed]] = {}
    for one in found.rows:
        if one.verdict in TOLD and not (one.verdict == "undecided" and one.was_denied):
            grouped.setdefault(_key(one, owner), []).append(one)
    for key in sorted(grouped):
        rows = grouped[key]
        is_expected = any(test(rows[0].request.principal) for test in fits)
        yield _group(rows, _account(rows[0], owner), is_expected)


def _key(one: Replayed, owner: Callable[[str], str | None]) -> str:
    by = one.by[0] if one.by else None
    why = (one.reason,) if by is None else (by.policy_type, by.policy, by.index)
    return repr((TOLD.index(one.verdict), _account(one, owner), one.request.principal, why))


def _account(one: Replayed, owner: Callable[[str], str | None]) -> str:
    parts = one.request.principal.split(":")
    return owner(one.request.resource) or (parts[4] if len(parts) > 5 else "")


def _group(rows: Sequence[Replayed], account: str, is_expected: bool) -> Group:
    first = rows[0]
    actions: Counter[str] = Counter()
    resources: Counter[str] = Counter()
    for one in rows:
        actions[one.request.action] += one.request.events
        if one.request.resource and not one.request.is_any:
            resources[one.request.resource] += one.request.events
    return Group(
        account,
        first.request.principal,
        first.verdict,
        first.by[0] if first.by else None,
        first.reason,
        dict(actions.most_common()),
        tuple(name for name, _ in resources.most_common()),
        tuple(dict.fromkeys(key for one in rows for key in one.keys)),
        min((one.request.first for one in rows if one.request.first), default=None),
        max((one.request.last for one in rows if one.request.last), default=None),
        is_expected,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a roll-out: where to attach, which account to begin with, and what is known to break there.

    `canaries` are the accounts to go first: those with most calls that the policy lets through, so that a fault shows.
    `calls` are those that were replayed for its accounts.
    """

    stage: Stage
    targets: tuple[Node, ...]
    canaries: tuple[Node, ...]
    accounts: int
    calls: int
    breaks: tuple[Group, ...]
    undecided: tuple[Group, ...]


_CANARIES: Final = 2


def plan(found: Tried, nodes: Nodes, top: Node) -> tuple[Step, ...]:
    """The steps of attaching the guard rail at the node: sandbox, then development, then production."""
    by_stage: dict[Stage, list[Node]] = {}
    for account in found.bound:
        by_stage.setdefault(nodes.stage(account), []).append(account)
    return tuple(_step(stage, by_stage[stage], found, nodes, top) for stage in STAGES if stage in by_stage)


def _step(stage: Stage, accounts: Sequence[Node], found: Tried, nodes: Nodes, top: Node) -> Step:
    ids = {one.id for one in accounts}
    quiet = [one for one in accounts if not found.calls(one.id, "breaks")] or list(accounts)
    canaries = sorted(quiet, key=lambda one: (-found.calls(one.id, "allowed"), one.id))[:_CANARIES]
    return Step(
        stage,
        highest(nodes, top, accounts),
        tuple(canaries) if len(accounts) > _CANARIES else (),
        len(accounts),
        sum(calls for (account, _), calls in found.replay.accounts.items() if account in ids),
        tuple(one for one in found.breaks if one.account in ids),
        tuple(one for one in found.undecided if one.account in ids),
    )
