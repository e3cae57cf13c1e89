"""`leastwise starter`, `template` and `nearest` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from told import Command


def test_a_starter_comes_with_its_boundary(leastwise: Command) -> None:
    told = leastwise("starter", "s3", "sqs")
    assert 0 == told.code
    policy, boundary = json.loads(told.out)
    assert ["s3:*", "sqs:*"] == policy["Statement"][0]["Action"] == boundary["Statement"][0]["Action"]
    assert "permissions boundary" in told.err


def test_a_template_is_of_one_level(leastwise: Command) -> None:
    told = leastwise("template", "--level", "write", "arn:aws:sqs:eu-west-1:111122223333:jobs")
    assert 0 == told.code
    (statement,) = told.json()["Statement"]  # type: ignore[misc]
    assert "sqs:SendMessage" in statement["Action"]
    assert ["arn:aws:sqs:eu-west-1:111122223333:jobs"] == statement["Resource"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("starter", "s33"), "no service `s33`"),
        (("template", "--level", "read", "jobs"), "`jobs` is no ARN"),
        (("nearest", "role/nobody"), "error"),
    ],
)
def test_what_cannot_be_done_ends_with_two(leastwise: Command, arguments: tuple[str, ...], error: str) -> None:
    told = leastwise(*arguments)
    assert (2, "") == (told.code, told.out)
    assert error in told.err


def test_the_nearest_managed_policies_of_a_real_principal(leastwise: Command, demo_logs: Path) -> None:
    assert 0 == leastwise("logs", "add", str(demo_logs)).code
    principal = json.loads(leastwise("used", "--json").out)["principals"][0]
    name = principal.get("name") or principal.get("principal")
    told = leastwise("nearest", name, "--json").json()
    assert 1 == told["schema"]
    policies = told["policies"]
    assert policies
    for one in policies:  # type: ignore[attr-defined]
        held = {action for statement in one["pruned"]["Statement"] for action in statement["Action"]}
        assert set(one["covers"]) == held
