"""Policies that AWS published: all are read but those that AWS would refuse, and each prints to itself."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from leastwise.language.normalise import normalise, same_form
from leastwise.language.parse import parse_draft, parse_policy
from leastwise.model.errors import PolicyError

CORPUS = Path(__file__).parent.parent / "data" / "policies" / "policies.jsonl.gz"
ROWS = [json.loads(line) for line in gzip.decompress(CORPUS.read_bytes()).splitlines()]
COUNTS = {
    "aws-managed-policies": 1596,
    "iam-user-guide": 261,
    "scp-examples": 56,
    "organizations-guide": 30,
    "data-perimeter": 29,
    "rcp-examples": 23,
    "permission-boundary": 2,
}
REFUSED = {
    "access_policies#19": {"LW-P19"},  # `account-id` for a number
    "confused-deputy#40": {"LW-P19"},  # `Example Corp's AWS Account ID`
    "id_credentials_mfa_configure-api-require#47": {"LW-P19"},  # `ACCOUNT-B-ID`
    "id_credentials_mfa_configure-api-require#51": {"LW-P19"},
    "id_credentials_temp_control-access_disable-perms#60": {"LW-P19"},
    "id_credentials_temp_control-access_getfederationtoken#67": {"LW-P19"},
    "id_roles_use_passrole#98": {"LW-P15", "LW-P16"},  # `A list of the permissions the role is allowed to use`
    "reference_policies_iam-condition-keys#217": {"LW-P19"},  # a space before the ARN
    "troubleshoot_policies#244": {"LW-P16"},  # a space before `*`
    "service_control_policies/resource_perimeter_scp": {"LW-P16"},  # `<third-party-resource>`
    "vpc_endpoint_policies/s3_endpoint_policy": {"LW-P15"},  # `<action>`
    "Limit-access-to-trusted-OIDC-identity-providers/Shared-Issuers": {"LW-P23", "LW-P28"},  # no Resource, an Allow
}
"""Placeholders and slips, with the codes of their faults."""


def read(row):
    return parse_policy(json.dumps(row["document"], indent=1), kind=row["kind"], name=row["name"])


@pytest.fixture(scope="module")
def policies():
    return [(row, read(row)) for row in ROWS if row["name"] not in REFUSED]


def test_the_corpora_are_whole():
    assert COUNTS == Counter(row["source"] for row in ROWS)


def test_exactly_the_placeholders_and_slips_are_refused():
    refused = {}
    for row in ROWS:
        try:
            read(row)
        except PolicyError as error:
            refused[row["name"]] = {fault.code for fault in error.faults}
    assert REFUSED == refused


def test_each_prints_to_itself(policies):
    again = [parse_policy(json.dumps(policy.document()), kind=row["kind"]) for row, policy in policies]
    assert [policy for _, policy in policies] == again


def test_every_one_is_a_draft_that_prints_to_itself():
    for row in ROWS:
        draft, faults = parse_draft(json.dumps(row["document"]), kind=row["kind"])
        assert REFUSED.get(row["name"], set()) == {fault.code for fault in faults}
        assert draft == parse_draft(draft.document(), kind=row["kind"])[0]


def test_a_mapping_reads_as_its_text_does(policies):
    assert [policy for _, policy in policies] == [
        parse_policy(row["document"], kind=row["kind"]) for row, _ in policies
    ]


def test_each_statement_has_its_place(policies):
    for row, policy in policies:
        lines = json.dumps(row["document"], indent=1).splitlines()
        for statement in policy.statements:
            assert statement.place is not None
            assert "{" == lines[statement.place.line - 1][statement.place.column - 1]


def test_normal_form_is_reached_in_one_step_and_prints_to_itself(policies):
    for row, policy in policies:
        once = normalise(policy)
        assert once == normalise(once)
        assert once == parse_policy(once.document(), kind=row["kind"])
        assert same_form(policy, once)
