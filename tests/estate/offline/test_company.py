"""All that `leastwise sample` writes is read, and equals the company; real answers of others are read as well."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from written import snapshot

from leastwise.estate.gather import Snapshot
from leastwise.sample import Company
from leastwise.sample.guardrails import RCP, SCP

DUMPS = Path(__file__).parents[2] / "data" / "authorization-details"


@pytest.fixture(scope="module")
def found(folder: Path) -> Snapshot:
    return snapshot(folder)


def test_nothing_is_left_unread(found: Snapshot) -> None:
    assert () == found.not_read


def test_principals_policies_and_resources_are_the_companys(found: Snapshot, made: Company) -> None:
    for account in made.accounts:
        iam = found.iam[account.id]
        assert {role.name for role in account.roles} == {role.name for role in iam.roles}
        assert {user.name for user in account.users} == {user.name for user in iam.users}
        assert {group.name for group in account.groups} == {group.name for group in iam.groups}
        assert {policy.name for policy in account.policies} == {policy.name for policy in iam.policies}
        held = {one.arn: one for part in found.resources.get(account.id, ()) for one in part.resources}
        assert {one.arn for one in account.resources} == set(held)
        assert {account.id} == {one.account for one in held.values()} or not held
        assert all(one.policies["policy"] and ":" in one.type for one in held.values())


def test_reports_are_of_all_principals(found: Snapshot, made: Company) -> None:
    for account in made.accounts:
        activity = found.activity[account.id]
        assert len(account.users) + 1 == len(activity.credentials)
        assert len(account.users) + len(account.roles) == len(activity.last_accessed)


def test_the_tree_is_the_companys(found: Snapshot, made: Company) -> None:
    (organization,) = found.organizations
    assert (made.id, made.management, ("rcp", "scp")) == (
        organization.id,
        organization.management_account,
        organization.enabled,
    )
    parents = {unit.id: unit.parent or "" for unit in made.units} | {one.id: one.unit for one in made.accounts}
    assert parents == {node.id: node.parent for node in organization.nodes}
    for kind, field in ((SCP, "scps"), (RCP, "rcps")):
        expected = {
            node: sorted(one.id for one in made.controls if one.kind == kind and node in one.targets)
            for node in parents
        }
        assert expected == {node.id: sorted(getattr(node, field)) for node in organization.nodes}
    assert {one.id for one in made.controls} == {one.id for one in organization.policies}
    expected_services = {
        holder: {f"{service}.amazonaws.com" for service in services} for holder, services in made.delegated
    }
    assert expected_services == {one.account: set(one.services) for one in organization.delegations}


def test_people_and_permission_sets_are_the_companys(found: Snapshot, made: Company) -> None:
    (center,) = found.identity_centers
    assert made.store == center.identity_store
    assert {one.name: sorted(one.managed) for one in made.permission_sets} == {
        one.name: list(one.attached) for one in center.permission_sets
    }
    assert {one.name: bool(one.inline) for one in made.permission_sets} == {
        one.name: bool(one.inline) for one in center.permission_sets
    }
    expected = Counter((one.account, one.permission_set) for one in made.assignments)
    assert expected == Counter((one.account, one.permission_set.rpartition("/")[2]) for one in center.assignments)
    groups = {one.id: one.name for one in center.groups}
    assert {one.id: {*one.groups} for one in made.people} == {
        one.id: {groups[group] for group in one.groups} for one in center.users
    }


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_files_does_not_matter(found: Snapshot, folder: Path, seed: int) -> None:
    files = [path for path in folder.rglob("*.*") if path.name != "truth.json" and path.is_file()]
    random.Random(seed).shuffle(files)
    assert found == snapshot(*files)


@pytest.mark.parametrize(
    ("name", "users", "groups", "roles", "policies"),
    [
        ("cloudsplaining-v2", 1, 1, 2, 2),
        ("iamspy-allow-with-conditions", 0, 0, 1, 0),
        ("iamspy-batch-allow", 0, 0, 3, 0),
        ("iamspy-role-boundary-allow", 0, 0, 1, 1),
        ("iamspy-user-boundary-deny", 1, 0, 0, 1),
    ],
)
def test_answers_of_others_are_read(name: str, users: int, groups: int, roles: int, policies: int) -> None:
    found = snapshot(DUMPS / f"{name}.json")
    assert () == found.not_read
    (iam,) = found.iam.values()
    held = len(iam.policies) + len(found.aws_policies)
    assert (users, groups, roles, policies) == (len(iam.users), len(iam.groups), len(iam.roles), held)
