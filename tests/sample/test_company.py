"""The same company for the same seed, as large as it was asked for, within AWS's quotas."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from estate_on_disk import INLINE, Estate, listed

from leastwise.language.parse import parse_policy
from leastwise.language.quotas import size_without_space
from leastwise.model.policy import Kind
from leastwise.sample import Company, Size, company, write_account
from leastwise.sample.values import Account

TODAY = date(2026, 6, 1)
WRITE = """
import sys
from datetime import date
from pathlib import Path
from leastwise.sample import Size, company, write_estate, write_logs
made = company(Size(4, 60), 5, today=date(2026, 3, 2))
write_estate(made, Path(sys.argv[1]))
write_logs(made, Path(sys.argv[1]) / "logs", days=3)
"""


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return found.hexdigest()


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    digests = set()
    for hash_seed in ("0", "4711"):
        folder = tmp_path / hash_seed
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo" if hash_seed == "0" else "UTC"}
        subprocess.run([sys.executable, "-c", WRITE, str(folder)], check=True, env=environment)
        digests.add(digest(folder))
    assert 1 == len(digests)


def test_another_seed_is_another_company() -> None:
    first, second = (company(Size(3, 41), seed, today=TODAY) for seed in (1, 2))
    assert first.id != second.id
    assert not {account.id for account in first.accounts} & {account.id for account in second.accounts}


@pytest.mark.parametrize(
    "size",
    [
        Size(1, 1),
        Size(2, 7),
        Size(3, 41),
        Size(12, 14),
        Size(60, 700, policies=300),
        Size(1, 300, users=25, policies=80),
    ],
)
def test_a_company_has_the_size_asked_for(size: Size) -> None:
    made = company(size, 1, today=TODAY)
    assert size.accounts == len(made.accounts)
    assert size.roles == sum(len(account.roles) for account in made.accounts)
    if size.users is not None:
        assert size.users == sum(len(account.users) for account in made.accounts)
    if size.policies is not None:
        assert size.policies == sum(len(account.policies) for account in made.accounts)


@pytest.mark.parametrize("wrong", [(0, 5), (3, 2)])
def test_a_company_without_room_is_refused(wrong: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one account"):
        Size(*wrong)


def test_three_accounts_and_41_roles_hold_every_kind_of_fault(made: Company) -> None:
    small = company(Size(3, 41), 1, today=TODAY)
    assert {fault.kind for fault in made.faults} == {fault.kind for fault in small.faults}


def test_names_and_arns_are_taken_once(made: Company) -> None:
    for account in made.accounts:
        for names in (
            [role.name.lower() for role in account.roles],
            [user.name.lower() for user in account.users],
            [policy.name.lower() for policy in account.policies],
            [resource.arn for resource in account.resources],
            [(resource.service, resource.name) for resource in account.resources],
        ):
            assert len(names) == len(set(names))


def documents(estate: Estate) -> list[tuple[Kind, object]]:
    found: list[tuple[Kind, object]] = [("identity", document) for document in estate.policies.values()]
    for entry in estate.principals.values():
        inline = next((entry[key] for key in INLINE if key in entry), [])
        found += [("identity", policy["PolicyDocument"]) for policy in inline]
        if "AssumeRolePolicyDocument" in entry:
            found.append(("trust", entry["AssumeRolePolicyDocument"]))
        if "PermissionsBoundary" in entry:
            found.append(("boundary", estate.policies[entry["PermissionsBoundary"]["PermissionsBoundaryArn"]]))
    return found + [("resource", policy) for policy in estate.resources.values()]


def test_every_document_is_one_of_its_type(estate: Estate) -> None:
    for kind, document in documents(estate):
        assert isinstance(document, dict)
        assert parse_policy(document, kind=kind).statements


@pytest.mark.parametrize(("kind", "parsed"), [("SERVICE_CONTROL_POLICY", "scp"), ("RESOURCE_CONTROL_POLICY", "rcp")])
def test_control_policies_are_of_their_type_and_few_at_each_node(estate: Estate, kind: str, parsed: Kind) -> None:
    attached: Counter[str] = Counter()
    for summary in estate.read(f"organization/list-policies-{kind}.json")["Policies"]:
        content = estate.read(f"organization/describe-policy-{summary['Id']}.json")["Policy"]["Content"]
        assert len(content) <= {"scp": 10_240, "rcp": 5_120}[parsed]
        if not summary["AwsManaged"]:
            assert parse_policy(content, kind=parsed).statements
        targets = estate.read(f"organization/list-targets-for-policy-{summary['Id']}.json")["Targets"]
        attached.update(target["TargetId"] for target in targets)
    assert max(attached.values()) <= {"scp": 10, "rcp": 5}[parsed]


def test_quotas_of_iam_are_kept(made: Company) -> None:
    for account in made.accounts:
        assert all(size(policy.document) <= 6_144 for policy in account.policies)
        for role in account.roles:
            assert sum(size(document) for _, document in role.inline) <= 10_240
            assert size(role.trust) <= 2_048
            assert len(role.attached) <= 10
        for user in account.users:
            assert sum(size(document) for _, document in user.inline) <= 2_048


def size(document: object) -> int:
    return size_without_space(json.dumps(document))


def test_what_is_attached_is_there_and_counted(estate: Estate) -> None:
    for account, details in estate.details.items():
        held = [*details["RoleDetailList"], *details["UserDetailList"], *details["GroupDetailList"]]
        counts = Counter(p["PolicyArn"] for entry in held for p in entry["AttachedManagedPolicies"])
        assert set(counts) <= {policy["Arn"] for policy in details["Policies"]}
        for policy in details["Policies"]:
            assert counts[policy["Arn"]] == policy["AttachmentCount"], (account, policy["Arn"])


def test_every_account_is_under_one_unit(estate: Estate) -> None:
    parents = sorted((estate.folder / "organization").glob("list-accounts-for-parent-*.json"))
    members = [a["Id"] for path in parents for a in estate.read(f"organization/{path.name}")["Accounts"]]
    assert sorted(members) == sorted(a["Id"] for a in estate.read("organization/list-accounts.json")["Accounts"])


def test_an_assignment_has_its_role_in_the_account(estate: Estate) -> None:
    center = estate.folder / "identity-center"
    sets = [estate.read(f"identity-center/{path.name}") for path in center.glob("describe-permission-set-*.json")]
    names = {one["PermissionSet"]["PermissionSetArn"]: one["PermissionSet"]["Name"] for one in sets}
    groups = {group["GroupId"] for group in estate.read("identity-center/list-groups.json")["Groups"]}
    for path in center.glob("list-account-assignments-*.json"):
        for assignment in estate.read(f"identity-center/{path.name}")["AccountAssignments"]:
            roles = estate.details[assignment["AccountId"]]["RoleDetailList"]
            start = f"AWSReservedSSO_{names[assignment['PermissionSetArn']]}_"
            assert 1 == sum(role["RoleName"].startswith(start) for role in roles)
            assert assignment["PrincipalId"] in groups


def test_each_principal_is_granted_what_it_needs(estate: Estate) -> None:
    for arn, needs in estate.truth["principals"].items():
        assert needs["needed"] == sorted(needs["on"])
        needed = [(action, resource) for action, resources in needs["on"].items() for resource in resources]
        assert not [one for one in needed if not estate.allows(arn, *one)], arn


def test_the_largest_account_stands_in_one_file(made: Company, tmp_path: Path) -> None:
    written: Account = write_account(made, tmp_path / "dump" / "account.json")
    assert max(len(account.roles) for account in made.accounts) == len(written.roles)
    read = Estate(tmp_path).read("dump/account.json")
    assert [role.arn for role in written.roles] == [role["Arn"] for role in listed(read["RoleDetailList"])]
