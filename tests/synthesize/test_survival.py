"""When an unused grant should go: the curve against one worked out by hand, and the rule of its cost."""

from __future__ import annotations

import pytest

from leastwise.estate.held import ServiceUse
from leastwise.synthesize.seasons import EPOCH
from leastwise.synthesize.survival import Curve, Granted, advice, curves, used_outside_log

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


@pytest.mark.parametrize(("weight", "should_remove"), [(1, True), (0, False)])
def test_a_grant_goes_when_denials_cost_less_than_it_weighs(weight: int, should_remove: bool) -> None:
    told = advice(a_grant(40), a_class(), end=END, group=level, weight=lambda action: weight)
    assert should_remove == told.should_remove
    assert "3.3 % of such grants" in told.reason


def test_a_young_grant_of_little_weight_stays() -> None:
    told = advice(a_grant(2), a_class(), end=END, group=level, weight=lambda action: 3)
    assert (False, 0.4) == (told.should_remove, pytest.approx(told.chance))


def test_not_knowing_takes_nothing_away() -> None:
    told = advice(a_grant(40, action="sqs:SendMessage"), a_class(), end=END, group=level, weight=lambda action: 100)
    assert (False, None) == (told.should_remove, told.chance)


def test_what_is_used_stays() -> None:
    told = advice(a_grant(40, 10), a_class(), end=END, group=level, weight=lambda action: 100)
    assert (False, "it is used") == (told.should_remove, told.reason)


def day(number: int) -> str:
    return f"{EPOCH.fromordinal(EPOCH.toordinal() + number).isoformat()}T10:00:00+00:00"


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (ServiceUse("s3", day(900)), "some action of `s3` used 200 days before the window's end, before the log began"),
        (ServiceUse("s3", day(1_090)), "some action of `s3` used 10 days before the window's end, not in the log"),
        (ServiceUse("s3", day(900), {"GetObject": day(800)}), "it used 300 days before the window's end"),
        (ServiceUse("s3", day(900), {"PutObject": day(800)}), None),
        (ServiceUse("s3", ""), None),
        (ServiceUse("sqs", day(900)), None),
    ],
)
def test_last_accessed_data_tells_of_use_that_the_log_has_not(use: ServiceUse, told: str | None) -> None:
    found = used_outside_log("s3:GetObject", [use], begin=BEGIN, end=END)
    assert (told is None) == (found is None)
    assert (told or "") in (found or "")
