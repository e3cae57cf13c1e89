"""The rolling test over made days: what counts as a test, as denied, as weight, and how it is put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pytest

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.risks import weight_of
from leastwise.synthesize.backtest import Backtest, Method, Protocol, backtest, longest
from leastwise.synthesize.methods import methods
from leastwise.synthesize.neighbours import neighbours_of
from leastwise.usage.observed import DailyUse

WEEK = Protocol(observe=4, horizon=2, step=1)
EXACT: Mapping[str, Method] = {"exact": lambda used, _siblings: used}


def use(day: int, action: str, *, who: str = "a", on: str = "r", events: int = 1) -> DailyUse:
    return DailyUse(who, day, action, on, events)


def ran(
    uses: Iterable[DailyUse],
    table: Mapping[str, Method] = EXACT,
    *,
    protocol: Protocol = WEEK,
    siblings: Mapping[str, Sequence[str]] | None = None,
    only: str = "",
) -> Backtest:
    """The backtest with a weight of 10 for every action."""
    return backtest(uses, table, weight=lambda _: 10, protocol=protocol, siblings=siblings or {}, only=only)


def share(found: Backtest, measure: str, method: str = "exact") -> float:
    return found.methods[method][measure].micro


def test_a_principal_seen_for_less_than_a_test_is_left_out() -> None:
    short = [use(0, "s3:A"), use(4, "s3:A")]
    assert (0, 0) == (ran(short).principals, ran(short).tests)
    assert 1 == ran([*short, use(5, "s3:A")]).tests


def test_tests_are_a_step_apart_within_the_days_of_the_principal() -> None:
    daily = [use(day, "s3:A") for day in range(100, 112)]
    assert 7 == ran(daily).tests
    assert 3 == ran(daily, protocol=Protocol(4, 2, 3)).tests
    assert 1 == ran(daily, protocol=Protocol(4, 2, 7)).tests


def test_a_time_without_use_afterwards_tests_nothing() -> None:
    assert 2 == ran([use(0, "s3:A"), use(20, "s3:A"), use(21, "s3:A")]).tests


def test_only_what_lies_in_the_days_before_is_known() -> None:
    found = ran([use(0, "s3:Old"), use(1, "s3:A"), use(5, "s3:Old"), use(6, "s3:A")])
    assert 2 == found.tests
    assert pytest.approx(1 / 3) == share(found, "actions_denied")


def test_denials_are_counted_by_action_call_pair_and_test() -> None:
    before = [use(0, "s3:A"), use(1, "s3:B")]
    after = [use(4, "s3:A", on="other"), use(5, "s3:B", events=6), use(5, "s3:C", events=3)]
    found = ran([*before, *after])
    assert pytest.approx(1 / 3) == share(found, "actions_denied")
    assert pytest.approx(3 / 10) == share(found, "requests_denied")
    assert pytest.approx(2 / 3) == share(found, "pairs_denied")
    assert pytest.approx(1.0) == share(found, "tests_denied")
    assert pytest.approx(30 / 2) == share(found, "first_denials")


def test_a_denial_in_a_new_service_is_told_apart() -> None:
    found = ran([use(0, "s3:A"), use(4, "s3:A"), use(5, "s3:B"), use(5, "sqs:C")])
    assert pytest.approx(2 / 3) == share(found, "actions_denied")
    assert pytest.approx(1 / 3) == share(found, "new_service")


def test_weight_is_told_against_exact_use_and_against_what_is_used_later() -> None:
    more: Mapping[str, Method] = {"more": lambda used, _siblings: used | {"s3:C", "s3:D"}}
    found = ran([use(0, "s3:A"), use(1, "s3:B"), use(5, "s3:C")], more)
    assert pytest.approx(4 / 2) == share(found, "weight", "more")
    assert pytest.approx(40) == share(found, "mean_weight", "more")
    assert pytest.approx(3 / 4) == share(found, "unused_weight", "more")
    assert 0 == share(found, "actions_denied", "more")


def test_what_is_granted_without_use_is_granted_on_every_resource() -> None:
    more: Mapping[str, Method] = {"more": lambda used, _siblings: used | {"s3:C"}}
    found = ran([use(0, "s3:A", on="x"), use(5, "s3:A", on="y"), use(5, "s3:C", on="y")], more)
    assert pytest.approx(1 / 2) == share(found, "pairs_denied", "more")


def test_siblings_are_seen_in_the_same_days_and_no_later() -> None:
    all_of: Mapping[str, Method] = {"all": lambda used, siblings: used.union(*siblings)}
    mine = [use(0, "s3:A"), use(5, "s3:B"), use(5, "s3:C")]
    others = [use(2, "s3:B", who="b"), use(5, "s3:C", who="b"), use(3, "s3:C", who="stranger")]
    found = ran([*mine, *others], all_of, siblings={"a": ("b", "gone", "a")}, only="a")
    assert pytest.approx(1 / 2) == share(found, "actions_denied", "all")


def test_all_together_and_the_mean_of_principals_differ_when_some_do_more() -> None:
    busy = [use(0, "s3:A", who="busy"), *(use(5, f"s3:{name}", who="busy") for name in "ABCD")]
    calm = [use(0, "s3:A", who="calm"), use(5, "s3:A", who="calm")]
    measured = ran([*busy, *calm]).methods["exact"]["actions_denied"]
    assert (pytest.approx(3 / 5), pytest.approx(3 / 8)) == (measured.micro, measured.macro)
    assert measured.low <= measured.micro <= measured.high


def test_resamples_are_of_principals_and_the_same_for_the_same_seed() -> None:
    later = [use(5, f"s3:{name}", who=f"{n}") for n in range(30) for name in "ABCDEFG"[: 1 + n % 7]]
    uses = [*(use(0, "s3:A", who=f"{n}") for n in range(30)), *later]
    one = backtest(uses, EXACT, weight=lambda _: 1, protocol=WEEK, seed=1)
    again = backtest(reversed(uses), EXACT, weight=lambda _: 1, protocol=WEEK, seed=1)
    assert one == again
    measured = one.methods["exact"]["actions_denied"]
    assert measured.low < measured.micro < measured.high
    other = backtest(uses, EXACT, weight=lambda _: 1, protocol=WEEK, seed=2).methods["exact"]["actions_denied"]
    assert (measured.low, measured.high) != (other.low, other.high)


def test_a_single_principal_has_no_spread() -> None:
    measured = ran([use(0, "s3:A"), use(5, "s3:B"), use(5, "s3:A")]).methods["exact"]["actions_denied"]
    assert (0.5, 0.5, 0.5) == (measured.micro, measured.low, measured.high)


def test_no_use_is_no_test() -> None:
    assert (0, {}) == (ran([]).tests, ran([]).methods)
    assert 0 == longest([])


def test_the_longest_time_is_that_of_one_principal() -> None:
    uses = [use(0, "s3:A"), use(9, "s3:A"), use(100, "s3:A", who="b"), use(104, "s3:A", who="b")]
    assert (10, 5) == (longest(uses), longest(uses, "b"))


def test_methods_grant_all_that_is_used_and_more_in_their_order() -> None:
    catalogue = load_catalogue()
    used = frozenset({"sqs:SendMessage", "sqs:CreateQueue", "iam:AttachRolePolicy", "ec2:CreateVolume"})
    siblings = (frozenset({"sqs:PurgeQueue", "iam:PassRole"}), frozenset({"sqs:PurgeQueue"}))
    table = methods(catalogue, neighbours_of(()))
    granted = {name: method(used, siblings) for name, method in table.items()}
    assert all(used <= actions for actions in granted.values())
    assert used == granted["exact"]
    assert granted["buffer, strict"] <= granted["buffer, default"] <= granted["buffer, relaxed"]
    assert "sqs:PurgeQueue" in granted["buffer, relaxed, siblings"] - granted["buffer, relaxed"]
    assert not any(
        weight_of(action, catalogue) >= 40
        for name in granted
        if name.startswith("buffer")
        for action in granted[name] - used
    )
    assert granted["noun closure"] < granted["service wildcard"]
