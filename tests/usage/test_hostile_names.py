"""Names in logs, of log files and of folders are only names: nothing in one is acted on."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_logs import ALICE, GOOD, ONE, a_file, a_record, added, event_id, ids_of, read_beside, uses_of

from leastwise.model.errors import StoreError, UnknownPrincipal
from leastwise.usage.ingest import Settings, add_logs
from leastwise.usage.locations import Wanted, listed
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

NASTY = [
    "'; DROP TABLE part; --",
    '" OR 1=1 --',
    "\x1b]0;owned\x07\x1b[2J",
    "<script>alert(1)</script>",
    "${jndi:ldap://x}",
    "${aws:username}",
    "{{7*7}}",
    "%s%n",
    "../../../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "a\nb\r\nc",
    "a\u202eb\u0000c",
    "$(id)`id`",
    "*?[]",
    "\U0001d51e" * 300,
]


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_a_name_is_stored_and_asked_for_as_it_is(store: Store, logs: Path, name: str) -> None:
    arn = f"arn:aws:iam::111122223333:user/{name}"
    record = a_record(1)
    record |= {
        "userIdentity": {
            "type": "IAMUser",
            "arn": arn,
            "accountId": name,
            "userName": name,
            "invokedBy": name,
        },
        "awsRegion": name,
        "recipientAccountId": name,
        "sourceIPAddress": name,
        "userAgent": name,
        "errorCode": name,
        "errorMessage": name,
        "sharedEventID": name,
        "vpcEndpointId": name,
        "eventCategory": name,
        "eventType": name,
        "requestParameters": {"bucketName": name, "key": name, name: name},
    }
    unmapped = a_record(2) | {"eventSource": name, "eventName": name}
    entry = read_beside(store, logs, "a.json", a_file(record, unmapped))
    assert 2 == entry.kept
    with opened(store) as observed:
        assert arn in {p.name for p in observed.principals()}
        assert arn == observed.resolve(arn)
        (use,) = {(u.event_name, u.region, u.error_code, u.via) for u in observed.uses(arn)}
        assert ("GetObject", name, name, name) == use
        assert (name, name) in {(u.event_source, u.event_name) for u in observed.uses(ALICE)}
        with pytest.raises(UnknownPrincipal):
            observed.resolve(name + "?")
        observed.named_like(f"%{name}%")
    assert {"rows", "ledger.sqlite", "lock", ".gitignore"} >= {p.name.split("-")[0] for p in store.folder.iterdir()}


@pytest.mark.parametrize(
    "name",
    [
        "a\nb.json",
        "\x1b]0;x\x07.json",
        "'; DROP TABLE file; --.json",
        "..%2f..%2f.json",
        "$(id).json",
        "[a]*?.json",
    ],
    ids=ascii,
)
def test_a_file_name_is_only_a_name(store: Store, logs: Path, name: str) -> None:
    entry = read_beside(store, logs, name, ONE)
    assert (str(logs / name), 1) == (entry.name, entry.kept)
    assert 2 == added(store, logs).known


@pytest.mark.parametrize("processes", [1, 2])
def test_a_file_name_that_is_no_text_is_only_a_name(store: Store, logs: Path, tmp_path: Path, processes: int) -> None:
    path = os.fsencode(logs) + b"/\xff\xfe.json"
    names = [os.fsdecode(path.replace(b"json", kind)) for kind in (b"json", b"jsonl", b"parquet")]
    Path(names[0]).write_bytes(ONE)
    Path(names[1]).write_bytes(ONE.replace(b"}]}", b"}]}\n") + a_file(a_record(2)))
    pq.write_table(pa.table({"eventjson": [json.dumps(a_record(3))]}), tmp_path / "a.parquet")
    (tmp_path / "a.parquet").rename(names[2])
    added(store, logs, processes=processes, unit_bytes=1)
    assert {*names, str(logs / "zz-good.json")} == {e.name for e in store.files()}
    assert 4 == added(store, logs).known
    assert sorted(map(event_id, (1, 2, 3, GOOD))) == ids_of(store)


def test_a_folder_named_like_a_file_is_a_folder(store: Store, logs: Path) -> None:
    (logs / "x.json").mkdir()
    (logs / "x.json" / "a.json").write_bytes(ONE)
    added(store, logs)
    assert sorted(map(event_id, (1, GOOD))) == ids_of(store)


def test_links_in_circles_and_to_nowhere_end(store: Store, logs: Path) -> None:
    (logs / "self.json").symlink_to(logs / "self.json")
    (logs / "loop").symlink_to(logs)
    (logs / "gone.json").symlink_to(logs / "nothing")
    done = added(store, logs)
    assert {"gone.json", "self.json"} == {Path(name).name for name in done.unreadable}
    assert [event_id(GOOD)] == ids_of(store)


def test_a_pipe_in_a_folder_is_no_log(store: Store, logs: Path) -> None:
    """Reading it would wait for ever."""
    os.mkfifo(logs / "pipe.json")
    assert 1 == added(store, logs).kept


def _modes_hold_for_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything; within the test it is refused what others would be."""
    read = Path.read_bytes

    def read_if_allowed(path: Path) -> bytes:
        if not path.stat().st_mode & 0o444:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_if_allowed)


def test_a_file_that_may_not_be_read_is_named(store: Store, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        _modes_hold_for_root(monkeypatch)
    (logs / "secret.json").write_bytes(ONE)
    (logs / "secret.json").chmod(0)
    assert {str(logs / "secret.json"): "permission denied"} == added(store, logs).unreadable


def test_a_file_that_vanishes_is_named(store: Store, logs: Path) -> None:
    (logs / "a.json").write_bytes(ONE)
    files = list(listed([str(logs)], Wanted(), lambda _: []))
    (logs / "a.json").unlink()
    done = add_logs(store, files, settings=Settings())
    assert {str(logs / "a.json"): "no such file or directory"} == done.unreadable
    assert 1 == done.kept


@pytest.mark.parametrize("name", ["it's; --", "a[b]*?{c}", "spä ce", '"q"', "x\nb", "$paths"])
def test_any_folder_can_hold_the_store(tmp_path: Path, logs: Path, name: str) -> None:
    store = Store(tmp_path / name / "usage")
    other = tmp_path / "ab"  # what `a[b]*` would match
    added(store, logs)
    added(Store(other / "usage"), logs)
    assert 1 == sum(u.count for u in uses_of(store))


def test_the_store_is_its_owners_and_no_one_commits_it(tmp_path: Path, logs: Path) -> None:
    before = os.umask(0)
    try:
        added(Store(tmp_path / ".leastwise" / "usage"), logs)
    finally:
        os.umask(before)
    made = tmp_path / ".leastwise"
    assert {0o700} == {stat.S_IMODE(p.stat().st_mode) for p in (made, *made.rglob("*")) if p.is_dir()}
    assert "*\n" == (made / ".gitignore").read_text()


def test_nothing_in_the_store_is_a_pickle(store: Store, logs: Path) -> None:
    added(store, logs)
    kinds = {p.suffix for p in store.folder.rglob("*") if p.is_file()}
    assert {".sqlite", ".parquet", ".ids", "", ".sqlite-wal", ".sqlite-shm"} >= kinds


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/proc/self/environ')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '/tmp/leastwise-was-here'",
        "ATTACH '/tmp/leastwise-was-here.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET autoload_known_extensions = true",
        "SELECT * FROM 's3://bucket/x.parquet'",
    ],
)
def test_the_engine_is_locked_in(store: Store, logs: Path, statement: str) -> None:
    added(store, logs)
    with opened(store) as observed, pytest.raises(StoreError):
        observed._rows(statement, [])
    with opened(store) as observed, pytest.raises(duckdb.Error):
        observed._database.execute(statement)


def test_a_damaged_store_is_told_in_one_line(store: Store, logs: Path) -> None:
    added(store, logs)
    (part,) = store.parts()
    store.ids_path(part).write_bytes(b"odd")
    with pytest.raises(StoreError, match="the usage store is damaged"):
        store.ids(part)
    store.rows_path(part).write_bytes(b"PAR1")
    with pytest.raises(StoreError), opened(store) as observed:
        observed.principals()
    (store.folder / "ledger.sqlite").write_bytes(b"x" * 4_096)
    with pytest.raises(StoreError):
        store.files()
    with pytest.raises(StoreError), store.writing():
        pass
