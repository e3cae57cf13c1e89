"""Every fault in the truth is really there: each is looked up in the files, not in the generator."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from itertools import pairwise

import pytest
from estate_on_disk import Estate, Json, allows, listed, trusted

from leastwise.sample import Company

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
Check = Callable[[Estate, Json], bool]


def known_accounts(estate: Estate) -> set[str]:
    return set(estate.details)


def attached(estate: Estate, arn: str) -> set[str]:
    return {policy["PolicyArn"] for policy in estate.principals[arn]["AttachedManagedPolicies"]}


def days_unused(estate: Estate, arn: str) -> int:
    """Days since the last use that the dump tells, 400 where it tells none."""
    used = estate.principals[arn].get("RoleLastUsed", {}).get("LastUsedDate")
    today = date.fromisoformat(estate.truth["date"])
    return (today - datetime.fromisoformat(used).date()).days if used else 400


def row(estate: Estate, fault: Json) -> dict[str, str]:
    return estate.credentials(fault["account"])[fault["principals"][0].rpartition("/")[2]]


def is_forgotten_admin(estate: Estate, fault: Json) -> bool:
    arn = fault["principals"][0]
    can_all = any(statement["Action"] == "*" for statement in allows(estate.documents(arn)))
    if fault["how"] == "role":
        return can_all and days_unused(estate, arn) > 100
    return can_all and row(estate, fault)["password_last_used"][:4] < estate.truth["date"][:4]


def trusts_stranger(estate: Estate, fault: Json) -> bool:
    statement = trusted(estate, fault["principals"][0])
    stranger = statement["Principal"]["AWS"].split(":")[4]
    return stranger == fault["how"] and stranger not in known_accounts(estate) and "Condition" not in statement


def is_unused_role(estate: Estate, fault: Json) -> bool:
    return days_unused(estate, fault["principals"][0]) > 100


def is_unused_user(estate: Estate, fault: Json) -> bool:
    told = row(estate, fault)
    used = datetime.fromisoformat(told["access_key_1_last_used_date"]).date()
    return "false" == told["password_enabled"] and (date.fromisoformat(estate.truth["date"]) - used).days > 100


def has_unused_key(estate: Estate, fault: Json) -> bool:
    told = row(estate, fault)
    return "true" == told["access_key_2_active"] and "N/A" == told["access_key_2_last_used_date"]


def signs_in_without_mfa(estate: Estate, fault: Json) -> bool:
    told = row(estate, fault)
    return ("true", "false") == (told["password_enabled"], told["mfa_active"])


def is_over_broad(estate: Estate, fault: Json) -> bool:
    arn = fault["principals"][0]
    actions = [a for statement in allows(estate.documents(arn)) for a in listed(statement["Action"])]
    return actions == ["*"] or sum(action.endswith(":*") for action in actions) > 5


def has_temporary_grant(estate: Estate, fault: Json) -> bool:
    arn = fault["principals"][0]
    titles = [policy["PolicyName"] for policy in estate.principals[arn]["RolePolicyList"]]
    return fault["how"] in titles and ["s3:DeleteObject"] == estate.truth["principals"][arn]["formerly"]


def lets_in_without_mfa(estate: Estate, fault: Json) -> bool:
    arn = fault["principals"][0]
    return "Condition" not in trusted(estate, arn) and ADMINISTRATOR in attached(estate, arn)


def lacks_subject(estate: Estate, fault: Json) -> bool:
    statement = trusted(estate, fault["principals"][0])
    keys = [key for block in statement["Condition"].values() for key in block]
    return "oidc-provider/token.actions" in statement["Principal"]["Federated"] and not any(
        key.endswith(":sub") for key in keys
    )


def is_chained(estate: Estate, fault: Json) -> bool:
    """Each step is granted, each assumed role trusts who assumes it, and the end is an administrator or a policy."""
    chain = fault["chain"]
    joined = all(before["to"] == after["from"] for before, after in pairwise(chain))
    return joined and chain[0]["from"] == fault["principals"][0] and all(step_holds(estate, step) for step in chain)


def step_holds(estate: Estate, step: Json) -> bool:
    if not all(estate.allows(step["from"], action) for action in step["actions"]):
        return False
    if "sts:AssumeRole" == step["actions"][0]:
        return trusted(estate, step["to"])["Principal"]["AWS"] == step["from"]
    if "iam:PassRole" in step["actions"]:
        receiver = {"lambda:CreateFunction": "lambda", "ec2:RunInstances": "ec2"}[step["actions"][1]]
        trust = trusted(estate, step["to"])["Principal"]["Service"]
        return f"{receiver}.amazonaws.com" in trust and ADMINISTRATOR in attached(estate, step["to"])
    return bool(step["to"])


def has_boundary_gap(estate: Estate, fault: Json) -> bool:
    arn, step = fault["principals"][0], fault["chain"][0]
    boundary = estate.principals[arn]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    within = list(allows([estate.policies[boundary]]))
    granted = [s for s in allows(estate.documents(arn)) if "Condition" not in s]
    return boundary in fault["policies"] and all(
        any(action in listed(s["Action"]) for s in within)
        and any({action, "iam:*", "*"} & set(listed(s["Action"])) for s in granted)
        for action in step["actions"]
    )


def test_a_role_is_passed_without_a_boundary_where_the_truth_says_and_within_one_where_it_is_none(
    estate: Estate,
) -> None:
    gaps = [one for one in estate.truth["faults"] if "passes-unbound" == one["how"]]
    alike = [one for one in estate.truth["lookalikes"] if "passes-bounded" == one["kind"]]
    assert gaps
    assert alike
    for is_bound, one in [*((False, gap) for gap in gaps), *((True, fine) for fine in alike)]:
        passed = [
            s["Resource"] for s in allows(estate.documents(one["principals"][0])) if "iam:PassRole" in s["Action"]
        ]
        assert [is_bound] == ["PermissionsBoundary" in estate.principals[arn] for arn in passed]


def is_public(estate: Estate, fault: Json) -> bool:
    statements = list(allows([estate.resources[fault["resources"][0]]]))
    return any(s["Principal"] in ("*", {"AWS": "*"}) and "Condition" not in s for s in statements)


def is_shared_outside(estate: Estate, fault: Json) -> bool:
    statements = allows([estate.resources[fault["resources"][0]]])
    accounts = {s["Principal"]["AWS"].split(":")[4] for s in statements}
    return fault["how"] in accounts - known_accounts(estate)


def lacks_scp(estate: Estate, fault: Json) -> bool:
    targets = estate.read(f"organization/list-targets-for-policy-{fault['how']}.json")["Targets"]
    with_it = {target["TargetId"] for target in targets}
    (siblings,) = [s for s in sibling_lists(estate) if fault["account"] in s]
    return siblings - with_it == {fault["account"]}


def lacks_scp_of_its_siblings(estate: Estate, fault: Json) -> bool:
    targets = estate.read(f"organization/list-targets-for-policy-{fault['how']}.json")["Targets"]
    with_it = {target["TargetId"] for target in targets}
    root = estate.read("organization/list-roots.json")["Roots"][0]["Id"]
    units = estate.read(f"organization/list-organizational-units-for-parent-{root}.json")["OrganizationalUnits"]
    siblings = {unit["Id"] for unit in units if unit["Name"] != "Suspended"}
    return bool(with_it) and siblings - with_it == set(fault["resources"])


def control(estate: Estate, policy: str) -> list[Json]:
    found: Json = json.loads(estate.read(f"organization/describe-policy-{policy}.json")["Policy"]["Content"])
    return listed(found["Statement"])


def asks_for_whom_services_work(statements: list[Json]) -> bool:
    return any("aws:SourceOrgID" in keys for one in statements for keys in one["Condition"].values())


def lets_every_service_through(estate: Estate, fault: Json) -> bool:
    statements = control(estate, fault["policies"][0])
    exempt = [one for one in statements if "aws:PrincipalIsAWSService" in one["Condition"].get("BoolIfExists", {})]
    return bool(exempt) and not asks_for_whom_services_work(statements)


def test_the_rcp_that_is_no_fault_asks_for_whom_services_work(estate: Estate) -> None:
    (alike,) = [one for one in estate.truth["lookalikes"] if one["kind"] == "rcp-with-source-org"]
    assert asks_for_whom_services_work(control(estate, alike["policies"][0]))


def sibling_lists(estate: Estate) -> list[set[str]]:
    paths = sorted((estate.folder / "organization").glob("list-accounts-for-parent-*.json"))
    return [{a["Id"] for a in estate.read(f"organization/{path.name}")["Accounts"]} for path in paths]


CHECKS: dict[str, Check] = {
    "account-without-scp": lacks_scp,
    "boundary-gap": has_boundary_gap,
    "break-glass-without-mfa": lets_in_without_mfa,
    "escalation": is_chained,
    "escalation-chain": is_chained,
    "forgotten-admin": is_forgotten_admin,
    "github-trust-without-subject": lacks_subject,
    "over-broad-role": is_over_broad,
    "password-without-mfa": signs_in_without_mfa,
    "public-resource": is_public,
    "rcp-gap": lets_every_service_through,
    "shared-outside": is_shared_outside,
    "temporary-grant": has_temporary_grant,
    "unknown-trust": trusts_stranger,
    "unit-without-scp": lacks_scp_of_its_siblings,
    "unused-key": has_unused_key,
    "unused-role": is_unused_role,
    "unused-user": is_unused_user,
}


def test_there_is_a_fault_of_every_kind_and_no_other(estate: Estate) -> None:
    assert set(CHECKS) == {fault["kind"] for fault in estate.truth["faults"]}


@pytest.mark.parametrize("kind", CHECKS)
def test_a_fault_is_where_the_truth_says(estate: Estate, kind: str) -> None:
    for fault in estate.truth["faults"]:
        if fault["kind"] == kind:
            assert CHECKS[kind](estate, fault), fault


@pytest.mark.parametrize("how", [1, 2])
def test_chains_are_of_one_step_and_of_several(estate: Estate, how: int) -> None:
    kinds = {1: "escalation", 2: "escalation-chain"}
    lengths = {len(fault["chain"]) for fault in estate.truth["faults"] if fault["kind"] == kinds[how]}
    assert lengths == {how}


def test_whoever_may_do_everything_is_an_administrator_in_the_truth(estate: Estate) -> None:
    found = {
        arn
        for arn, entry in estate.principals.items()
        if "PermissionsBoundary" not in entry
        and any("*" in listed(s.get("Action", ())) for s in allows(estate.documents(arn)))
    }
    assert sorted(found) == sorted(estate.truth["administrators"])


def test_only_planted_resources_are_open(estate: Estate) -> None:
    """No resource policy outside the faults has an Allow for everybody without a condition, or for a stranger."""
    planted = {arn for fault in estate.truth["faults"] for arn in fault["resources"]}
    for arn, policy in estate.resources.items():
        for statement in allows([policy]) if arn not in planted else ():
            principal = statement["Principal"]
            owner = principal.get("AWS", "").split(":")[4:5] if isinstance(principal, dict) else []
            assert "Condition" in statement or set(owner) <= known_accounts(estate)
            assert "Condition" in statement or principal not in ("*", {"AWS": "*"})


def test_only_planted_roles_trust_strangers_without_an_external_id(estate: Estate) -> None:
    planted = {fault["principals"][0] for fault in estate.truth["faults"] if fault["kind"] == "unknown-trust"}
    for arn, entry in estate.principals.items():
        if "AssumeRolePolicyDocument" in entry and arn not in planted:
            statement = trusted(estate, arn)
            accounts = {one.split(":")[4] for one in listed(statement["Principal"].get("AWS", []))}
            assert accounts <= known_accounts(estate) or "sts:ExternalId" in statement["Condition"]["StringEquals"]


def test_a_role_that_is_not_told_as_unused_was_used_lately_or_is_seasonal(estate: Estate) -> None:
    idle = ("unused-role", "forgotten-admin")
    told = {fault["principals"][0] for fault in estate.truth["faults"] if fault["kind"] in idle}
    for arn, needs in estate.truth["principals"].items():
        if needs["kind"] == "role" and needs["archetype"] not in SELDOM and arn not in told:
            assert days_unused(estate, arn) < 10, arn


SELDOM = ("service-linked", "monthly-job", "quarterly-job", "yearly-job", "break-glass")


def test_lookalikes_are_no_faults(made: Company) -> None:
    faulty = {(fault.kind, arn) for fault in made.faults for arn in (*fault.principals, *fault.resources)}
    kinds = {fault.kind for fault in made.lookalikes}
    assert {"seasonal-job", "vendor-with-external-id", "break-glass-with-mfa", "organization-wide-bucket"} <= kinds
    assert {"passes-bounded", "rcp-with-source-org"} <= kinds
    alike = [(fault.kind, arn) for fault in made.lookalikes for arn in (*fault.principals, *fault.resources)]
    assert not {arn for _, arn in alike} & {arn for _, arn in faulty}


def test_only_planted_users_are_idle_or_without_a_second_factor(estate: Estate) -> None:
    told = {(f["kind"], arn) for f in estate.truth["faults"] for arn in f["principals"]}
    for account in estate.details:
        for row in (row for name, row in estate.credentials(account).items() if name != "<root_account>"):
            arn = row["arn"]
            keys = [place for place in "12" if "true" == row[f"access_key_{place}_active"]]
            idle = [place for place in keys if "N/A" == row[f"access_key_{place}_last_used_date"]]
            assert bool(idle) == (("unused-key", arn) in told)
            is_bare = ("true", "false") == (row["password_enabled"], row["mfa_active"])
            assert is_bare == (("password-without-mfa", arn) in told)


WAYS = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutGroupPolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
)
BY_DESIGN = ("emergency-user", "service-linked")


def test_only_planted_principals_have_a_way_to_an_administrator(estate: Estate) -> None:
    administrators = estate.truth["administrators"]
    kinds = ("escalation", "escalation-chain", "boundary-gap")
    planted = {arn for f in estate.truth["faults"] if f["kind"] in kinds for arn in f["principals"]}
    for arn, told in estate.truth["principals"].items():
        if arn in planted or arn in administrators or told["archetype"] in BY_DESIGN:
            continue
        assert not [action for action in WAYS if estate.allows(arn, action)], arn
        targets = [one for one in administrators if one.split(":")[4] == told["account"]]
        assert not [t for t in targets if estate.allows(arn, "iam:PassRole", t)], arn
        trusted_ones = [t for t in targets if ":role/" in t and "root" in str(trusted(estate, t)["Principal"])]
        assert not [t for t in trusted_ones if estate.allows(arn, "sts:AssumeRole", t)] or "PowerUser" in arn
