"""Accounts that stand for all: as many as the numbers in policies tell apart."""

from __future__ import annotations

import json

import pytest
from proving import allow, deny, document

from leastwise import PolicySet
from leastwise.decide.settle import bound
from leastwise.language.values import TooHard
from leastwise.model.switches import DEFAULT
from leastwise.prove.accounts import accounts_in
from leastwise.prove.checking.verify import verified
from leastwise.prove.queries import no_new_access
from leastwise.prove.verdict import Verdict

EXAMPLE, NINES = "123456789012", "9" * 12


def found(*resources: str) -> tuple[str, ...]:
    """The accounts that stand for all where a statement has these resources."""
    policies = PolicySet(identity=[document(allow("sqs:SendMessage", list(resources)))])
    return accounts_in(bound(policies, DEFAULT).plan.entries())


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ("*", (EXAMPLE,)),
        ("????????????", (EXAMPLE,)),
        ("", (EXAMPLE,)),
        (EXAMPLE, (NINES, EXAMPLE)),
        ("5555*", (EXAMPLE, "5" * 12)),
        ("12*", (EXAMPLE, NINES)),
        ("55555555555?", (EXAMPLE, "5" * 12)),
        ("*07", (EXAMPLE, "111111111107")),
        ("1?3*", (EXAMPLE, NINES)),
        ("0123456789012*", (EXAMPLE,)),
    ],
)
def test_one_of_each_kind(account: str, expected: tuple[str, ...]) -> None:
    assert expected == found(f"arn:aws:sqs:*:{account}:q")


def test_kinds_are_told_apart_by_all_patterns_together() -> None:
    numbers = found("arn:aws:sqs:*:5*:q", "arn:aws:sqs:*:*5:q", f"arn:aws:sqs:*:{'5' * 12}:q")
    told = {(number[0] == "5", number[-1] == "5", number == "5" * 12) for number in numbers}
    assert len(numbers) == len(told) == 5


def test_a_star_may_take_in_what_stands_before_the_number() -> None:
    assert any(number.endswith("77") for number in found("a*77:q"))
    assert any("77" in number for number in found("arn:aws:sqs:x*77*"))


def test_too_many_kinds_are_not_counted() -> None:
    with pytest.raises(TooHard):
        found(*(f"arn:aws:sqs:*:{'?' * place}{digit}*:q" for place in range(12) for digit in (1, 2)))


def test_a_grant_on_a_part_of_all_accounts_is_new() -> None:
    old = PolicySet(identity=[document(deny("*", "*"))])
    new = PolicySet(identity=[document(allow("sqs:SendMessage", "arn:aws:sqs:*:5555????????:q"))])
    proof = no_new_access(old, new)
    assert Verdict.FAIL == proof.verdict
    assert proof.witness is not None and proof.witness.principal.account.startswith("5555")


def test_a_grant_inside_such_a_part_is_proved() -> None:
    wide, narrow = (
        PolicySet(identity=[document(allow("sqs:SendMessage", f"arn:aws:sqs:*:{account}:q"))])
        for account in ("55*", "5555*")
    )
    proof = no_new_access(wide, narrow)
    assert Verdict.PASS == proof.verdict
    assert proof.certify is not None
    assert verified(json.dumps(proof.certify()).encode()).verdict == Verdict.PASS
    assert Verdict.FAIL == no_new_access(narrow, wide).verdict


def test_too_many_patterns_leave_it_open() -> None:
    resources = [f"arn:aws:sqs:*:{'?' * place}{digit}*:q" for place in range(12) for digit in (1, 2)]
    policies = PolicySet(identity=[document(allow("sqs:SendMessage", resources))])
    old = PolicySet(identity=[document(allow("sqs:*", "arn:aws:sqs:*:*:p"))])
    proof = no_new_access(old, policies)
    assert (Verdict.UNKNOWN, True) == (proof.verdict, "account numbers" in " ".join(proof.undecided))
