"""A least-privilege policy from what a principal used, every statement with the calls that it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.risks import weight_of
from leastwise.model.policy import ATTACHED_POLICIES_LIMIT, MANAGED_POLICY_LIMIT, Statement, document, size
from leastwise.synthesize.blind_spots import Facts, Unknown, unknowns
from leastwise.synthesize.broaden import (
    NO_PATTERNS,
    Buffer,
    Extra,
    Patterns,
    buffer_of,
    grants_of_buffer,
    patterns_of,
    with_patterns,
)
from leastwise.synthesize.buffer import Buffered, Setting
from leastwise.synthesize.evidence import Evidence, Index, blocks_of, calls_of, evidence_of, index_of
from leastwise.synthesize.fit import packed, split_to_fit, weight
from leastwise.synthesize.generalise import Generalised
from leastwise.synthesize.grants import Grant, Names, grants_of, names_in
from leastwise.synthesize.group import NAMED, UNNAMED, Group, grouped
from leastwise.synthesize.siblings import siblings_of
from leastwise.synthesize.widen import Widening, widened
from leastwise.usage.observed import EVERYTHING, Observed, Use, Window
from leastwise.usage.outcomes import SUCCEEDED

GRANTED_OUTCOMES = frozenset({SUCCEEDED})


@dataclass(frozen=True, slots=True)
class Options:
    """What to rest on and how far to go; `attachable` policies are the most that there may be.

    `instance_profiles` tells the role in an instance profile, by name or ARN of the profile, where no log does.
    With `may_widen` false, resources stay exact however many policies that takes; with `may_generalise` false, where
    many came up one after the other as well. `accepted` are sensitive actions that the buffer may grant, `inventory`
    the ARNs of resources that are known to be there, `group` others who are to share the policy.
    """

    window: Window = EVERYTHING
    outcomes: frozenset[str] = GRANTED_OUTCOMES
    instance_profiles: Mapping[str, str] = field(default_factory=dict)
    attachable: int = ATTACHED_POLICIES_LIMIT
    limit: int = MANAGED_POLICY_LIMIT
    may_widen: bool = True
    may_generalise: bool = True
    buffer: Setting = "off"
    accepted: frozenset[str] = frozenset()
    inventory: frozenset[str] = frozenset()
    group: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedStatement:
    """A statement, its evidence, the patterns in it that stand for more than was seen, and what of it nobody used."""

    statement: Statement
    evidence: Evidence
    widenings: tuple[Widening, ...] = ()
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedPolicy:
    """One managed policy."""

    name: str
    statements: tuple[ProposedStatement, ...]

    @property
    def document(self) -> dict[str, object]:
        """The policy document."""
        return document(tuple(s.statement for s in self.statements))

    @property
    def size(self) -> int:
        """Characters as IAM counts them."""
        return size(self.document)


@dataclass(frozen=True, slots=True)
class Member:
    """One of those who share a policy: how many of its grants it used and did not, and which actions never.

    `surplus_weight` is the share of the weight of all grants that it did not use.
    """

    principal: str
    used: int
    surplus: int
    unused_actions: tuple[str, ...]
    surplus_weight: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """Policies for one principal and what is not known; `too_many` when they cannot all be attached by default.

    `to_ask` are unused actions that somebody may want to accept, `suggested` patterns that somebody should look at.
    """

    principal: str
    policies: tuple[ProposedPolicy, ...]
    unknown: tuple[Unknown, ...]
    calls: int
    first: datetime | None
    last: datetime | None
    attachable: int
    limit: int
    to_ask: tuple[Buffered, ...] = ()
    suggested: tuple[Generalised, ...] = ()
    members: tuple[Member, ...] = ()

    @property
    def too_many(self) -> bool:
        """Whether there are more policies than can be attached."""
        return len(self.policies) > self.attachable

    @property
    def oversized(self) -> tuple[str, ...]:
        """Policies that even alone are over the limit."""
        return tuple(p.name for p in self.policies if p.size > self.limit)


def propose(
    observed: Observed,
    principal: str,
    *,
    catalogue: Catalogue,
    data_seen: frozenset[str],
    options: Options,
) -> Proposal:
    """The policies that grant all that the principal's calls needed, and no more.

    With `options.group`, all that any of these needed as well. Raises StoreError when the store cannot be read. A
    principal without a call that counts gets no policy.
    """
    everyone = (principal, *(one for one in options.group if one != principal))
    uses_by = {one: observed.uses(one, options.window) for one in everyone}
    uses = [use for found in uses_by.values() for use in found]
    names = _names(observed, uses, options)
    rests_by = {one: _rests(found, one, names, catalogue, options) for one, found in uses_by.items()}
    rests = rests_by[principal] if len(everyone) == 1 else _together(rests_by.values())
    patterns = patterns_of(rests) if options.may_generalise else NO_PATTERNS
    exact = list(dict.fromkeys(with_patterns(grant, patterns) for grant in rests))
    buffer = _buffer(observed, principal, exact, catalogue, options)
    grants, widenings = _fitted(exact, options, len(buffer.extras))
    widenings += _generalised(patterns)
    statements = [piece for s in _statements(grants) for piece in _pieces(s, options.limit)]
    index = index_of(rests, patterns, widenings)
    proposed = [_with_evidence(s, index, widenings, observed) for s in statements]
    proposed += _buffered(buffer.extras, options.limit)
    facts = Facts(
        principal=principal,
        uses=uses,
        granted=frozenset(g.action for g in rests),
        on_everything=frozenset(g.action for g in rests if g.scope == UNNAMED),
        names=names,
        catalogue=catalogue,
        data_seen=data_seen,
        outcomes=options.outcomes,
    )
    counted = [u for used in rests.values() for u in used]
    return Proposal(
        principal=principal,
        policies=_policies(principal, proposed, options.limit),
        unknown=tuple(unknowns(facts)),
        calls=calls_of(counted),
        first=min((u.first for u in counted if u.first), default=None),
        last=max((u.last for u in counted if u.last), default=None),
        attachable=options.attachable,
        limit=options.limit,
        to_ask=buffer.to_ask,
        suggested=patterns.suggested,
        members=tuple(_members(rests_by, rests, catalogue)) if len(everyone) > 1 else (),
    )


def _together(several: Iterable[Mapping[Grant, list[Use]]]) -> dict[Grant, list[Use]]:
    """Each grant with the uses of everybody."""
    found: dict[Grant, list[Use]] = {}
    for rests in several:
        for grant, uses in rests.items():
            found.setdefault(grant, []).extend(uses)
    return found


def _members(
    rests_by: Mapping[str, Mapping[Grant, list[Use]]], rests: Iterable[Grant], catalogue: Catalogue
) -> Iterable[Member]:
    """What each gets by the shared policy that it did not use itself."""
    every = list(rests)
    total = sum(weight_of(grant.action, catalogue) for grant in every)
    for name, own in rests_by.items():
        surplus = [grant for grant in every if grant not in own]
        actions = {grant.action for grant in own}
        unused = tuple(sorted({grant.action for grant in surplus} - actions))
        weighed = sum(weight_of(grant.action, catalogue) for grant in surplus)
        yield Member(name, len(own), len(surplus), unused, weighed / total if total else 0.0)


def _buffer(
    observed: Observed, principal: str, grants: Iterable[Grant], catalogue: Catalogue, options: Options
) -> Buffer:
    """What to grant without use; nothing where that is off, and the log is then not looked through for siblings."""
    if options.buffer == "off":
        return Buffer()
    names = siblings_of(observed.names(options.window)).get(principal, ())
    siblings = [observed.actions(name, options.window) for name in names]
    return buffer_of(
        grants,
        catalogue=catalogue,
        setting=options.buffer,
        siblings=siblings,
        accepted=options.accepted,
        newest=observed.newest(),
    )


def _generalised(patterns: Patterns) -> list[Widening]:
    by_pattern = {one.pattern: one for one in patterns.applied.values()}
    return [Widening(one.pattern, len(one.members), one.reason) for one in by_pattern.values()]


def _buffered(extras: Sequence[Extra], limit: int) -> list[ProposedStatement]:
    """Statements of their own for what nobody used, so that each can be taken away again."""
    by_action = {one.action: one for one in extras}
    found: list[ProposedStatement] = []
    for statement in _statements(grants_of_buffer(extras)):
        for piece in _pieces(replace(statement, sid=f"Buffer{statement.sid}"), limit):
            held = tuple(by_action[action] for action in piece.actions)
            found.append(ProposedStatement(piece, _NO_EVIDENCE, (), held))
    return found


def rests_of(observed: Observed, principal: str, *, catalogue: Catalogue, options: Options) -> dict[Grant, list[Use]]:
    """Each grant that the principal's calls needed, with the uses that it rests on."""
    uses = observed.uses(principal, options.window)
    names = _names(observed, uses, options)
    return _rests(uses, principal, names, catalogue, options)


def _names(observed: Observed, uses: Iterable[Use], options: Options) -> Names:
    names = names_in(observed, options.instance_profiles, {use.how for use in uses})
    return replace(names, inventory=options.inventory)


def _rests(
    uses: Iterable[Use], principal: str, names: Names, catalogue: Catalogue, options: Options
) -> dict[Grant, list[Use]]:
    """Each grant with the uses that it rests on."""
    rests: dict[Grant, list[Use]] = {}
    for use in uses:
        if use.outcome in options.outcomes and use.kind == "mapped" and use.action:
            for grant in grants_of(use, principal=principal, names=names, catalogue=catalogue):
                rests.setdefault(grant, []).append(use)
    return rests


def _fitted(grants: list[Grant], options: Options, extras: int) -> tuple[list[Grant], list[Widening]]:
    """The grants, exact when their policies can be attached, else with as little widening as makes them fit."""
    widenings: dict[str, Widening] = {}
    current = grants
    while options.may_widen:
        pieces = [p for s in _statements(current) for p in split_to_fit(s, options.limit)]
        room = options.attachable * (options.limit - 64) - extras * _ROOM_OF_EXTRA
        over = sum(weight(p) for p in pieces) - room
        if over <= 0 and len(packed(pieces, options.limit)) <= options.attachable:
            break
        current, steps = widened(current, over=max(over, 256))
        if not steps:
            break
        for step in steps:
            widenings[step.pattern] = step
    patterns = {g.resource for g in current}
    return current, [w for w in widenings.values() if w.pattern in patterns]


def _statements(grants: Iterable[Grant]) -> list[Statement]:
    taken: dict[str, int] = {}
    statements: list[Statement] = []
    for group in grouped(grants):
        name = _sid(group)
        taken[name] = taken.get(name, 0) + 1
        sid = name if taken[name] == 1 else f"{name}{taken[name]}"
        statements.append(Statement(sid, group.actions, group.resources, blocks_of(group.conditions)))
    return statements


def _pieces(statement: Statement, limit: int) -> list[Statement]:
    """The statement, or the numbered pieces that it must be cut into."""
    pieces = split_to_fit(statement, limit - 16)
    if len(pieces) == 1:
        return pieces
    return [replace(piece, sid=f"{piece.sid}Part{i + 1}") for i, piece in enumerate(pieces)]


def _sid(group: Group) -> str:
    """Letters and digits only, as IAM asks of a Sid."""
    for _, key, values in group.conditions:
        if key == "iam:PassedToService":
            return "PassRoleTo" + _camel(values[0].partition(".")[0])
        if key == "kms:ViaService":
            return "KmsVia" + _camel(values[0].partition(".")[0])
    if group.scope != NAMED:
        return "NamedNoResource" if group.scope == UNNAMED else "NoResourceLevel"
    return _camel(group.service) + "Group"


def _camel(text: str) -> str:
    return "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", text) if word) or "Service"


_ROOM_OF_EXTRA = 64
_NO_EVIDENCE = Evidence(0, None, None, "", 0, False, (), ("nobody used it: each action says why it is here",))


def _with_evidence(
    statement: Statement, index: Index, widenings: Sequence[Widening], observed: Observed
) -> ProposedStatement:
    evidence = evidence_of(statement, index, observed)
    held = set(statement.resources)
    return ProposedStatement(statement, evidence, tuple(w for w in widenings if w.pattern in held))


def _policies(principal: str, statements: Sequence[ProposedStatement], limit: int) -> tuple[ProposedPolicy, ...]:
    bins = packed([s.statement for s in statements], limit)
    stem = re.sub(r"[^\w+=,.@-]", "-", principal.rpartition("/")[2] or principal)[:100]
    names = [f"leastwise-{stem}"] if len(bins) == 1 else [f"leastwise-{stem}-{i + 1}" for i in range(len(bins))]
    return tuple(
        ProposedPolicy(name, tuple(statements[i] for i in places)) for name, places in zip(names, bins, strict=True)
    )
