"""The public ways to more permissions: known to the catalogue, and each one found by the engine."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from small_scenes import allow, document

from leastwise.catalogue.load import load_catalogue
from leastwise.findings import discover
from leastwise.findings.paths import CATEGORIES, Path, path_of, paths, unknown_to
from leastwise.findings.supposed import Supposed, supposed
from leastwise.findings.whole import managing, scopable
from leastwise.prove.actions import action_index
from leastwise.synthesize.guardrails.ways import PASSING, RUNNING

_PASSED = [one for one in paths() if one.category == "new-passrole"]
_RUNNING = [one for one in paths() if one.category == "existing-passrole" or one.id == "cloudformation-005"]
_ALONE = [one for one in paths() if one.category in ("self-escalation", "principal-access")]
_BOUNDARIES = {one.id for one in paths() if "boundary" in one.id}


def _asked(actions: Sequence[str]) -> Supposed:
    return supposed([document(allow(*actions))], today="2026-06-01")


def test_there_are_those_of_the_catalogue_and_the_older_ones() -> None:
    ids = [one.id for one in paths()]
    assert len(set(ids)) == len(ids)
    assert 65 <= sum(one.rpartition("-")[2].isdigit() for one in ids)
    assert set(CATEGORIES) == {one.category for one in paths()}


def test_the_catalogue_knows_every_action() -> None:
    known = load_catalogue()
    assert [] == unknown_to(lambda name: known.action(name) is not None)
    assert [] == discover.unknown_to(lambda name: known.action(name) is not None)


def test_an_action_that_is_gone_is_told_with_its_way() -> None:
    known = load_catalogue()
    told = unknown_to(lambda name: name != "iam:PassRole" and known.action(name) is not None)
    assert "apprunner-001: iam:PassRole" in told
    assert all(one.endswith(": iam:PassRole") for one in told)
    assert "escalation: iam:PassRole" in discover.unknown_to(lambda name: name != "iam:PassRole")


@pytest.mark.parametrize("one", [one for one in _ALONE if one.id not in _BOUNDARIES], ids=lambda one: one.id)
def test_a_way_of_its_own_is_found(one: Path) -> None:
    found = _asked(one.actions)
    assert found.escalates
    assert one.actions == ("iam:SetDefaultPolicyVersion",) or found.chains


@pytest.mark.parametrize("one", [one for one in _PASSED if one.id != "cloudformation-005"], ids=lambda one: one.id)
def test_a_role_is_passed_and_not_without_passing(one: Path) -> None:
    wanted = {"datapipeline-short": (*one.actions, "datapipeline:ActivatePipeline")}.get(one.id, one.actions)
    assert one.service in PASSING
    assert any(set(each) <= set(wanted) for each in PASSING[one.service])
    assert _asked(wanted).chains
    assert not _asked([name for name in wanted if name != "iam:PassRole"]).chains


@pytest.mark.parametrize("one", _RUNNING, ids=lambda one: one.id)
def test_what_runs_already_is_open_and_no_chain(one: Path) -> None:
    assert any(set(each) <= set(one.actions) for each in RUNNING[one.service])
    found = _asked(one.actions)
    assert found.running
    assert not found.chains


@pytest.mark.parametrize("one", [one for one in paths() if one.category == "resource-policy"], ids=lambda one: one.id)
def test_a_resources_policy_is_of_the_class_that_tells_of_it(one: Path) -> None:
    (action,) = one.actions
    assert action_index().bits_of(action) & (scopable("resource exposure") | managing())


def test_a_step_is_the_longest_way_that_calls_nothing_else() -> None:
    found = path_of(["iam:CreateAccessKey", "iam:DeleteAccessKey", "sts:GetCallerIdentity"])
    assert found is not None
    assert "iam-003" == found.id
    assert path_of(["s3:GetObject"]) is None


def test_a_deny_and_a_condition_that_cannot_hold_leave_no_way() -> None:
    denied = document(allow("*"), {"Effect": "Deny", "Action": "*"})
    gone = allow("iam:CreatePolicyVersion", Condition={"DateLessThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}})
    coming = allow(
        "iam:CreatePolicyVersion", Condition={"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}}
    )
    elsewhere = allow("iam:CreateAccessKey", on="arn:aws:iam::*:user/nobody")
    told = [supposed([one], today="2026-06-01").escalates for one in (denied, document(gone), document(coming))]
    assert [False, False, True] == told
    assert not supposed([document(elsewhere)], today="2026-06-01").escalates
    assert not supposed([json.dumps({"Version": "2012-10-17", "Statement": []})], today="2026-06-01").escalates
