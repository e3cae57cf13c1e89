"""Account authorization details: documents in every form, and faults of single parts."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from written import read, reasons

ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}:role/app"
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}


def role(trust: object = TRUST, inline: object = DOCUMENT) -> dict[str, object]:
    policies = [{"PolicyName": "own", "PolicyDocument": inline}]
    return {"RoleName": "app", "Arn": ARN, "AssumeRolePolicyDocument": trust, "RolePolicyList": policies}


@pytest.mark.parametrize(
    ("trust", "inline"),
    [
        (TRUST, DOCUMENT),
        (json.dumps(TRUST), json.dumps(DOCUMENT)),
        (quote(json.dumps(TRUST)), quote(json.dumps(DOCUMENT))),
    ],
)
def test_documents_are_objects_texts_or_encoded(tmp_path: Path, trust: object, inline: object) -> None:
    found = read(tmp_path, {"a.json": {"RoleDetailList": [role(trust, inline)]}})
    assert [] == reasons(found)
    (held,) = found.iam[ACCOUNT].roles
    assert (TRUST, DOCUMENT) == (json.loads(held.trust), json.loads(held.inline[0].document))


def test_a_policy_that_cannot_be_read_is_kept_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, {"a.json": {"RoleDetailList": [role(inline="{")], "IsTruncated": True}})
    assert ["iam.GetAccountAuthorizationDetails", "policy document"] == [what for what, _ in reasons(found)]
    assert "{" == found.iam[ACCOUNT].roles[0].inline[0].document


def test_a_principal_without_its_arn_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    nameless = role() | {"Arn": "arn:aws:iam::1:role/app"}
    found = read(tmp_path, {"a.json": {"RoleDetailList": [nameless, role()]}})
    assert 1 == len(found.iam[ACCOUNT].roles)
    assert [("iam.GetAccountAuthorizationDetails", "role `app` has no ARN of a role: `arn:aws:iam::1:role/app`")] == (
        reasons(found)
    )
