"""Closed hours as spans of dates: what lies in none of them is open."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leastwise.synthesize.guardrails.hours import closed_hours

WEEK = {
    "from": ("2026-12-01",),
    "until": ("2026-12-08",),
    "opens": ("07:00",),
    "closes": ("18:00",),
    "days": ("mon", "tue", "wed", "thu", "fri"),
}
MOMENTS = {
    "2026-12-01T06:59:59": True,
    "2026-12-01T07:00:00": False,
    "2026-12-01T17:59:59": False,
    "2026-12-01T18:00:00": True,
    "2026-12-05T12:00:00": True,
    "2026-12-06T12:00:00": True,
    "2026-12-07T12:00:00": False,
    "2026-12-08T23:59:59": True,
    "2026-12-09T00:00:00": False,
    "2026-11-30T23:59:59": False,
}


def _is_closed(moment: str, spans: tuple[str, ...]) -> bool:
    time = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    ends = [tuple(map(datetime.fromisoformat, span.split("/"))) for span in spans]
    return any(start <= time < end for start, end in ends)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_moment_is_closed_or_open(moment: str) -> None:
    assert MOMENTS[moment] == _is_closed(moment, closed_hours("t", WEEK))


def test_spans_follow_each_other_and_none_is_empty() -> None:
    ends = [span.split("/") for span in closed_hours("t", {**WEEK, "opens": ("00:00",), "closes": ("23:59",)})]
    assert all(start < end for start, end in ends)
    assert [end for _, end in ends] == sorted(end for _, end in ends)
    assert 7 == len(closed_hours("t", WEEK))


def test_a_week_without_days_is_closed_throughout() -> None:
    assert ("2026-12-01T00:00:00Z/2026-12-09T00:00:00Z",) == closed_hours("t", {**WEEK, "days": ()})
