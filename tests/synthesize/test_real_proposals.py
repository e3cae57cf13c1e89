"""Promises of a proposal, held against every principal of the bundled real logs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from made_proposals import principals, proposal, uses
from matching import allows, statements

from leastwise.catalogue.load import load_catalogue
from leastwise.lint.run import lint_policy
from leastwise.model.policy import Policy
from leastwise.synthesize.propose import Options, Proposal
from leastwise.synthesize.tighten import Ground, tightened
from leastwise.usage.coverage import data_prefixes_seen
from leastwise.usage.observed import opened
from leastwise.usage.outcomes import SUCCEEDED
from leastwise.usage.store import Store

NAMED = ("recorded", "requested", "by-name")


@pytest.fixture(scope="module")
def proposals(real: Store) -> dict[str, Proposal]:
    """The proposal of every principal with a call that succeeded."""
    return {p.name: proposal(real, p.name) for p in principals(real) if p.succeeded}


@pytest.fixture(scope="module")
def records(demo_logs: Path) -> Mapping[str, dict[str, object]]:
    """The real records by event id."""
    found: dict[str, dict[str, object]] = {}
    for path in demo_logs.glob("*.json.gz"):
        found |= {r["eventID"]: r for r in json.loads(gzip.decompress(path.read_bytes()))["Records"]}
    return found


def documents(found: Proposal) -> list[dict[str, object]]:
    return [p.document for p in found.policies]


def test_every_principal_has_one(proposals: dict[str, Proposal]) -> None:
    assert len(proposals) > 40
    assert all(p.policies or not p.calls for p in proposals.values())


def test_every_action_is_one_that_the_catalogue_knows_and_none_is_a_pattern(
    proposals: dict[str, Proposal],
) -> None:
    catalogue = load_catalogue()
    actions = {a for p in proposals.values() for s in statements(documents(p)) for a in s["Action"]}
    assert [] == [a for a in actions if (known := catalogue.action(a)) is None or known.name != a]
    assert [] == [a for a in actions if "*" in a or "?" in a]


def test_every_granted_action_was_used_with_success(real: Store, proposals: dict[str, Proposal]) -> None:
    for name, found in proposals.items():
        succeeded = {u.action for u in uses(real, name) if u.outcome == SUCCEEDED}
        assert {a for s in statements(documents(found)) for a in s["Action"]} <= succeeded


def test_every_call_that_named_a_resource_is_granted_on_it(real: Store, proposals: dict[str, Proposal]) -> None:
    for name, found in proposals.items():
        granted = documents(found)
        named = [u for u in uses(real, name) if u.outcome == SUCCEEDED and u.action and u.how in NAMED]
        assert [] == [(u.action, u.resource) for u in named if not allows(granted, u.action, u.resource)]


def test_every_action_that_can_be_scoped_is_scoped_where_a_call_named_a_resource(
    real: Store, proposals: dict[str, Proposal]
) -> None:
    for name, found in proposals.items():
        unnamed = {u.action for u in uses(real, name) if u.outcome == SUCCEEDED and u.how == "unnamed"}
        told = {u.subject for u in found.unknown if u.code == "named-no-resource"}
        for statement in statements(documents(found)):
            if statement["Resource"] == ["*"] and statement["Sid"] != "NoResourceLevel":
                assert set(statement["Action"]) <= unnamed
                assert set(statement["Action"]) <= told


def test_every_policy_is_within_the_quota(proposals: dict[str, Proposal]) -> None:
    sizes = [len(json.dumps(d, separators=(",", ":"))) for p in proposals.values() for d in documents(p)]
    assert max(sizes) <= 6_144


def test_every_statement_rests_on_calls_that_the_logs_hold(
    proposals: dict[str, Proposal], records: Mapping[str, dict[str, object]]
) -> None:
    for found in proposals.values():
        for statement in (s for p in found.policies for s in p.statements):
            evidence = statement.evidence
            assert evidence.calls > 0
            assert all(a.calls > 0 for a in evidence.actions)
            record = records[evidence.example]
            assert "errorCode" not in record or record["errorCode"] is None
            assert record["eventName"] in {e for a in evidence.actions for e in a.events}


def test_roles_that_were_passed_are_granted(proposals: dict[str, Proposal]) -> None:
    (name,) = [n for n in proposals if n.endswith(":123837392027:user/bert-jan")]
    passed = {
        (statement["Condition"]["StringEquals"]["iam:PassedToService"][0], role)  # type: ignore[call-overload]
        for statement in statements(documents(proposals[name]))
        if "iam:PassRole" in statement["Action"]
        for role in statement["Resource"]
    }
    base = "arn:aws:iam::123837392027:role/stratus-red-team"
    assert {
        ("lambda.amazonaws.com", f"{base}-backdoor-f-lambda"),
        ("ec2.amazonaws.com", f"{base}-ec2-steal-credentials-role"),
        ("vpc-flow-logs.amazonaws.com", f"{base}-remove-flow-logs-role"),
    } <= passed


def test_a_denied_action_is_granted_nowhere(real: Store, proposals: dict[str, Proposal]) -> None:
    for name, found in proposals.items():
        denied = {u.denied_action or u.action for u in uses(real, name) if u.outcome == "denied"}
        succeeded = {u.action for u in uses(real, name) if u.outcome == SUCCEEDED}
        granted = {a for s in statements(documents(found)) for a in s["Action"]}
        assert set() == granted & (denied - succeeded)


def test_each_proposal_breaks_nothing_passes_lint_and_fits(real: Store) -> None:
    catalogue = load_catalogue()
    busy = [p.name for p in principals(real) if p.events >= 20 and p.succeeded and p.name.startswith("arn:")]
    assert len(busy) > 8
    ground = Ground(catalogue, data_prefixes_seen(real, catalogue))
    with opened(real) as observed:
        found = {name: tightened(observed, name, ground=ground, options=Options()) for name in busy}
    for name, one in found.items():
        assert {"allowed", "stays denied", "newly allowed"} >= set(one.judged.replay.requests), name
        assert not one.proposal.too_many and not one.proposal.oversized
        errors = [error for each in one.policies for error in errors_in(each.policy)]
        assert [] == errors, name


def errors_in(policy: Policy) -> list[str]:
    """The errors that lint finds, but for Regions: one of the sets has invented ones in the place of real ones."""
    found = lint_policy(policy.document(), kind="identity", name=policy.name)
    return [one.message for one in found if one.severity == "error" and one.name != "unknown-region-in-arn"]
