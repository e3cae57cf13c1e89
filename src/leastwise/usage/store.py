"""The usage store: rows in sorted Parquet, one partition a day, and a ledger of what was read.

The ledger (SQLite) is the one truth: a part counts from the transaction that names it, together with the
files that it came from. A part that no transaction names is left from a run that was stopped, and is removed
by the next writer. Event ids lie beside the rows, sixteen bytes each, in the order of the rows.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from leastwise.model.errors import StoreError
from leastwise.usage.days import day_name

if TYPE_CHECKING:
    import pyarrow as pa

    from leastwise.usage.merge import Ids, Rows

SCHEMA = 1
_LEDGER = "ledger.sqlite"
_TABLES = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS file (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, stamp TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
  records INTEGER NOT NULL, kept INTEGER NOT NULL, duplicates INTEGER NOT NULL, mended INTEGER NOT NULL,
  without_id INTEGER NOT NULL, position INTEGER NOT NULL, UNIQUE (name, stamp));
CREATE TABLE IF NOT EXISTS skipped (
  file INTEGER NOT NULL REFERENCES file, reason TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (file, reason));
CREATE TABLE IF NOT EXISTS part (
  id INTEGER PRIMARY KEY, day INTEGER NOT NULL, rows INTEGER NOT NULL, events INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS exclusion (
  id INTEGER PRIMARY KEY, principal TEXT NOT NULL, session TEXT NOT NULL, address TEXT NOT NULL,
  since INTEGER, until INTEGER, UNIQUE (principal, session, address, since, until));
CREATE TABLE IF NOT EXISTS digest (
  name TEXT PRIMARY KEY, state TEXT NOT NULL, reason TEXT NOT NULL);
"""

READ = "read"
UNFINISHED = "unfinished"
SKIPPED = "skipped"
UNREADABLE = "unreadable"


@dataclass(slots=True)
class FileEntry:
    """One file or object as the ledger has it; `position` counts the records of it that are in the store."""

    name: str
    stamp: str
    state: str = READ
    reason: str = ""
    records: int = 0
    kept: int = 0
    duplicates: int = 0
    mended: int = 0
    without_id: int = 0
    position: int = 0
    skipped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable file of rows with its file of event ids."""

    id: int
    day: int
    rows: int
    events: int


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Calls to leave out of every answer; an empty field matches all, times are seconds since 1970."""

    principal: str = ""
    session: str = ""
    address: str = ""
    since: int | None = None
    until: int | None = None


class Store:
    """A usage store in a folder, which is made when it is opened for writing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def exists(self) -> bool:
        """Whether anything was ever stored here."""
        return (self.folder / _LEDGER).is_file()

    def rows_path(self, part: Part) -> Path:
        """Where a part's rows are."""
        return self.folder / "rows" / f"day={day_name(part.day)}" / f"{part.id:08d}.parquet"

    def ids_path(self, part: Part) -> Path:
        """Where a part's event ids are."""
        return self.rows_path(part).with_suffix(".ids")

    def parts(self) -> list[Part]:
        """Every part that counts, by day and age."""
        with self._reading() as ledger:
            return [Part(*row) for row in ledger.execute("SELECT id, day, rows, events FROM part ORDER BY day, id")]

    def files(self) -> list[FileEntry]:
        """Every file that was read, skipped or found unreadable."""
        with self._reading() as ledger:
            return _files(ledger)

    def exclusions(self) -> list[Exclusion]:
        """What is to be left out of every answer."""
        with self._reading() as ledger:
            query = "SELECT principal, session, address, since, until FROM exclusion ORDER BY id"
            return [Exclusion(*row) for row in ledger.execute(query)]

    def digests(self) -> dict[str, tuple[str, str]]:
        """Log file → state and reason, as the trail's own digests tell."""
        with self._reading() as ledger:
            rows = ledger.execute("SELECT name, state, reason FROM digest")
            return {_read_name(name): (state, why) for name, state, why in rows}

    def about(self) -> dict[str, str]:
        """Facts about the store, such as the catalogue that its rows were mapped with."""
        with self._reading() as ledger:
            return dict(ledger.execute("SELECT key, value FROM about"))

    def ids(self, part: Part) -> Ids:
        """The event ids of a part, in the order of its rows."""
        from leastwise.usage.merge import unpacked  # heavy, and not needed for most questions

        try:
            return unpacked(self.ids_path(part).read_bytes())
        except (OSError, ValueError) as error:
            raise StoreError(f"the usage store is damaged: `{self.ids_path(part)}`: {error}") from None

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if not self.exists:
            raise StoreError(f"no logs in `{self.folder}`", help="add some with `leastwise logs add PATH`")
        try:
            where = f"file:{quote(os.fsencode(self.folder / _LEDGER))}?mode=ro"
            with closing(sqlite3.connect(where, uri=True)) as ledger:
                _check_schema(ledger)
                yield ledger
        except sqlite3.DatabaseError as error:
            raise StoreError(f"the usage store in `{self.folder}` cannot be read: {error}") from None

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """The one writer of this store; a second one at the same time is refused."""
        _make_private(self.folder)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StoreError(
                    f"another leastwise is writing to `{self.folder}`", help="wait for it to end"
                ) from None
            with closing(sqlite3.connect(self.folder / _LEDGER, isolation_level=None)) as ledger:
                yield _opened_writer(self, ledger)


def _make_private(folder: Path) -> None:
    """The folder is there; what had to be made of its path is for its owner only, and no one commits it."""
    made = _make_folders(folder)
    if made:
        (made[0] / ".gitignore").write_text("*\n", encoding="utf-8")


def _make_folders(folder: Path) -> list[Path]:
    """The folder is there; the folders that were made for it, the outermost first."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
    return missing[::-1]


def _opened_writer(store: Store, ledger: sqlite3.Connection) -> Writer:
    try:
        ledger.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_TABLES}")
        ledger.execute("INSERT OR IGNORE INTO about VALUES ('schema', ?)", (str(SCHEMA),))
        _check_schema(ledger)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"the usage store in `{store.folder}` cannot be written: {error}") from None
    writer = Writer(store, ledger)
    writer.remove_strays()
    return writer


def _check_schema(ledger: sqlite3.Connection) -> None:
    (found,) = ledger.execute("SELECT value FROM about WHERE key = 'schema'").fetchone() or ("",)
    if found != str(SCHEMA):
        raise StoreError(f"the usage store has schema {found or 'unknown'}, this leastwise reads {SCHEMA}")


def _files(ledger: sqlite3.Connection) -> list[FileEntry]:
    reasons: dict[int, dict[str, int]] = {}
    for file, reason, count in ledger.execute("SELECT file, reason, count FROM skipped ORDER BY file, reason"):
        reasons.setdefault(file, {})[reason] = count
    query = (
        "SELECT id, name, stamp, state, reason, records, kept, duplicates, mended, without_id, position "
        "FROM file ORDER BY id"
    )
    return [
        FileEntry(_read_name(name), *facts, skipped=reasons.get(number, {}))  # type: ignore[misc]
        for number, name, *facts in ledger.execute(query)
    ]


def _stored_name(name: str) -> str | bytes:
    """A file's name as text, or as bytes where the system's name is no text."""
    return os.fsencode(name) if _NO_TEXT.search(name) else name


def _read_name(stored: str | bytes) -> str:
    return os.fsdecode(stored) if isinstance(stored, bytes) else stored


_NO_TEXT = re.compile("[\ud800-\udfff]")


class Writer:
    """What a store's one writer may do."""

    def __init__(self, store: Store, ledger: sqlite3.Connection) -> None:
        self._store = store
        self._ledger = ledger
        (last,) = ledger.execute("SELECT max(id) FROM part").fetchone()
        self._next = (last or 0) + 1

    def entries(self) -> dict[tuple[str, str], FileEntry]:
        """The ledger by name and stamp."""
        return {(e.name, e.stamp): e for e in _files(self._ledger)}

    def day_parts(self, day: int) -> list[Part]:
        """The parts of one day, oldest first."""
        query = "SELECT id, day, rows, events FROM part WHERE day = ? ORDER BY id"
        return [Part(*row) for row in self._ledger.execute(query, (day,))]

    def crowded_days(self, most: int) -> list[int]:
        """Days with more than `most` parts."""
        query = "SELECT day FROM part GROUP BY day HAVING count(*) > ? ORDER BY day"
        return [day for (day,) in self._ledger.execute(query, (most,))]

    def commit(
        self, rows: Iterable[Rows], entries: Iterable[FileEntry], *, replaced: Iterable[Part] = ()
    ) -> list[Part]:
        """The rows count, the entries are in the ledger and the replaced parts are gone, all or nothing."""
        parts = [self._write(one) for one in rows]
        gone = list(replaced)
        with _transaction(self._ledger):
            for part in parts:
                self._ledger.execute(
                    "INSERT INTO part VALUES (?, ?, ?, ?)", (part.id, part.day, part.rows, part.events)
                )
            self._ledger.executemany("DELETE FROM part WHERE id = ?", [(p.id,) for p in gone])
            self._enter(list(entries))
        for part in gone:
            self._remove(part)
        return parts

    def ids(self, part: Part) -> Ids:
        """The event ids of a part, in the order of its rows."""
        return self._store.ids(part)

    def exclude(self, exclusion: Exclusion) -> None:
        """The calls are left out of every answer from now on; they stay in the store."""
        row = (exclusion.principal, exclusion.session, exclusion.address, exclusion.since, exclusion.until)
        with _transaction(self._ledger):
            known = "principal = ? AND session = ? AND address = ? AND since IS ? AND until IS ?"
            if not self._ledger.execute(f"SELECT 1 FROM exclusion WHERE {known}", row).fetchone():  # noqa: S608
                columns = "principal, session, address, since, until"
                self._ledger.execute(f"INSERT INTO exclusion ({columns}) VALUES (?, ?, ?, ?, ?)", row)  # noqa: S608

    def note(self, facts: Mapping[str, str]) -> None:
        """The facts are among those about the store."""
        with _transaction(self._ledger):
            self._ledger.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", list(facts.items()))

    def note_digests(self, states: Mapping[str, tuple[str, str]]) -> None:
        """What the digests tell of each log file is in the ledger."""
        with _transaction(self._ledger):
            rows = [(_stored_name(name), state, reason) for name, (state, reason) in states.items()]
            self._ledger.executemany("INSERT OR REPLACE INTO digest VALUES (?, ?, ?)", rows)

    def remove_strays(self) -> None:
        """No file is left that a stopped run wrote but did not commit, nor one that was replaced."""
        live = {self._store.rows_path(part).stem for part in self._store.parts()}
        for path in (self._store.folder / "rows").glob("day=*/*"):
            if path.stem not in live or path.suffix not in (".parquet", ".ids"):
                path.unlink(missing_ok=True)

    def _enter(self, entries: list[FileEntry]) -> None:
        """The entries are in the ledger, what it said of the same files before is not."""
        self._ledger.executemany(_ENTER, [_values(entry) for entry in entries])
        query = "SELECT DISTINCT name, stamp FROM skipped JOIN file ON file.id = skipped.file"
        had_reasons = set(self._ledger.execute(query))
        for entry in entries:
            key = (_stored_name(entry.name), entry.stamp)
            if entry.skipped or key in had_reasons:
                self._enter_reasons(key, entry.skipped)

    def _enter_reasons(self, key: tuple[str | bytes, str], skipped: Mapping[str, int]) -> None:
        (number,) = self._ledger.execute("SELECT id FROM file WHERE name = ? AND stamp = ?", key).fetchone()
        self._ledger.execute("DELETE FROM skipped WHERE file = ?", (number,))
        rows = [(number, reason, count) for reason, count in skipped.items()]
        self._ledger.executemany("INSERT INTO skipped VALUES (?, ?, ?)", rows)

    def _write(self, rows: Rows) -> Part:
        part = Part(self._next, rows.day, rows.table.num_rows, len(rows.ids))
        self._next += 1
        path = self._store.rows_path(part)
        _make_folders(path.parent)
        _write_parquet(rows.table, path)
        _replace(self._store.ids_path(part), rows.ids.packed())
        _sync_folder(path.parent)
        return part

    def _remove(self, part: Part) -> None:
        self._store.rows_path(part).unlink(missing_ok=True)
        self._store.ids_path(part).unlink(missing_ok=True)


_ENTRY_COLUMNS = (
    "name",
    "stamp",
    "state",
    "reason",
    "records",
    "kept",
    "duplicates",
    "mended",
    "without_id",
    "position",
)
_ENTER = (
    f"INSERT INTO file ({', '.join(_ENTRY_COLUMNS)}) VALUES ({', '.join('?' * len(_ENTRY_COLUMNS))}) "  # noqa: S608
    f"ON CONFLICT (name, stamp) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _ENTRY_COLUMNS[2:])}"
)


def _sync_folder(folder: Path) -> None:
    """The names in the folder outlast a loss of power, as the files' contents do."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _values(entry: FileEntry) -> tuple[object, ...]:
    return (_stored_name(entry.name), *(getattr(entry, column) for column in _ENTRY_COLUMNS[1:]))


@contextmanager
def _transaction(ledger: sqlite3.Connection) -> Iterator[None]:
    ledger.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        ledger.execute("ROLLBACK")
        raise
    ledger.execute("COMMIT")


_ROW_GROUP = 16_384
"""Rows are sorted by principal: groups this small are left out unread by a question about one of them."""

_DELTA_COLUMNS = ("evidence", "first", "lasted", "count")


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq  # heavy, and not needed to ask

    texts = [name for name in table.column_names if name not in _DELTA_COLUMNS and name != "is_guess"]
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        pq.write_table(
            _plain(table) if table.num_rows > _ROW_GROUP else table,
            file,
            compression="zstd",
            compression_level=3,
            use_dictionary=texts,
            column_encoding=dict.fromkeys(_DELTA_COLUMNS, "DELTA_BINARY_PACKED"),
            write_statistics=["principal", "action", "first"],
            store_schema=False,
            row_group_size=_ROW_GROUP,
        )
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _plain(table: pa.Table) -> pa.Table:
    """The texts themselves in place of numbers into a dictionary, all of which would stand in every group of rows."""
    import pyarrow as pa

    kinds = (one.with_type(one.type.value_type) if pa.types.is_dictionary(one.type) else one for one in table.schema)
    return table.cast(pa.schema(kinds))


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
