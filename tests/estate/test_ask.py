"""Every decision case of the project's own tables, held by a snapshot, asked through the questions of an estate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from conformance.decision_tables import asked_rows
from conformance.estates import ENDPOINT, ORGANIZATION, NotHeldError, snapshot_of
from msgspec.structs import replace as with_fields

from leastwise.decide.evaluate import Decision, evaluate
from leastwise.decide.policies import PolicySet, listed
from leastwise.decide.services import NEVER_DENIED, NO_PERMISSION
from leastwise.estate.ask import Facts, can, who_can
from leastwise.estate.assemble import Estate
from leastwise.estate.consolidate import consolidated
from leastwise.estate.effective import layers_of, permissions
from leastwise.estate.gather import Snapshot
from leastwise.model.decision import ALLOW
from leastwise.model.request import ContextValue, Principal, Request, Unknown
from leastwise.model.switches import Switches

TABLES = Path(__file__).parents[2] / "conformance" / "decisions"
NOT_DISCOVERED = ("service", "federated", "anonymous", "federated-user")
"""Whom only a resource's policy tells of: a principal that it does not name is not looked for."""


@dataclass(frozen=True)
class Held:
    """One row: the request as the snapshot tells it, and the policies as the row does."""

    name: str
    request: Request
    policies: PolicySet
    switches: Switches
    snapshot: Snapshot

    @property
    def who(self) -> Principal:
        assert isinstance(self.request.principal, Principal)
        return self.request.principal

    @property
    def facts(self) -> Facts:
        endpoint = ENDPOINT if listed(self.policies.endpoint) else None
        return Facts(self.request.context, self.request.context_is_complete, endpoint)

    def expected(self) -> Decision:
        told = {**of_organization(self), **self.request.context}
        return evaluate(with_fields(self.request, context=told), self.policies, switches=self.switches)


def of_organization(held: Held) -> dict[str, ContextValue]:
    """The keys that the snapshot's organisation tells, worked out anew from its nodes."""
    found: dict[str, ContextValue] = {}
    for organization in held.snapshot.organizations:
        parents = {node.id: node.parent for node in organization.nodes}
        owner = held.request.resource_account or held.who.account
        for prefix, account in (("Principal", held.who.account), ("Resource", owner)):
            if account in parents:
                way, at = [], parents[account]
                while at:
                    way, at = [at, *way], parents[at]
                found[f"aws:{prefix}OrgID"] = ORGANIZATION
                found[f"aws:{prefix}OrgPaths"] = ["/".join((ORGANIZATION, *way, ""))]
    return found


def cases() -> Iterator[Held]:
    for path in sorted(TABLES.glob("*.md")):
        for one in asked_rows(path.read_bytes()):
            try:
                snapshot = snapshot_of([(one.request, one.policies)])
            except NotHeldError:
                continue
            request = told(one.request, snapshot)
            yield Held(f"{path.stem}: {one.row['case']}", request, one.policies, one.switches, snapshot)


def told(request: Request, snapshot: Snapshot) -> Request:
    """The request with what the snapshot tells of who asks and who owns, and nothing else of them."""
    who = request.principal
    assert isinstance(who, Principal)
    managing = next((one.management_account for one in snapshot.organizations), "")
    if who.kind == "role":
        arn = who.entity or f"arn:aws:iam::{who.account}:role/{who.name}"
        tags = (who.tags or None) if who.session else dict(who.tags or {})
        who = Principal.of(who.arn, role_arn=arn, tags=tags, in_management_account=who.account == managing)
    if who.kind == "user":
        who = Principal.of(who.arn, tags=dict(who.tags or {}), in_management_account=who.account == managing)
    who = replace(who, canonical_id=None)
    owner = request.resource_account or (request.resource.split(":")[4] if request.resource.count(":") >= 5 else "")
    owner = owner or who.account
    return with_fields(
        request, principal=who, resource_account=owner, resource_in_management_account=owner == managing != ""
    )


CASES = list(cases())
BY_NAME = pytest.mark.parametrize("held", CASES, ids=[held.name for held in CASES])


def test_most_rows_are_held() -> None:
    every = sum(len(asked_rows(path.read_bytes())) for path in TABLES.glob("*.md"))
    assert len(CASES) >= every * 0.85, (len(CASES), every)


@BY_NAME
def test_can_is_the_decision(held: Held) -> None:
    expected, request = held.expected(), held.request
    answer = can(
        Estate(held.snapshot), held.who.arn, request.action, request.resource, facts=held.facts, switches=held.switches
    )
    assert (expected.outcome, set(expected.possible)) == (answer.decision.outcome, set(answer.decision.possible))


@BY_NAME
def test_who_can_has_whoever_may(held: Held) -> None:
    expected = ALLOW in held.expected().possible
    asked = Estate(held.snapshot)
    found = who_can(asked, held.request.action, held.request.resource, facts=held.facts, switches=held.switches)
    name = held.who.entity if held.who.kind == "role" else held.who.arn
    actual = name in {answer.principal for answer in found}
    if held.who.session:
        assert actual or not expected
    elif held.who.kind not in NOT_DISCOVERED or is_named(held):
        assert expected == actual


def is_named(held: Held) -> bool:
    """Whether the resource's policy names who asks."""
    known = listed(held.policies.resource)
    principals = [] if isinstance(known, Unknown) else [s.principals or {} for one in known for s in one.statements]
    return any(held.who.arn in names for one in principals for names in one.values())


OF_HOLDERS = [one for one in CASES if one.who.kind in ("user", "role")]


@pytest.mark.parametrize("held", OF_HOLDERS, ids=[held.name for held in OF_HOLDERS])
def test_what_can_lists_what_the_layers_allow(held: Held) -> None:
    layers = layers_of(Estate(held.snapshot), held.who.arn)
    own = PolicySet(identity=held.policies.identity, boundary=held.policies.boundary, scps=held.policies.scps)
    alone = with_fields(held.request, resource_account=held.who.account)
    decision = evaluate(alone, own, switches=held.switches)
    needs_policy = held.request.action.lower() not in NEVER_DENIED | NO_PERMISSION
    if decision.outcome is ALLOW and needs_policy and not isinstance(held.policies.scps, Unknown):
        listed_actions = {name.lower() for one in permissions(layers) for name in one.actions}
        assert any(covers(name, held.request.action.lower()) for name in listed_actions), listed_actions


def covers(pattern: str, action: str) -> bool:
    return fnmatchcase(action, pattern)


@pytest.mark.parametrize("held", OF_HOLDERS, ids=[held.name for held in OF_HOLDERS])
def test_one_policy_that_is_proved_equal_decides_as_the_layers(held: Held) -> None:
    layers = layers_of(Estate(held.snapshot), held.who.arn)
    one = consolidated(layers)
    if not one.is_equal:
        return
    alone = with_fields(held.request, resource_account=held.who.account)
    expected = evaluate(alone, layers.policies).outcome is ALLOW
    assert expected == (evaluate(alone, PolicySet(identity=[one.policy])).outcome is ALLOW)


def test_most_policies_are_proved_equal() -> None:
    equal = [consolidated(layers_of(Estate(held.snapshot), held.who.arn)).is_equal for held in OF_HOLDERS[::5]]
    assert sum(equal) >= len(equal) * 0.6, (sum(equal), len(equal))
