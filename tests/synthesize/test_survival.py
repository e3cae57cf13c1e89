"""How long grants lie unused: the curve against one worked out by hand, and the chance of a use soon."""

from __future__ import annotations

import pytest

from leastwise.synthesize.survival import Curve, Granted, Soon, curves

BEGIN, END = 1_000, 1_100


def level(one: Granted) -> str:
    return one.action.partition(":")[0]


def a_grant(age: int, first_use: int | None = None, *, action: str = "s3:GetObject") -> Granted:
    """A grant of this age at the end of the log, first used at this age or never."""
    granted = END - age
    return Granted(action, "Role", granted, None if first_use is None else granted + first_use)


def curve(*grants: Granted) -> Curve:
    return curves(grants, begin=BEGIN, end=END, group=level)["s3"]


def test_the_curve_is_that_of_kaplan_and_meier() -> None:
    # four grants: used at 10 and 30, unused for 20 and for 40 days: 3/4 unused after 10, of two left one at 30
    found = curve(a_grant(50, 10), a_grant(50, 30), a_grant(20), a_grant(40))
    assert (10, 30) == found.ages
    assert (0.75, 0.375) == pytest.approx(found.unused)
    assert (4, 2) == found.watched


def test_a_grant_older_than_the_log_is_watched_from_the_age_that_it_then_had() -> None:
    old = a_grant(150, 120)  # 50 days old when the log began
    found = curve(old, a_grant(90, 10), a_grant(90))
    assert (2, 1) == found.watched
    assert (0.5, 0.0) == pytest.approx(found.unused)


def test_a_grant_that_was_used_before_the_log_tells_nothing() -> None:
    assert {} == curves([a_grant(150, 20)], begin=BEGIN, end=END, group=level)


def test_groups_have_curves_of_their_own() -> None:
    found = curves([a_grant(50, 10), a_grant(50, action="sqs:SendMessage")], begin=BEGIN, end=END, group=level)
    assert [(10,), ()] == [found["s3"].ages, found["sqs"].ages]


def a_class() -> dict[str, Curve]:
    """Of a hundred grants forty are used at 5 days and two at 60; all are watched for 100 days."""
    grants = [a_grant(100, 5)] * 40 + [a_grant(100, 60)] * 2 + [a_grant(100)] * 58
    return curves(grants, begin=BEGIN, end=END, group=level)


def test_the_chance_of_use_is_of_what_is_unused_at_that_age() -> None:
    assert 2 / 60 == pytest.approx(a_class()["s3"].chance(40, 30) or 0)
    assert 0.0 == a_class()["s3"].chance(65, 30)


def test_nothing_is_told_past_what_was_watched() -> None:
    assert a_class()["s3"].chance(80, 30) is None


def test_past_what_was_watched_the_oldest_age_that_tells_counts() -> None:
    curve_ = a_class()["s3"]
    assert Soon(0.0, 70) == curve_.soon(80, 30)
    assert Soon(pytest.approx(2 / 60), 40) == curve_.soon(40, 30)


def test_a_long_horizon_is_scaled_up_from_what_was_watched() -> None:
    grants = [a_grant(45, 5)] * 40 + [a_grant(45, 20)] * 20 + [a_grant(45)] * 40
    soon = curve(*grants).soon(10, 30)
    assert soon is not None
    assert (1 - (1 - 20 / 60) ** 2, 10) == (pytest.approx(soon.chance), soon.told_at)  # 15 days of the 45, twice


def test_two_weeks_are_the_least_that_tells() -> None:
    grants = [a_grant(13, 5)] * 40 + [a_grant(13)] * 40
    assert curve(*grants).soon(3, 30) is None
    assert curve(*[a_grant(14, 5)] * 40, *[a_grant(14)] * 40).soon(3, 30) is not None


def test_a_value_may_stand_for_several_grants() -> None:
    used = Granted("s3:GetObject", "Role", END - 50, END - 40, 3)
    several = [used, Granted("s3:GetObject", "Role", END - 50, count=5)]
    assert curve(*[a_grant(50, 10)] * 3, *[a_grant(50)] * 5) == curve(*several)
