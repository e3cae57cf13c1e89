"""What the logs cover and what they do not: files, days, accounts, regions, data events, calls without action."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from leastwise.catalogue.load import Catalogue
from leastwise.usage.days import UNKNOWN_DAY, day_name
from leastwise.usage.observed import opened
from leastwise.usage.store import READ, SKIPPED, UNFINISHED, UNREADABLE, Exclusion, FileEntry, Store


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts are of events unless the name says otherwise; `events_kept` + `duplicates` + `skipped` = `records_read`.

    `skipped` also counts files that are no logs, under their own reasons, which are no part of that sum.
    """

    files_read: int
    files_unfinished: int
    records_read: int
    events_kept: int
    duplicates: int
    mended: int
    without_id: int
    skipped: Mapping[str, int]
    skipped_files: Mapping[str, int]
    unreadable: Mapping[str, str]
    days: Mapping[str, int]
    days_without_logs: tuple[str, ...]
    unknown_time: int
    accounts: Mapping[str, int]
    regions: Mapping[str, int]
    kinds: Mapping[str, int]
    unmapped: Mapping[str, int]
    data_events: Mapping[str, bool]
    cross_account_copies: int
    digests: Mapping[str, int]
    broken_digests: Mapping[str, str]
    exclusions: tuple[Exclusion, ...]
    catalogue: str = ""
    bytes_on_disk: int = 0
    notes: tuple[str, ...] = field(default=())


def coverage_of(store: Store, catalogue: Catalogue) -> Coverage:
    """The coverage of everything in the store, exclusions not taken off.

    Raises StoreError when there is no store.
    """
    files = store.files()
    parts = store.parts()
    days: Counter[int] = Counter()
    for part in parts:
        days[part.day] += part.events
    known = {day: count for day, count in sorted(days.items()) if day != UNKNOWN_DAY}
    digests = store.digests()
    groups = _groups(store) if parts else _Groups()
    return Coverage(
        files_read=sum(f.state == READ for f in files),
        files_unfinished=sum(f.state == UNFINISHED for f in files),
        records_read=sum(f.records for f in files),
        events_kept=sum(f.kept for f in files),
        duplicates=sum(f.duplicates for f in files),
        mended=sum(f.mended for f in files),
        without_id=sum(f.without_id for f in files),
        skipped=_total(f.skipped for f in files),
        skipped_files=_total({f.reason: 1} for f in files if f.state == SKIPPED),
        unreadable=_unreadable(files),
        days={day_name(day): count for day, count in known.items()},
        days_without_logs=tuple(_gaps([day_name(d) for d in known])),
        unknown_time=days.get(UNKNOWN_DAY, 0),
        accounts=groups.accounts,
        regions=groups.regions,
        kinds=groups.kinds,
        unmapped=groups.unmapped,
        data_events={p: p in _seen(groups.data_sources, catalogue) for p in sorted(catalogue.data_plane_prefixes())},
        cross_account_copies=groups.copies,
        digests=_total({state: 1} for state, _ in digests.values()),
        broken_digests={name: why for name, (state, why) in sorted(digests.items()) if state == "broken"},
        exclusions=tuple(store.exclusions()),
        catalogue=store.about().get("catalogue", ""),
        bytes_on_disk=sum(store.rows_path(p).stat().st_size + store.ids_path(p).stat().st_size for p in parts),
    )


def data_prefixes_seen(store: Store, catalogue: Catalogue) -> frozenset[str]:
    """Services of which the logs hold at least one data event."""
    with opened(store) as observed:
        return _seen(observed.data_calls(), catalogue)


@dataclass(slots=True)
class _Groups:
    accounts: dict[str, int] = field(default_factory=dict)
    regions: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    unmapped: dict[str, int] = field(default_factory=dict)
    data_sources: list[tuple[str, str]] = field(default_factory=list)
    copies: int = 0


def _groups(store: Store) -> _Groups:
    with opened(store) as observed:
        data = observed.counted("event_source, event_name", having="category = 'Data'")
        unmapped = observed.counted("event_source, event_name", having="kind = 'unmapped'")
        copies = observed.counted("is_copy", having="is_copy")
        return _Groups(
            accounts=_by_text(observed.counted("recipient")),
            regions=_by_text(observed.counted("region")),
            kinds=_by_text(observed.counted("kind")),
            unmapped={f"{s}:{n}": int(str(count)) for s, n, count in unmapped},
            data_sources=[(str(s), str(n)) for s, n, _ in data],
            copies=sum(int(str(count)) for *_, count in copies),
        )


def _by_text(rows: Iterable[tuple[object, ...]]) -> dict[str, int]:
    return {str(text) or "unknown": int(str(count)) for text, count in rows}


def _seen(calls: Iterable[tuple[str, str]], catalogue: Catalogue) -> frozenset[str]:
    return frozenset(catalogue.call(source, name).prefix for source, name in calls)


def _total(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))


def _unreadable(files: Iterable[FileEntry]) -> dict[str, str]:
    """Files whose last state is unreadable: a later version that could be read takes the name off the list."""
    last = {f.name: f for f in files}
    return {name: f.reason for name, f in sorted(last.items()) if f.state == UNREADABLE}


def _gaps(days: list[str]) -> Iterable[str]:
    if not days:
        return
    day, end, known = date.fromisoformat(days[0]), date.fromisoformat(days[-1]), set(days)
    while day < end:
        day += timedelta(days=1)
        if day.isoformat() not in known and day < end:
            yield day.isoformat()
