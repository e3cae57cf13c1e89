"""Logs into the store: read in order, each event counted once, resumable after a stop at any moment."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import platform
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from leastwise.catalogue.load import load_catalogue
from leastwise.model.errors import LeastwiseError
from leastwise.usage.days import UNKNOWN_DAY
from leastwise.usage.kernel import Columns
from leastwise.usage.locations import STDIN, LogFile
from leastwise.usage.merge import Gathered, Ids, Ints, Rows, among, first_of_each, gathered, rows_of
from leastwise.usage.reading import Batch, Reader, units
from leastwise.usage.store import READ, SKIPPED, UNFINISHED, UNREADABLE, FileEntry, Part, Store, Writer
from leastwise.usage.transport import packed, unpacked

UNIT_BYTES = 6 << 20
UNIT_FILES = 400
GROUP_EVENTS = 100_000
COMPACTED_EVENTS = 200_000
MOST_PARTS_A_DAY = 6
REMEMBERED_IDS = 6_000_000
"""Event ids held in memory, sixteen bytes each, for the days written last; a day beyond it is read anew."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to read; `overlay` is a folder of imported service references, `profile` names AWS credentials."""

    processes: int = 1
    overlay: Path | None = None
    profile: str = ""
    group_events: int = GROUP_EVENTS
    unit_bytes: int = UNIT_BYTES


@dataclass(slots=True)
class Added:
    """What one run did."""

    files: int = 0
    known: int = 0
    skipped: int = 0
    records: int = 0
    kept: int = 0
    duplicates: int = 0
    unreadable: dict[str, str] = field(default_factory=dict)


Progress = Callable[[int, int], None]
"""Told the stored bytes that are done, of all that are to do."""


def add_logs(
    store: Store,
    files: Sequence[LogFile],
    *,
    settings: Settings,
    progress: Progress = lambda done, total: None,
    stdin: IO[bytes] | None = None,
) -> Added:
    """Every event of the files is in the store once; files that the ledger knows are not read again.

    A file that cannot be read is in the ledger with the reason, and is tried again the next time.
    """
    catalogue = load_catalogue(settings.overlay)
    with store.writing() as writer, _heap_kept(), ExitStack() as stack:
        writer.note({"catalogue": catalogue.header.version})
        reader = Reader(catalogue, profile=settings.profile)
        run = _Run(writer, settings, progress, reader)
        todo = run.unknown(files)
        for batch in _told_when_broken(_batches(todo, reader, settings, run.positions(), stdin, stack)):
            run.take(batch)
        run.commit()
        for day in writer.crowded_days(MOST_PARTS_A_DAY):
            parts = _small(writer.day_parts(day))
            if len(parts) > MOST_PARTS_A_DAY:
                from leastwise.usage.compact import compacted  # heavy, and seldom needed

                writer.commit([compacted(store, day, parts)], [], replaced=parts)
        return run.added


def _small(parts: list[Part]) -> list[Part]:
    """The smallest parts that one part in memory can take the place of, oldest first."""
    total = 0
    small: list[Part] = []
    for part in sorted(parts, key=lambda p: (p.events, p.id)):
        total += part.events
        if total > COMPACTED_EVENTS:
            break
        small.append(part)
    return sorted(small, key=lambda p: p.id)


class _Run:
    """One run of `add_logs`: what is gathered but not yet committed, and what is told at the end."""

    def __init__(self, writer: Writer, settings: Settings, progress: Progress, reader: Reader) -> None:
        self.added = Added()
        self._reader = reader
        self._writer = writer
        self._settings = settings
        self._progress = progress
        self._ledger = writer.entries()
        self._seen = _Seen(writer)
        self._batches: list[Batch] = []
        self._events = 0
        self._sizes: dict[str, int] = {}
        self._done = 0

    def unknown(self, files: Sequence[LogFile]) -> list[LogFile]:
        """Files that are not in the ledger as read."""
        todo = [f for f in map(self._named, files) if not self._is_known(f)]
        self.added.known = len(files) - len(todo)
        self._sizes = {f.name: f.size for f in todo}
        return todo

    def positions(self) -> dict[tuple[str, str], int]:
        """How many records of half-read files are in the store."""
        return {k: e.position for k, e in self._ledger.items() if _is_half_read(e) and e.name != STDIN}

    def take(self, batch: Batch) -> None:
        """The batch is committed with others once they are many."""
        self._batches.append(batch)
        self._events += sum(batch.events)
        if self._events >= self._settings.group_events:
            self.commit()

    def commit(self) -> None:
        """All that was gathered is in the store and the ledger, together."""
        batches, self._batches, self._events = self._batches, [], 0
        if len(self._reader):
            batches.append(Batch(columns=self._reader.take()))
        entries = self._entries(batches)
        rows = _merged(batches, entries, self._seen)
        self._writer.commit(rows, entries)
        for one in rows:
            self._seen.add(one.day, one.ids)
        for entry in entries:
            self._tell(entry)
        self._progress(self._done, sum(self._sizes.values()))

    def _named(self, file: LogFile) -> LogFile:
        """Standard input has no name of its own: each time it is another file."""
        if file.name != STDIN:
            return file
        return replace(file, stamp=str(sum(name == STDIN for name, _ in self._ledger)))

    def _is_known(self, file: LogFile) -> bool:
        entry = self._ledger.get((file.name, file.stamp))
        return entry is not None and entry.state in (READ, SKIPPED)

    def _entries(self, batches: list[Batch]) -> list[FileEntry]:
        """The last state of every file of the batches, counts of earlier commits carried on."""
        latest: dict[tuple[str, str], FileEntry] = {}
        for batch in batches:
            latest.update({(e.name, e.stamp): e for e in batch.entries})
        for key, entry in latest.items():
            before = self._ledger.get(key)
            if before is not None and before is not entry and _is_half_read(before):
                entry.kept, entry.duplicates = before.kept, before.duplicates
                entry.without_id += before.without_id
            self._ledger[key] = entry
        return list(latest.values())

    def _tell(self, entry: FileEntry) -> None:
        if entry.state == UNFINISHED:
            return
        added = self.added
        self._done += self._sizes.get(entry.name, 0)
        added.files += entry.state == READ
        added.skipped += entry.state == SKIPPED
        added.records += entry.records
        added.kept += entry.kept
        added.duplicates += entry.duplicates
        if entry.state not in (READ, SKIPPED):
            added.unreadable[entry.name] = entry.reason


def _is_half_read(entry: FileEntry) -> bool:
    """Whether records of the file may be in the store although it was not read to its end."""
    return entry.state in (UNFINISHED, UNREADABLE)


def _merged(batches: list[Batch], entries: list[FileEntry], seen: _Seen) -> list[Rows]:
    """The rows of the batches' new events, by day; the entries' kept and duplicate counts are raised."""
    numbers = {(e.name, e.stamp): i for i, e in enumerate(entries)}
    parts: list[tuple[Columns, Ints]] = []
    pending: list[int] = []
    for batch in batches:
        pending += [n for e, c in zip(batch.entries, batch.events, strict=True) for n in [numbers[e.name, e.stamp]] * c]
        if batch.columns is not None:
            parts.append((batch.columns, np.array(pending, np.int64)))
            pending = []
    events = gathered(parts)
    days = events.days()
    new = _new(events.ids, days, seen)
    fresh = np.zeros(len(days), np.bool_)
    fresh[new] = True
    _count(entries, events, fresh)
    days_of_new = days[new]
    return [rows_of(day, events.take(new[days_of_new == day])) for day in np.unique(days_of_new).tolist()]


def _new(ids: Ids, days: Ints, seen: _Seen) -> NDArray[np.intp]:
    """The places, ascending, of the events that are neither in the store nor before in these.

    An id is looked for on its day and the two beside it, here and in the store, so that an answer never
    depends on which files were read together.
    """
    found: list[NDArray[np.intp]] = []
    for day in np.unique(days).tolist():
        places = np.flatnonzero(days == day)
        first = places[first_of_each(ids.take(places))]
        found.append(first[~seen.around(day, ids.take(first))])
    places = np.sort(np.concatenate(found)) if found else np.zeros(0, np.intp)
    return places[~_beside_another(ids.take(places), days[places])]


def _beside_another(ids: Ids, days: Ints) -> NDArray[np.bool_]:
    """True where the same id stands before, and counts, on the day before or after."""
    beside = np.zeros(len(ids), np.bool_)
    repeats = np.flatnonzero(~first_of_each(ids))
    if not len(repeats):
        return beside
    kept: dict[tuple[int, int], set[int]] = {}
    for place in np.flatnonzero(among(ids, ids.take(repeats).ordered())).tolist():
        counted = kept.setdefault((int(ids.high[place]), int(ids.low[place])), set())
        day = int(days[place])
        if counted.isdisjoint(_around(day)):
            counted.add(day)
        else:
            beside[place] = True
    return beside


def _around(day: int) -> list[int]:
    """The day itself, last, and the days beside it; an unknown day has none beside it."""
    if day == UNKNOWN_DAY:
        return [day]
    return [d for d in (day - 1, day + 1, day) if d != UNKNOWN_DAY]


def _count(entries: list[FileEntry], events: Gathered, fresh: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    kept = np.bincount(events.source[fresh], minlength=len(entries))
    repeated = np.bincount(events.source[~fresh], minlength=len(entries))
    for entry, new, old in zip(entries, kept.tolist(), repeated.tolist(), strict=True):
        entry.kept += new
        entry.duplicates += old


class _Seen:
    """The ids that each day has; those of the days written last stay in memory, within a bound."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._days: OrderedDict[int, list[Ids]] = OrderedDict()

    def around(self, day: int, ids: Ids) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """True where the id is in the store on this day or one beside it."""
        found = np.zeros(len(ids), np.bool_)
        for one in _around(day):
            for known in self._known(one):
                found |= among(ids, known)
        return found

    def add(self, day: int, ids: Ids) -> None:
        """The ids are among the day's from now on."""
        if day in self._days:
            self._days[day].append(ids.ordered())
            self._join(day)
            self._forget_old()

    def _known(self, day: int) -> Iterable[Ids]:
        if day in self._days:
            self._days.move_to_end(day)
            return self._days[day]
        parts = self._writer.day_parts(day)
        if sum(p.events for p in parts) > REMEMBERED_IDS:
            return (self._writer.ids(p).ordered() for p in parts)
        self._days[day] = [self._writer.ids(p).ordered() for p in parts]
        self._forget_old()
        return self._days.get(day, [])

    def _join(self, day: int) -> None:
        known = self._days[day]
        if len(known) > 4:
            high, low = (np.concatenate([getattr(k, half) for k in known]) for half in ("high", "low"))
            self._days[day] = [Ids(high, low).ordered()]

    def _forget_old(self) -> None:
        while len(self._days) > 1 and sum(len(k) for known in self._days.values() for k in known) > REMEMBERED_IDS:
            self._days.popitem(last=False)


def _batches(
    files: Sequence[LogFile],
    reader: Reader,
    settings: Settings,
    positions: dict[tuple[str, str], int],
    stdin: IO[bytes] | None,
    stack: ExitStack,
) -> Iterator[Batch]:
    """The files' batches in the order of the files, however many processes read them.

    What this process read itself, but for streams, is still to be taken from the reader.
    """
    work = units(files, most_files=UNIT_FILES, most_bytes=settings.unit_bytes)
    pool = stack.enter_context(_pool(settings)) if settings.processes > 1 and len(files) > 1 else None
    waiting: deque[Future[bytes] | list[LogFile]] = deque()
    for unit in work:
        if pool is not None and not unit[0].is_stream:
            waiting.append(pool.submit(_read_unit, unit))
        else:
            waiting.append(unit)
        while len(waiting) > settings.processes * 2:
            yield from _finished(waiting.popleft(), reader, positions, stdin)
    while waiting:
        yield from _finished(waiting.popleft(), reader, positions, stdin)


def _told_when_broken(batches: Iterator[Batch]) -> Iterator[Batch]:
    try:
        yield from batches
    except BrokenProcessPool:
        help_line = "run it again, what was read is kept; with little memory, with one process"
        raise LeastwiseError("a process that reads logs was ended from outside", help=help_line) from None


def _finished(
    unit: Future[bytes] | list[LogFile],
    reader: Reader,
    positions: dict[tuple[str, str], int],
    stdin: IO[bytes] | None,
) -> Iterator[Batch]:
    if isinstance(unit, Future):
        yield unpacked(unit.result())
        return
    if unit[0].is_stream:
        (file,) = unit
        source = stdin if file.name == STDIN else None
        yield from reader.stream(file, position=positions.get((file.name, file.stamp), 0), source=source)
        return
    yield reader.read(unit)


def _pool(settings: Settings) -> ProcessPoolExecutor:
    """Processes started afresh, so that no lock or thread of this one is copied into them."""
    return ProcessPoolExecutor(
        settings.processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(settings.overlay, settings.profile),
    )


_WORKER: list[Reader] = []  # one reader for the lifetime of a worker process


def _start_worker(overlay: Path | None, profile: str) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _keep_heap()
    gc.disable()
    _WORKER.append(Reader(load_catalogue(overlay), profile=profile))


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read_unit(files: list[LogFile]) -> bytes:
    (reader,) = _WORKER
    return packed(reader.read(files), reader.take())


class _heap_kept:  # noqa: N801
    """Within it no cyclic collection runs: what is read makes no cycles, and scanning it costs a quarter."""

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        _keep_heap()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was_on:
            gc.enable()


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc


def _keep_heap() -> None:
    """Freed memory of some megabytes is used again instead of being given back and asked for anew."""
    if platform.libc_ver()[0] != "glibc":
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_THRESHOLD, 64 << 20)
    libc.mallopt(_M_TRIM_THRESHOLD, 96 << 20)
