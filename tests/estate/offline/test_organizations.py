"""Answers of AWS Organizations become trees with their policies, and what is missing stays open."""

from __future__ import annotations

from pathlib import Path

import pytest
from written import read, reasons, snapshot, write

from leastwise.estate.held import NotRead, Organization

MANAGEMENT = "111122223333"
MEMBER = "444455556666"
DENY = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}'
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"


def organization(name: str = "o-exampleorg1", management: str = MANAGEMENT) -> dict[str, object]:
    return {"Organization": {"Id": name, "MasterAccountId": management}}


def roots(*enabled: str, root: str = "r-ab12", name: str = "o-exampleorg1") -> dict[str, object]:
    types = [{"Type": one, "Status": "ENABLED"} for one in enabled]
    arn = f"arn:aws:organizations::{MANAGEMENT}:root/{name}/{root}"
    return {"Roots": [{"Id": root, "Arn": arn, "Name": "Root", "PolicyTypes": types}]}


def account(number: str, name: str = "o-exampleorg1") -> dict[str, str]:
    arn = f"arn:aws:organizations::{MANAGEMENT}:account/{name}/{number}"
    return {"Id": number, "Arn": arn, "Name": f"account-{number[:4]}", "Status": "ACTIVE"}


def policy(name: str, kind: str = SCP) -> dict[str, object]:
    owner = "aws" if name == "p-FullAWSAccess" else f"{MANAGEMENT}:policy/o-exampleorg1"
    arn = f"arn:aws:organizations::{owner}/service_control_policy/{name}"
    return {"Id": name, "Name": name.removeprefix("p-"), "Type": kind, "Arn": arn, "AwsManaged": owner == "aws"}


WHOLE: dict[str, object] = {
    "describe-organization.json": organization(),
    "list-roots.json": roots(SCP),
    "list-accounts.json": {"Accounts": [account(MANAGEMENT), account(MEMBER)]},
    "list-accounts-for-parent-r-ab12.json": {"Accounts": [account(MANAGEMENT)]},
    "list-accounts-for-parent-ou-ab12-11111111.json": {"Accounts": [account(MEMBER)]},
    "list-organizational-units-for-parent-r-ab12.json": {
        "OrganizationalUnits": [{"Id": "ou-ab12-11111111", "Name": "Prod"}]
    },
    "list-organizational-units-for-parent-ou-ab12-11111111.json": {"OrganizationalUnits": []},
    "list-policies.json": {"Policies": [policy("p-FullAWSAccess"), policy("p-denys3denys3")]},
    "describe-policy-p-denys3denys3.json": {"Policy": {"PolicySummary": policy("p-denys3denys3"), "Content": DENY}},
    "list-targets-for-policy-p-FullAWSAccess.json": {
        "Targets": [{"TargetId": one} for one in ("r-ab12", "ou-ab12-11111111", MANAGEMENT, MEMBER)]
    },
    "list-targets-for-policy-p-denys3denys3.json": {"Targets": [{"TargetId": MEMBER}]},
    "list-delegated-administrators.json": {"DelegatedAdministrators": [account(MEMBER)]},
    f"list-delegated-services-for-account-{MEMBER}.json": {
        "DelegatedServices": [{"ServicePrincipal": "guardduty.amazonaws.com"}]
    },
}


def only(folder: Path, files: dict[str, object]) -> Organization:
    found = read(folder, files)
    assert [] == reasons(found)
    return found.organizations[0]


def test_a_whole_organization_is_read(tmp_path: Path) -> None:
    found = only(tmp_path, WHOLE)
    nodes = {node.id: node for node in found.nodes}
    assert ("o-exampleorg1", MANAGEMENT, ("scp",)) == (found.id, found.management_account, found.enabled)
    assert ("account", "ou-ab12-11111111", "account-4444") == (
        nodes[MEMBER].type,
        nodes[MEMBER].parent,
        nodes[MEMBER].name,
    )
    assert ("ou", "r-ab12", "Prod") == tuple(getattr(nodes["ou-ab12-11111111"], n) for n in ("type", "parent", "name"))
    assert ("p-FullAWSAccess", "p-denys3denys3") == nodes[MEMBER].scps
    assert [("p-denys3denys3", DENY)] == [(one.id, one.document) for one in found.policies]
    assert [(MEMBER, ("guardduty.amazonaws.com",))] == [(one.account, one.services) for one in found.delegations]


def test_keys_in_front_say_what_names_do_not(tmp_path: Path) -> None:
    keys = {"-for-parent-": "ParentId", "-for-policy-": "PolicyId", "-for-account-": "AccountId"}
    files: dict[str, object] = {}
    for number, (name, content) in enumerate(WHOLE.items()):
        part = next((part for part in keys if part in name), "")
        assert isinstance(content, dict)
        front = {keys[part]: name.removesuffix(".json").partition(part)[2]} if part else {}
        files[f"{number}.json"] = front | content
    assert only(tmp_path / "named", WHOLE) == only(tmp_path / "keyed", files)


def test_children_parents_and_targets_say_the_same(tmp_path: Path) -> None:
    unit = {"Id": "ou-ab12-11111111", "Type": "ORGANIZATIONAL_UNIT"}
    files: dict[str, object] = {
        "describe-organization.json": organization(),
        "list-roots.json": roots(SCP),
        "list-children-r-ab12.json": {"Children": [unit]},
        f"list-parents-{MEMBER}.json": {"Parents": [unit]},
        f"list-parents-{MANAGEMENT}.json": {"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]},
        **{
            f"list-policies-for-target-{one}.json": {"Policies": [policy("p-FullAWSAccess")]}
            for one in ("r-ab12", "ou-ab12-11111111", MANAGEMENT, MEMBER)
        },
    }
    found = only(tmp_path, files)
    assert {("r-ab12", ""), ("ou-ab12-11111111", "r-ab12"), (MEMBER, "ou-ab12-11111111"), (MANAGEMENT, "r-ab12")} == {
        (node.id, node.parent) for node in found.nodes
    }
    assert {("p-FullAWSAccess",)} == {node.scps for node in found.nodes}


@pytest.mark.parametrize(
    ("missing", "what", "subject"),
    [
        ("list-targets-for-policy-p-denys3denys3.json", "organizations.ListTargetsForPolicy", "scp"),
        ("list-targets-for-policy-p-FullAWSAccess.json", "organizations.ListTargetsForPolicy", "scp"),
        ("list-policies.json", "organizations.ListTargetsForPolicy", "scp"),
        ("describe-policy-p-denys3denys3.json", "organizations.DescribePolicy", "p-denys3denys3"),
        ("list-accounts-for-parent-ou-ab12-11111111.json", "organizations.ListParents", MEMBER),
        ("list-roots.json", "organizations.ListRoots", ""),
        (
            f"list-delegated-services-for-account-{MEMBER}.json",
            "organizations.ListDelegatedServicesForAccount",
            MEMBER,
        ),
    ],
)
def test_what_is_missing_is_told(tmp_path: Path, missing: str, what: str, subject: str) -> None:
    found = read(tmp_path, {name: content for name, content in WHOLE.items() if name != missing})
    assert (what, subject) in {(one.what, one.subject) for one in found.not_read}


def test_an_answer_that_tells_no_parent_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, {"a.json": organization(), "b.json": {"OrganizationalUnits": []}})
    told = "neither its name nor a key `ParentId` in front tells the id that it is about"
    assert ("organizations.ListOrganizationalUnitsForParent", told) in reasons(found)


def test_an_answer_that_is_cut_off_opens_the_tree(tmp_path: Path) -> None:
    cut = {"Policies": [policy("p-FullAWSAccess"), policy("p-denys3denys3")], "NextToken": "x"}
    found = read(tmp_path, WHOLE | {"list-policies.json": cut})
    assert [("organizations.ListPolicies", "the answer is cut off: it has a `NextToken`")] == reasons(found)


def test_no_policy_binds_where_no_type_is_enabled(tmp_path: Path) -> None:
    found = only(tmp_path, {k: v for k, v in WHOLE.items() if "polic" not in k} | {"list-roots.json": roots()})
    assert {(("p-FullAWSAccess",), ("p-RCPFullAWSAccess",))} == {(node.scps, node.rcps) for node in found.nodes}


def test_two_organizations_stay_two(tmp_path: Path) -> None:
    other = {
        "describe-organization.json": organization("o-otherother1", "777788889999"),
        "list-accounts.json": {"Accounts": [account("777788889999", "o-otherother1")]},
        "list-roots.json": roots(root="r-cd34", name="o-otherother1"),
        "list-accounts-for-parent-r-cd34.json": {"Accounts": [account("777788889999", "o-otherother1")]},
    }
    write(tmp_path / "one", WHOLE)
    write(tmp_path / "two", other)
    found = snapshot(tmp_path)
    assert ["o-exampleorg1", "o-otherother1"] == [one.id for one in found.organizations]
    first, second = found.organizations
    assert 4 == len(first.nodes)
    assert ["777788889999", "r-cd34"] == [node.id for node in second.nodes]
    assert () == second.policies


def test_an_account_in_no_organization_is_told(tmp_path: Path) -> None:
    role = {"RoleName": "a", "Arn": "arn:aws:iam::999999999999:role/a", "AssumeRolePolicyDocument": DENY}
    found = read(tmp_path, WHOLE | {"account.json": {"RoleDetailList": [role]}})
    reason = "the account is in none of the organizations that were given: o-exampleorg1"
    assert NotRead("organization", reason, "999999999999") in found.not_read


def test_a_policy_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    broken = {"Policy": {"PolicySummary": policy("p-denys3denys3"), "Content": "{"}}
    found = read(tmp_path, WHOLE | {"describe-policy-p-denys3denys3.json": broken})
    assert ["policy document"] == [one.what for one in found.not_read]
    assert ["{"] == [one.document for one in found.organizations[0].policies]
