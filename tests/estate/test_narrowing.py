"""What is left out to answer sooner changes no answer."""

from __future__ import annotations

import json
from dataclasses import replace

from leastwise.estate.assemble import Estate
from leastwise.estate.diff import diff
from leastwise.estate.gather import Snapshot
from leastwise.estate.held import Iam, InlinePolicy, ManagedPolicy, Role
from leastwise.estate.patterns import who_can_pattern

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/one"
CEILING = f"arn:aws:iam::{ACCOUNT}:policy/ceiling"


def document(*statements: dict[str, str]) -> str:
    whole = [{"Effect": "Allow", "Resource": "*", **one} for one in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": whole})


def snapshot(text: str, boundary: str | None = None) -> Snapshot:
    role = Role(ROLE, "one", inline=(InlinePolicy("own", text),), boundary=None if boundary is None else CEILING)
    policies = () if boundary is None else (ManagedPolicy(CEILING, "ceiling", boundary),)
    return Snapshot(iam={ACCOUNT: Iam(ACCOUNT, roles=(role,), policies=policies)})


def services(before: Snapshot, after: Snapshot) -> list[tuple[set[str], set[str]]]:
    changes = list(diff(before, after))
    return [
        tuple({gap.witness.action.partition(":")[0] for gap in gaps} for gaps in (one.gained, one.lost))  # type: ignore[misc]
        for one in changes
    ]


def test_a_boundary_that_is_new_takes_away_in_services_that_it_does_not_name() -> None:
    own = document({"Action": "ec2:RunInstances"}, {"Action": "s3:GetObject"})
    assert [(set(), {"ec2"})] == services(snapshot(own), snapshot(own, document({"Action": "s3:*"})))
    assert [({"ec2"}, set())] == services(snapshot(own, document({"Action": "s3:*"})), snapshot(own))


def test_another_boundary_is_told_in_the_services_of_both() -> None:
    own = document({"Action": "ec2:RunInstances"}, {"Action": "s3:GetObject"})
    before, after = (snapshot(own, document({"Action": action})) for action in ("s3:*", "ec2:*"))
    assert [({"ec2"}, {"s3"})] == services(before, after)


def test_what_a_not_action_newly_leaves_out_is_lost_in_its_service() -> None:
    before, after = (document({"NotAction": action}) for action in ("iam:*", "s3:*"))
    assert [({"iam"}, {"s3"})] == services(snapshot(before), snapshot(after))


def test_what_a_policy_newly_names_is_gained_in_its_service_alone() -> None:
    before = document({"Action": "ec2:*"}, {"Action": "sqs:SendMessage"})
    after = document({"Action": "ec2:*"}, {"Action": "sqs:*"})
    assert [({"sqs"}, set())] == services(snapshot(before), snapshot(after))


def test_a_pattern_is_not_asked_of_statements_on_resources_of_other_services() -> None:
    text = document({"NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::b/*"})
    estate = Estate(snapshot(text))
    for action, found in (("s3:Get*", [True]), ("kms:Decrypt", []), ("iam:*", []), ("ec2:RunInstances", [])):
        reached = who_can_pattern(estate, action, "*", "any")
        assert found == [one.holds for one in reached if one.principal == ROLE], action


def test_a_statement_on_resources_of_the_service_counts() -> None:
    for resource in ("*", "arn:aws:s3:::*", "arn:aws:s3:::b/*"):
        estate = Estate(snapshot(document({"Action": "*", "Resource": resource})))
        reached = who_can_pattern(estate, "s3:GetObject", "*", "any")
        assert [True] == [one.holds for one in reached if one.principal == ROLE], resource


def test_the_same_policies_are_no_change() -> None:
    one = snapshot(document({"Action": "ec2:*"}))
    assert [] == services(one, replace(one, taken="later"))
