"""Questions with wildcards: who may do some of it, or all of it."""

from __future__ import annotations

import json

import pytest

from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.held import Iam, InlinePolicy, Role
from leastwise.estate.patterns import who_can_pattern

ACCOUNT = "111122223333"
TARGET, CALLER = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("target", "caller"))


def text(action: str, **rest: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **rest}]})


@pytest.mark.parametrize(("trusted", "expected"), [(f"arn:aws:iam::{ACCOUNT}:root", True), ("444455556666", False)])
def test_a_pattern_of_sts_on_a_role_asks_its_trust_policy(trusted: str, expected: bool) -> None:
    target = Role(TARGET, "target", trust=text("sts:AssumeRole", Principal={"AWS": trusted}))
    caller = Role(CALLER, "caller", inline=(InlinePolicy("p", text("sts:*", Resource="*")),))
    found = who_can_pattern(Estate(gathered([Iam(ACCOUNT, roles=(target, caller))])), "sts:AssumeRol*", TARGET, "any")
    assert expected == any(one.principal == CALLER and one.holds for one in found)
