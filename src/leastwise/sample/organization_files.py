"""The organization, as the commands of `aws organizations` print it: file name to content."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date

from leastwise.sample.authorization import moment
from leastwise.sample.guardrails import RCP, SCP
from leastwise.sample.values import Account, Company, ControlPolicy, Json, Unit


def organization_files(company: Company) -> Iterator[tuple[str, Json]]:
    """Every file of the folder `organization`."""
    units = {unit.id: unit for unit in company.units}
    yield "describe-organization", {"Organization": _organization(company)}
    yield "list-roots", {"Roots": [_root(company)]}
    yield "list-accounts", {"Accounts": [_account(account, company) for account in company.accounts]}
    for unit in company.units:
        children = [_unit(child, company) for child in company.units if child.parent == unit.id]
        members = [_account(account, company) for account in company.accounts if account.unit == unit.id]
        yield f"list-organizational-units-for-parent-{unit.id}", {"OrganizationalUnits": children}
        yield f"list-accounts-for-parent-{unit.id}", {"Accounts": members}
    for kind in (SCP, RCP):
        yield f"list-policies-{kind}", {"Policies": [_summary(p, company) for p in company.controls if p.kind == kind]}
    for policy in company.controls:
        content = json.dumps(policy.document, separators=(",", ":"))
        told: Json = {"Policy": {"PolicySummary": _summary(policy, company), "Content": content}}
        yield f"describe-policy-{policy.id}", told
        yield f"list-targets-for-policy-{policy.id}", {"Targets": list(_targets(policy, company, units))}
    yield from _delegated(company)


def _delegated(company: Company) -> Iterator[tuple[str, Json]]:
    accounts = {account.id: account for account in company.accounts}
    yield (
        "list-delegated-administrators",
        {
            "DelegatedAdministrators": [
                _account(accounts[holder], company) | {"DelegationEnabledDate": _when(accounts[holder].joined)}
                for holder, _ in company.delegated
            ]
        },
    )
    for holder, services in company.delegated:
        told = [
            {"ServicePrincipal": f"{service}.amazonaws.com", "DelegationEnabledDate": _when(accounts[holder].joined)}
            for service in services
        ]
        yield f"list-delegated-services-for-account-{holder}", {"DelegatedServices": told}


def _organization(company: Company) -> Json:
    return {
        "Id": company.id,
        "Arn": f"{_prefix(company)}:organization/{company.id}",
        "FeatureSet": "ALL",
        "MasterAccountArn": f"{_prefix(company)}:account/{company.id}/{company.management}",
        "MasterAccountId": company.management,
        "MasterAccountEmail": f"aws+management@{company.name}.example",
        "AvailablePolicyTypes": [{"Type": SCP, "Status": "ENABLED"}, {"Type": RCP, "Status": "ENABLED"}],
    }


def _root(company: Company) -> Json:
    root = company.units[0]
    return {
        "Id": root.id,
        "Arn": f"{_prefix(company)}:root/{company.id}/{root.id}",
        "Name": root.name,
        "PolicyTypes": [{"Type": SCP, "Status": "ENABLED"}, {"Type": RCP, "Status": "ENABLED"}],
    }


def _unit(unit: Unit, company: Company) -> Json:
    return {"Id": unit.id, "Arn": f"{_prefix(company)}:ou/{company.id}/{unit.id}", "Name": unit.name}


def _account(account: Account, company: Company) -> Json:
    status = "SUSPENDED" if account.kind == "suspended" else "ACTIVE"
    return {
        "Id": account.id,
        "Arn": f"{_prefix(company)}:account/{company.id}/{account.id}",
        "Email": f"aws+{account.name}@{company.name}.example",
        "Name": account.name,
        "Status": status,
        "State": status,
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": _when(account.joined),
    }


def _summary(policy: ControlPolicy, company: Company) -> Json:
    owner = "aws" if policy.is_aws_managed else company.management
    where = "" if policy.is_aws_managed else f"{company.id}/"
    return {
        "Id": policy.id,
        "Arn": f"arn:aws:organizations::{owner}:policy/{where}{policy.kind.lower()}/{policy.id}",
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.kind,
        "AwsManaged": policy.is_aws_managed,
    }


def _targets(policy: ControlPolicy, company: Company, units: Mapping[str, Unit]) -> Iterator[Json]:
    accounts = {account.id: account.name for account in company.accounts}
    for target in policy.targets:
        kind = _kind(target, units)
        where = f"{company.id}/{target}"
        word = {"ROOT": "root", "ORGANIZATIONAL_UNIT": "ou", "ACCOUNT": "account"}[kind]
        name = units[target].name if target in units else accounts[target]
        yield {"TargetId": target, "Arn": f"{_prefix(company)}:{word}/{where}", "Name": name, "Type": kind}


def _kind(target: str, units: Mapping[str, Unit]) -> str:
    if target not in units:
        return "ACCOUNT"
    return "ORGANIZATIONAL_UNIT" if units[target].parent else "ROOT"


def _prefix(company: Company) -> str:
    return f"arn:aws:organizations::{company.management}"


def _when(day: date) -> str:
    return moment(day, "organization")
