"""Chances of new use: the parts against figures worked out otherwise, and the whole on use whose truth is known."""

from __future__ import annotations

from datetime import date
from math import comb, exp
from random import Random

import pytest

from leastwise.synthesize.confidence import Confidence, confidences
from leastwise.synthesize.logistic import fitted
from leastwise.synthesize.pooled import DailyLaw, daily_law, tallied
from leastwise.synthesize.seasons import EPOCH, seasons
from leastwise.synthesize.use_windows import Past, has_new, pasts, seen
from leastwise.usage.observed import DailyUse

START = (date(2024, 1, 1) - EPOCH).days


def use(principal: str, day: int, action: str) -> DailyUse:
    return DailyUse(principal, START + day, action, "*", 1)


def fleet(principals: int, days: int, *, seed: int = 5) -> list[DailyUse]:
    """Principals with few or many actions, from daily ones to such as come once in two months."""
    random = Random(seed)
    made = []
    for number in range(principals):
        rates = [random.betavariate(0.4, 2.0) for _ in range(random.choice((3, 20)))]
        for place, rate in enumerate(rates):
            made += [use(f"p{number}", day, f"s3:A{place}") for day in range(days) if random.random() < rate]
    return made


def came_true(uses: list[DailyUse], told: dict[str, Confidence], start: int, end: int) -> list[tuple[float, bool]]:
    """Each chance with whether something new came in the thirty days after."""
    known = pasts(uses)
    return [
        (one.probability, has_new(known[name], START + start, START + end, START + end + 30))
        for name, one in told.items()
        if one.probability is not None
    ]


def test_a_fleet_is_told_better_than_by_its_base_rate() -> None:
    uses = fleet(200, 150)
    told = confidences(uses, until=START + 120, days=60)
    pairs = came_true(uses, told, 60, 120)
    base = sum(came for _, came in pairs) / len(pairs)
    assert {"fleet"} == {one.method for one in told.values() if one.probability is not None}
    assert sum((p - came) ** 2 for p, came in pairs) / len(pairs) < 0.9 * base * (1 - base)
    assert base == pytest.approx(sum(p for p, _ in pairs) / len(pairs), abs=0.08)


def test_a_log_no_longer_than_the_window_is_enough_for_a_fleet() -> None:
    uses = fleet(200, 60)
    told = confidences([one for one in uses if one.day < START + 30])
    pairs = came_true(uses, told, 0, 30)
    assert {"fleet"} == {one.method for one in told.values() if one.probability is not None}
    assert sum(came for _, came in pairs) / len(pairs) == pytest.approx(sum(p for p, _ in pairs) / len(pairs), abs=0.12)


def test_what_comes_after_is_not_looked_at() -> None:
    uses = fleet(60, 150)
    before = [one for one in uses if one.day < START + 100]
    assert confidences(before, until=START + 100) == confidences(uses, until=START + 100)


def test_few_principals_are_told_by_the_pooled_law() -> None:
    told = confidences(fleet(3, 60))
    assert {("pooled", 0)} == {(one.method, one.windows) for one in told.values()}
    assert all(one.probability is not None and 0 < one.probability < 1 for one in told.values())


def test_too_little_data_gives_no_chance() -> None:
    told = confidences([use("a", 0, "s3:GetObject"), use("a", 1, "s3:GetObject")], principals=["a", "nobody"])
    assert [("too little data", None)] * 2 == [(one.method, one.probability) for one in told.values()]
    assert ("nothing seen in 2 days",) == told["nobody"].facts


def test_no_use_at_all_gives_no_chance() -> None:
    assert {"a": Confidence(None, 30, "too little data", 0, ("nothing seen",))} == confidences([], principals=["a"])


def test_facts_can_be_checked_by_hand() -> None:
    uses = [use("a", day, "s3:GetObject") for day in range(0, 20, 2)]
    uses += [use("a", 5, "s3:PutObject"), use("a", 15, "s3:ListBucket"), use("b", 19, "sqs:SendMessage")]
    told = confidences(uses, until=START + 20)
    assert told["a"].facts == (
        "2 of 3 actions seen on one day only",
        "last new action 5 days before the window's end",
        "12 of 20 days active",
    )
    assert "first seen 1 day before the window's end" in told["b"].facts


def test_a_quarterly_use_outside_the_window_is_said_with_its_dates() -> None:
    uses = [use("a", day, "s3:GetObject") for day in range(200)]
    uses += [use("a", day, "rds:CreateDBSnapshot") for day in (4, 95)]
    (fact,) = [f for f in confidences(uses, until=START + 180, days=60)["a"].facts if f.startswith("quarterly")]
    assert fact == (
        "quarterly use of rds:CreateDBSnapshot: 2024-01-05, 2024-04-05, due again about 2024-07-05"
        "; 1 of them not in the window"
    )


@pytest.mark.parametrize(
    ("days", "period"),
    [
        ((0, 7, 14, 21), "weekly"),
        ((0, 31, 60), "monthly"),
        ((0, 1, 31, 32, 60, 61), "monthly"),
        ((0, 91), "quarterly"),
        ((0, 7), None),
        ((0, 3, 31, 60), None),
        (tuple(range(60)), None),
    ],
)
def test_rhythm_is_told_by_the_days_between(days: tuple[int, ...], period: str | None) -> None:
    found = seasons({"s3:GetObject": days}, days[-1] + 3)
    assert ([period] if period else []) == [one.period for one in found]


def test_a_rhythm_that_has_stopped_is_not_told() -> None:
    assert [] == seasons({"s3:GetObject": (0, 7, 14, 21)}, 60)


def test_the_daily_law_is_found_again_from_what_it_made() -> None:
    law, days = DailyLaw(0.5, 3.0), 60
    rates = [comb(days, k) * exp(_log_beta(0.5 + k, 3.0 + days - k) - _log_beta(0.5, 3.0)) for k in range(1, days + 1)]
    counts = {(k + 1, days): round(100_000 * rate) for k, rate in enumerate(rates)}
    found = daily_law(counts)
    assert (law.alpha, law.beta) == pytest.approx((found.alpha, found.beta), rel=0.05)


def _log_beta(a: float, b: float) -> float:
    from math import lgamma

    return lgamma(a) + lgamma(b) - lgamma(a + b)


def test_the_chance_of_no_use_under_an_even_law() -> None:
    assert 1 / 11 == pytest.approx(DailyLaw(1.0, 1.0).unseen(10))
    # of ten days' eleven ways one is never seen: a tenth as many as were seen, less those unseen for thirty more
    assert 100 * (1 / 11 - 1 / 41) / (10 / 11) == pytest.approx(DailyLaw(1.0, 1.0).expected_new(100, 10, 30))


def test_tallies_count_equal_pairs() -> None:
    assert {(1, 5): 2, (2, 5): 1} == tallied([(1, 5), (2, 5), (1, 5)])


def test_a_logistic_model_without_ridge_meets_the_frequencies() -> None:
    rows = [[0.0]] * 10 + [[1.0]] * 10
    outcomes = [True] * 2 + [False] * 8 + [True] * 7 + [False] * 3
    model = fitted(rows, outcomes, ridge=0.0)
    assert (0.2, 0.7) == pytest.approx((model.chance([0.0]), model.chance([1.0])), abs=1e-6)


def test_a_ridge_draws_chances_to_the_mean() -> None:
    rows, outcomes = [[0.0]] * 10 + [[1.0]] * 10, [True] * 2 + [False] * 8 + [True] * 7 + [False] * 3
    near, far = fitted(rows, outcomes, ridge=1e6), fitted(rows, outcomes, ridge=1.0)
    assert 0.45 == pytest.approx(near.chance([1.0]), abs=1e-3)
    assert near.chance([1.0]) < far.chance([1.0]) < 0.7


def test_outcomes_that_can_be_parted_do_not_run_away() -> None:
    model = fitted([[float(n)] for n in range(20)], [n >= 10 for n in range(20)], ridge=1.0)
    assert 0.5 < model.chance([12.0]) < 1.0


def test_a_window_sees_its_own_days_alone() -> None:
    past = Past({"s3:A": (1, 5, 9), "s3:B": (9,), "sqs:C": (2,)}, (1, 2, 5, 9))
    one = seen(past, 2, 9)
    assert ((1, 1), (2, 5), 2, 2) == (one.used, one.firsts, one.active, one.services)
    assert has_new(past, 2, 9, 10)
    assert not has_new(past, 2, 9, 9)
    assert not has_new(Past({"s3:A": (1, 5, 9)}, (1, 5, 9)), 2, 9, 10)
