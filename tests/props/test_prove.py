"""What must hold of every comparison of policies, whatever they say."""

from __future__ import annotations

import copy
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from examples import COUNT, EXAMPLES
from leastwise import Policy, parse_policy
from leastwise.prove.axioms import ALL, Axiom
from leastwise.prove.queries import equivalent, no_new_access
from leastwise.prove.verdict import Verdict
from pieces import split

AGREE = str(Path(__file__).parents[1] / "agree")
sys.path[:0] = [] if AGREE in sys.path else [AGREE]

from made_pairs import Json, Pair  # noqa: E402  # found by the path above

FEW = settings(EXAMPLES, max_examples=max(COUNT // 15, 1))
"""Fewer than of properties of one decision: each example is a search or two."""
FEWEST = settings(EXAMPLES, max_examples=max(COUNT // 60, 1))
"""Of properties that take several searches under all axioms."""
SEEDS = st.integers(0, 2**64)
NONE: frozenset[Axiom] = frozenset()


def document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statements(made: Json) -> list[Json]:
    found = made["Statement"]
    assert isinstance(found, list)
    return found


def plain(made: Json) -> bool:
    """Whether no policy variable stands in it: only these are always settled."""
    return "${aws:" not in str(made)


def assert_gains_nothing(old: Json, new: Json) -> None:
    """Of all requests, which takes less time to show than of those that the axioms leave."""
    proof = no_new_access(parse_policy(old), parse_policy(new), axioms=NONE)
    is_open = not proof.difference and not proof.future and not (plain(old) and plain(new))
    assert proof.verdict is Verdict.PASS or is_open, (proof.verdict, old, new)


def assert_same(one: Json, other: Json) -> None:
    """Each allows what the other does."""
    assert_gains_nothing(one, other)
    assert_gains_nothing(other, one)


@FEW
@given(SEEDS)
def test_a_policy_gains_nothing_over_itself(seed: int) -> None:
    made = Pair(seed)
    assert_gains_nothing(made.old, made.old)
    assert_gains_nothing(made.old, document(*statements(made.old), *statements(made.old)))


@FEW
@given(SEEDS)
def test_adding_an_allow_never_removes_access(seed: int) -> None:
    made = Pair(seed)
    assert_gains_nothing(document(*statements(made.old), made.statement("Allow")), made.old)


@FEW
@given(SEEDS)
def test_adding_a_deny_never_adds_access(seed: int) -> None:
    made = Pair(seed)
    assert_gains_nothing(made.old, document(*statements(made.old), made.statement("Deny")))


@FEW
@given(SEEDS)
def test_what_gains_nothing_over_what_gains_nothing_gains_nothing(seed: int) -> None:
    made = Pair(seed)
    first = document(*statements(made.old), made.statement("Allow"))
    second, third = made.edited(first), made.old
    for narrower in (third, document(*statements(second), made.statement("Deny"))):
        pairs = ((first, second), (second, narrower))
        steps = [no_new_access(parse_policy(a), parse_policy(b), axioms=NONE).verdict for a, b in pairs]
        if steps == [Verdict.PASS, Verdict.PASS]:
            assert_gains_nothing(first, narrower)


@FEW
@given(SEEDS)
def test_splitting_lists_into_statements_changes_nothing(seed: int) -> None:
    made = Pair(seed)
    assert_same(made.old, document(*(piece for one in statements(made.old) for piece in split(one))))


@FEW
@given(SEEDS)
def test_order_never_matters(seed: int) -> None:
    made = Pair(seed)
    shuffled = copy.deepcopy(made.new)
    made.random.shuffle(statements(shuffled))
    for statement in statements(shuffled):
        blocks = statement.get("Condition", {})
        assert isinstance(blocks, dict)
        values = [values for block in blocks.values() for values in block.values()]
        for found in (*(one for one in statement.values() if isinstance(one, list)), *values):
            made.random.shuffle(found)
    assert_same(made.new, shuffled)
    old = parse_policy(made.old)
    verdicts = [no_new_access(old, parse_policy(new), axioms=NONE).verdict for new in (made.new, shuffled)]
    assert verdicts[0] == verdicts[1]


@FEW
@given(SEEDS)
def test_axioms_only_rule_requests_out(seed: int) -> None:
    made = Pair(seed)
    old, new = parse_policy(made.old), parse_policy(made.new)
    some = frozenset(one for one in sorted(ALL) if made.sometimes(0.5))
    if Verdict.PASS is no_new_access(old, new, axioms=some).verdict:
        assert Verdict.FAIL is not no_new_access(old, new).verdict
    if Verdict.PASS is no_new_access(old, new, axioms=NONE).verdict:
        assert Verdict.FAIL is not no_new_access(old, new, axioms=some).verdict


@FEW
@given(SEEDS)
def test_each_action_of_a_difference_is_one(seed: int) -> None:
    made = Pair(seed)
    old, new = parse_policy(made.old), parse_policy(made.new)
    whole = no_new_access(old, new, axioms=NONE)
    told = {action for gap in whole.difference for action in gap.actions}
    if len(told) < MANY:
        each = no_new_access(old, new, axioms=NONE, every_action=True)
        assert whole.verdict == each.verdict
        assert {action for gap in each.difference for action in gap.actions} <= told


MANY = 100
"""Of so many actions each is not looked at here."""


@FEWEST
@given(SEEDS)
def test_policies_are_equivalent_when_neither_gains(seed: int) -> None:
    made = Pair(seed)
    old, new = parse_policy(made.old), parse_policy(made.new)
    verdicts = {no_new_access(old, new).verdict, no_new_access(new, old).verdict}
    found = {equivalent(old, new).verdict, equivalent(new, old).verdict}
    if Verdict.FAIL in verdicts:
        assert {Verdict.FAIL} == found
    elif {Verdict.PASS} == verdicts:
        assert {Verdict.PASS} == found


def test_pairs_are_of_every_kind() -> None:
    """So that none of these properties holds for lack of cases."""
    found = {no_new_access(*parsed(Pair(seed)), axioms=NONE).verdict for seed in range(40)}
    assert {Verdict.PASS, Verdict.FAIL} <= found


def parsed(made: Pair) -> tuple[Policy, Policy]:
    return parse_policy(made.old), parse_policy(made.new)
