"""Days as the store counts them: from 1970-01-01, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

DAY = 86_400
UNKNOWN_DAY = -1


def in_utc(moment: object) -> datetime | None:
    """A time as the store answers it, said to be in UTC; None for what is no time."""
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else None


def day_name(day: int) -> str:
    """`2023-07-10`, or `unknown`."""
    return "unknown" if day == UNKNOWN_DAY else f"{datetime.fromtimestamp(day * DAY, UTC):%Y-%m-%d}"
