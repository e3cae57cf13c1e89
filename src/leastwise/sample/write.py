"""A company on disk: a folder in AWS's own shapes, one account as one file, and the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from leastwise.sample.authorization import authorization_details
from leastwise.sample.center_files import center_files
from leastwise.sample.credentials import credential_report
from leastwise.sample.last_accessed import last_accessed
from leastwise.sample.organization_files import organization_files
from leastwise.sample.truth import truth
from leastwise.sample.values import Account, Company, Json


def write_estate(company: Company, folder: Path) -> int:
    """The estate is in the folder, with `truth.json`; how many files that made."""
    count = 0
    for name, text in _texts(company):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        count += 1
    return count


def write_account(company: Company, file: Path) -> Account:
    """The authorization details of the largest account are in the file."""
    largest = max(company.accounts, key=lambda account: (len(account.roles) + len(account.users), account.id))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_json(authorization_details(largest, company.today)), encoding="utf-8", newline="\n")
    return largest


def _texts(company: Company) -> Iterator[tuple[str, str]]:
    for name, content in organization_files(company):
        yield f"organization/{name}.json", _json(content)
    for name, content in center_files(company):
        yield f"identity-center/{name}.json", _json(content)
    for account in company.accounts:
        for name, text in _account_texts(account, company):
            yield f"accounts/{account.id}/{name}", text
    yield "truth.json", _json(truth(company))


def _account_texts(account: Account, company: Company) -> Iterator[tuple[str, str]]:
    policies = {policy.arn: policy for policy in account.policies}
    yield "authorization-details.json", _json(authorization_details(account, company.today))
    yield "credential-report.csv", credential_report(account, company.today)
    for kind, principals in (("role", account.roles), ("user", account.users)):
        for principal in principals:
            content = last_accessed(principal, policies, company.today)
            yield f"last-accessed/{kind}-{principal.name}.json", _json(content)
    for resource in account.resources:
        told: Json = {"ResourceArn": resource.arn, "Policy": resource.policy}
        yield f"resources/{resource.service}/{resource.name}.json", _json(told)


def _json(content: Json) -> str:
    return json.dumps(content, indent=2) + "\n"
