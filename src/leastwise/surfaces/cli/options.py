"""Options that several commands share, and how their text becomes values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import click

from leastwise.model.errors import InputError
from leastwise.usage.observed import Observed, Window
from leastwise.usage.store import Exclusion

F = TypeVar("F", bound=Callable[..., object])
_EXCLUSION_KEYS = ("principal", "session", "address", "from", "to")


def window_options(command: F) -> F:
    """The command takes `--days`, `--from`, `--to`, `--region` and `--exclude`."""
    for option in (
        click.option("--exclude", "excludes", multiple=True, metavar="KEY=VALUE[,…]", help=EXCLUDE_HELP),
        click.option("--region", "regions", multiple=True, help="Only calls in this Region; may be repeated."),
        click.option("--to", "until", metavar="TIME", help="Only calls up to this day or time (UTC)."),
        click.option("--from", "since", metavar="TIME", help="Only calls from this day or time (UTC) on."),
        click.option("--days", type=click.IntRange(min=1), help="Only the last N days before the newest call."),
    ):
        command = option(command)
    return command


EXCLUDE_HELP = (
    "Leave out calls known to be an attacker's, by principal, session, address (or network), from, to: "
    "`--exclude session=evil,from=2026-01-02T10:00`. May be repeated."
)


def exclusion(text: str) -> Exclusion:
    """`principal=role/x,address=198.51.100.0/24,from=2026-01-02` as a value; raises InputError."""
    values: dict[str, str] = {}
    for part in text.split(","):
        key, found, value = part.partition("=")
        if not found or key not in _EXCLUSION_KEYS or not value:
            raise InputError(
                f"cannot read the exclusion `{text}`",
                help=f"write KEY=VALUE with one of {', '.join(_EXCLUSION_KEYS)}",
            )
        values[key] = value
    since, until = values.get("from"), values.get("to")
    return Exclusion(
        principal=values.get("principal", ""),
        session=values.get("session", ""),
        address=values.get("address", ""),
        since=int(moment_of(since).timestamp()) if since else None,
        until=int(end_of(until).timestamp()) if until else None,
    )


def moment_of(text: str) -> datetime:
    """A day or a time in UTC; raises InputError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"cannot read the time `{text}`", help="write `2026-01-31` or `2026-01-31T15:00`") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def end_of(text: str) -> datetime:
    """The moment up to which `text` reaches: a bare day reaches to its end."""
    moment = moment_of(text)
    return moment + timedelta(days=1) if len(text) == 10 else moment


def window_of(
    observed: Observed | None,
    *,
    days: int | None,
    since: str | None,
    until: str | None,
    regions: Sequence[str],
    excludes: Sequence[str],
) -> Window:
    """The window that the options mean; `--days` counts back from the newest call in the store."""
    if days and since:
        raise InputError("`--days` and `--from` both say where to begin", help="give one of them")
    begin = moment_of(since) if since else None
    end = end_of(until) if until else None
    if days and observed is not None:
        newest = end or observed.newest()
        begin = newest - timedelta(days=days) if newest else None
    return Window(begin, end, tuple(regions), tuple(exclusion(text) for text in excludes))


def day_of(text: str | None) -> date | None:
    """The day of a day or time, for pruning folders by name."""
    return moment_of(text).date() if text else None
