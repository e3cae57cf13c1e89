"""Files into columns: one unit of work at a time, each file's fate told whatever is in it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq
from isal import igzip, igzip_lib

from leastwise.catalogue.load import Catalogue
from leastwise.model.errors import UnreadableFile
from leastwise.usage.events import NotCloudTrail, Read, read_events, read_found
from leastwise.usage.kernel import Columns, Kernel
from leastwise.usage.locations import STDIN, LogFile, skip_reason
from leastwise.usage.sources import s3
from leastwise.usage.sources.lake import from_rows
from leastwise.usage.store import READ, SKIPPED, UNFINISHED, UNREADABLE, FileEntry
from leastwise.usage.unpack import MAX_UNPACKED, is_gzip, unpack

LINES_AT_ONCE = 16 << 20
_LONGEST_LINE = 64 << 20
_PARQUET_ROWS = 20_000


@dataclass(slots=True)
class Batch:
    """Entries of files that were read, how many events each gave, and the events' columns."""

    entries: list[FileEntry] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    columns: Columns | None = None


class Reader:
    """Reads files one after another; keeps what the kernel has decoded."""

    def __init__(self, catalogue: Catalogue, *, profile: str = "", limit: int = MAX_UNPACKED) -> None:
        self._kernel = Kernel(catalogue)
        self._profile = profile
        self._limit = limit

    def read(self, files: Sequence[LogFile]) -> Batch:
        """The files as a batch, its columns still to be taken."""
        batch = Batch()
        for file in files:
            entry, events = self._read_file(file)
            batch.entries.append(entry)
            batch.events.append(events)
        return batch

    def __len__(self) -> int:
        return len(self._kernel)

    def take(self) -> Columns:
        """The columns of all batches since the last take."""
        return self._kernel.take()

    def stream(self, file: LogFile, *, position: int, source: IO[bytes] | None = None) -> Iterator[Batch]:
        """The file piece by piece, its first `position` records left out; each piece with its columns.

        Every piece carries the whole entry as it stands after it; all but the last are unfinished.
        """
        entry = FileEntry(file.name, file.stamp, UNFINISHED)
        for read in _told(_pieces(file, source, self._profile), entry):
            yield self._piece(entry, read, position)
        if entry.state == UNFINISHED:
            entry.state = READ
        entry.position = max(entry.position, position)
        yield Batch([entry], [0], self.take())

    def _piece(self, entry: FileEntry, read: Read, position: int) -> Batch:
        done = min(len(read.events), max(0, position - entry.position))
        entry.position += len(read.events)
        events = read.events[done:]
        _count(entry, read)
        self._kernel.add(events)
        columns = self.take()
        entry.without_id += columns.without_id
        return Batch([entry], [len(events)], columns)

    def _read_file(self, file: LogFile) -> tuple[FileEntry, int]:
        entry = FileEntry(file.name, file.stamp)
        reason = skip_reason(file.name)
        if reason or file.fault:
            entry.state, entry.reason = (UNREADABLE, file.fault) if file.fault else (SKIPPED, reason)
            return entry, 0
        try:
            data = unpack(self._content(file), name=file.name, limit=self._limit)
            read = read_events(data)
        except _FAULTS as error:
            entry.state, entry.reason = UNREADABLE, _reason(error)
            return entry, 0
        _count(entry, read)
        before = self._kernel.without_id
        self._kernel.add(read.events)
        entry.without_id = self._kernel.without_id - before
        entry.position = len(read.events)
        return entry, len(read.events)

    def _content(self, file: LogFile) -> bytes:
        if file.name.startswith("s3://"):
            return s3.content(file.name, profile=self._profile)
        return Path(file.name).read_bytes()


_FAULTS: tuple[type[Exception], ...] = (  # type: ignore[assignment]
    UnreadableFile,
    NotCloudTrail,
    OSError,
    EOFError,
    MemoryError,
    RecursionError,
    UnicodeError,
    OverflowError,
    igzip_lib.IsalError,
    pa.ArrowException,
)
"""What bytes from outside can make a decoder raise; anything else is a bug and is not caught."""


def _told(pieces: Iterator[Read], entry: FileEntry) -> Iterator[Read]:
    """The pieces up to the first fault, which is then in the entry."""
    try:
        yield from pieces
    except _FAULTS as error:
        entry.state, entry.reason = UNREADABLE, _reason(error)


def _count(entry: FileEntry, read: Read) -> None:
    entry.records += read.records
    entry.mended += read.mended
    for reason, count in read.skipped.items():
        entry.skipped[reason] = entry.skipped.get(reason, 0) + count


def _reason(error: BaseException) -> str:
    if isinstance(error, UnreadableFile):
        return error.reason
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error).encode("utf-8", "replace").decode()
    return " ".join(text.split()) or type(error).__name__


def _pieces(file: LogFile, source: IO[bytes] | None, profile: str) -> Iterator[Read]:
    if file.name.lower().endswith(".parquet"):
        yield from _parquet_pieces(file, profile)
        return
    yield from _text_pieces(source if source is not None else _opened(file, profile), file.name)


def _opened(file: LogFile, profile: str) -> IO[bytes]:
    if file.name == STDIN:
        return sys.stdin.buffer
    if file.name.startswith("s3://"):
        return s3.opened(file.name, profile=profile)
    return Path(file.name).open("rb")


def _text_pieces(raw: IO[bytes], name: str) -> Iterator[Read]:
    """Lines as they come, or one document when the first line is not a whole one."""
    with raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw) as buffered:  # type: ignore[type-var]
        packed = is_gzip(buffered.peek(2)[:2])
        text: IO[bytes] = igzip.open(buffered, "rb") if packed else buffered
        first = text.readline(_LONGEST_LINE)
        if _is_document(first):
            yield from _line_pieces(text, first, name)
            return
        rest = text.read(MAX_UNPACKED - len(first) + 1)
        if len(first) + len(rest) > MAX_UNPACKED:
            raise UnreadableFile(name, f"larger than the limit of {MAX_UNPACKED} bytes")
        yield read_events(first + rest)


def _is_document(line: bytes) -> bool:
    try:
        return line.endswith(b"\n") and isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _line_pieces(text: IO[bytes], first: bytes, name: str) -> Iterator[Read]:
    piece, size = [first], len(first)
    try:
        for line in _lines(text, name):
            piece.append(line)
            size += len(line)
            if size >= LINES_AT_ONCE:
                yield _read_lines(piece)
                piece, size = [], 0
    except _FAULTS:
        if piece:
            yield _read_lines(piece)
        raise
    if piece:
        yield _read_lines(piece)


def _lines(text: IO[bytes], name: str) -> Iterator[bytes]:
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            raise UnreadableFile(name, f"a line is longer than the limit of {_LONGEST_LINE} bytes")
        yield line


def _read_lines(lines: list[bytes]) -> Read:
    try:
        return read_events(b"\n".join(lines))
    except NotCloudTrail:
        read = Read()
        read.skipped["line that is not a CloudTrail record"] = sum(bool(line.strip()) for line in lines)
        return read


def _parquet_pieces(file: LogFile, profile: str) -> Iterator[Read]:
    """CloudTrail Lake results or an export of them, some thousand rows at a time."""
    with _whole(file, profile) as content, pq.ParquetFile(content) as parquet:
        columns = {name.lower() for name in parquet.schema_arrow.names}
        if "eventjson" not in columns and not {"eventname", "eventsource"} <= columns:
            raise NotCloudTrail("not a CloudTrail log: no column `eventJson`, nor `eventName` and `eventSource`")
        for rows in parquet.iter_batches(batch_size=_PARQUET_ROWS):
            yield read_found(from_rows(rows.to_pylist()))


def _whole(file: LogFile, profile: str) -> IO[bytes]:
    """The file, to be read from any place in it."""
    if file.name.startswith("s3://"):
        return io.BytesIO(s3.content(file.name, profile=profile))
    return Path(file.name).open("rb")


def units(files: Iterable[LogFile], *, most_files: int, most_bytes: int) -> Iterator[list[LogFile]]:
    """Runs of files of about `most_bytes` as stored; a file that is read as a stream stands alone."""
    unit: list[LogFile] = []
    size = 0
    for file in files:
        if unit and (file.is_stream or size + file.size > most_bytes or len(unit) >= most_files):
            yield unit
            unit, size = [], 0
        if file.is_stream:
            yield [file]
            continue
        unit.append(file)
        size += file.size
    if unit:
        yield unit
