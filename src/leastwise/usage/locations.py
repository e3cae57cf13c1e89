"""Where logs lie: files, folders, standard input and S3, listed in the order in which they are read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from leastwise.model.errors import InputError

STDIN = "-"
_LAYOUT = re.compile(
    r"AWSLogs/(?:o-[a-z0-9]+/)?(?P<account>\d{12})/(?P<kind>CloudTrail[\w-]*)/(?P<region>[a-z0-9-]+)/"
    r"(?P<year>\d{4})/(?P<month>\d{2})/(?P<day>\d{2})/"
)
_STAMPED = re.compile(r"_(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})T\d{4}Z_")
_NOT_LOGS = {"CloudTrail-Digest": "digest file", "CloudTrail-Insight": "Insights file"}
_ENDINGS = (".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet", ".gz")
_LINES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file or object; `stamp` changes when its content does, `size` is in bytes as stored.

    `fault` says why it cannot be read where the listing shows that already, as of a closed folder.
    """

    name: str
    stamp: str
    size: int
    day: str = ""
    fault: str = ""

    @property
    def is_stream(self) -> bool:
        """Whether it is read piece by piece rather than as a whole."""
        return not self.fault and (self.name == STDIN or self.name.lower().endswith((*_LINES, ".parquet")))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a folder in the AWSLogs layout to read; empty or None is all of it."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def admits(self, name: str) -> bool:
        """Whether a file of this name may hold wanted records; a name outside the layout may.

        A file is delivered after its events, so that the day after the last one is admitted too.
        """
        place = _LAYOUT.search(name)
        if place is None:
            return True
        day = _date(place)
        return (
            (not self.accounts or place["account"] in self.accounts)
            and (not self.regions or place["region"] in self.regions)
            and (self.since is None or day is None or day >= self.since)
            and (self.until is None or day is None or day <= self.until + timedelta(days=1))
        )


ListObjects = Callable[[str], Iterable[LogFile]]


def listed(paths: Sequence[str], wanted: Wanted, list_objects: ListObjects) -> Iterator[LogFile]:
    """Every wanted file under the paths once, by day and name.

    Raises InputError for a path that does not exist. `list_objects` lists an `s3://` prefix.
    """
    found: dict[str, LogFile] = {}
    for path in paths:
        for file in _files_of(path, list_objects):
            if wanted.admits(file.name):
                found.setdefault(file.name, file)
    return iter(sorted(found.values(), key=lambda f: (f.day, f.name)))


def skip_reason(name: str) -> str:
    """Why a file is no log by its place or name; empty when it may be one."""
    place = _LAYOUT.search(name)
    if place:
        return _NOT_LOGS.get(place["kind"], "")
    return next((why for kind, why in _NOT_LOGS.items() if f"/{kind}/" in name or f"_{kind}_" in name), "")


def _files_of(path: str, list_objects: ListObjects) -> Iterable[LogFile]:
    if path == STDIN:
        return [LogFile(STDIN, "", 0)]
    if path.startswith("s3://"):
        return list_objects(path)
    return _local(Path(path))


def _local(path: Path) -> Iterator[LogFile]:
    if path.is_dir():
        yield from _walked(path)
    elif path.exists():
        yield _local_file(path)
    else:
        raise InputError(f"no such file or folder `{path}`")


def _walked(folder: Path) -> Iterator[LogFile]:
    closed: list[OSError] = []
    for parent, folders, names in os.walk(folder.absolute(), followlinks=False, onerror=closed.append):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(_ENDINGS):
                path = f"{parent}{os.sep}{name}"
                facts = _facts(path)
                if facts is None or stat.S_ISREG(facts.st_mode):
                    yield _file(path, facts)
    for error in closed:
        fault = f"folder cannot be listed: {(error.strerror or str(error)).lower()}"
        yield LogFile(str(error.filename), "", 0, fault=fault)


def _local_file(path: Path) -> LogFile:
    """Named by its whole path, so that the same file is known again from another working folder."""
    name = str(path.absolute())
    return _file(name, _facts(name))


def _facts(name: str) -> os.stat_result | None:
    try:
        return os.stat(name)  # noqa: PTH116
    except OSError:
        return None


def _file(name: str, facts: os.stat_result | None) -> LogFile:
    if facts is None:
        return LogFile(name, "", 0, day_of(name))
    return LogFile(name, f"{facts.st_size}:{facts.st_mtime_ns}", facts.st_size, day_of(name))


def day_of(name: str) -> str:
    """The day that the layout or the file's own stamp tells, `2023-07-10`, or empty."""
    found = _LAYOUT.search(name) or _STAMPED.search(name)
    return f"{found['year']}-{found['month']}-{found['day']}" if found else ""


def _date(found: re.Match[str]) -> date | None:
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
