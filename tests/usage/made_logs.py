"""Records as a trail writes them, files of them, and what a store holds whatever its parts are."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

from leastwise.usage.ingest import Added, Settings, add_logs
from leastwise.usage.locations import LogFile, Wanted, listed
from leastwise.usage.observed import Use, opened
from leastwise.usage.sources import s3
from leastwise.usage.store import READ, FileEntry, Store

ACCOUNT = "111122223333"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"

GOOD = 500
"""The number of the record in the file that stands beside each hostile one and must be read."""

Record = dict[str, object]
Row = tuple[object, ...]


def event_id(number: int) -> str:
    """A UUID that is always the same for the same number."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def a_time(number: int) -> str:
    """So many seconds after the beginning of May 2024, as a record writes it."""
    day, hour, minute = number // 86_400 % 28, number // 3_600 % 24, number // 60 % 60
    return f"2024-05-{1 + day:02}T{hour:02}:{minute:02}:{number % 60:02}Z"


def a_record(number: int = 0, **fields: object) -> Record:
    """A call by a user that a trail could have written; fields given as None are left out."""
    record: Record = {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAEXAMPLE",
            "userName": "alice",
        },
        "eventTime": a_time(number),
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "[aws-cli/2.15.0]",
        "requestParameters": {"bucketName": "logs", "key": f"k/{number % 7}"},
        "responseElements": None,
        "requestID": f"R{number}",
        "eventID": event_id(number),
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Data",
    }
    record |= fields
    return {k: v for k, v in record.items() if v is not None or k == "responseElements"}


def a_file(*records: Record) -> bytes:
    """The records as a trail delivers them, unpacked."""
    return json.dumps({"Records": records}).encode()


def write_logs(folder: Path, files: dict[str, list[Record]]) -> Path:
    """One packed file for each name, with the records under it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, records in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(a_file(*records), mtime=0))
    return folder


def files_under(*paths: Path | str, wanted: Wanted | None = None) -> list[LogFile]:
    """What `logs add` would read of the paths, S3 included."""
    return list(listed([str(p) for p in paths], wanted or Wanted(), s3.objects))


def added(store: Store, *paths: Path | str, **settings: object) -> Added:
    """The paths are in the store."""
    return add_logs(store, files_under(*paths), settings=Settings(**settings))  # type: ignore[arg-type]


def content(store: Store) -> list[Row]:
    """Every row of the store with the ids of its events, sorted: equal for equal contents.

    Rows of one call in one hour are one whether or not the store has joined them yet.
    """
    calls: dict[Row, tuple[int | None, int | None, list[tuple[int, int]]]] = {}
    for part in store.parts():
        ids = store.ids(part)
        pairs = list(zip(ids.high.tolist(), ids.low.tolist(), strict=True))
        for row in pq.read_table(store.rows_path(part)).to_pylist():
            first, count, start = row.pop("first"), row.pop("count"), row.pop("evidence")
            lasted = row.pop("lasted")
            begins = None if first is None else int(first.timestamp())
            key = (part.day, None if begins is None else begins // 3600, *row.values())
            call = calls.setdefault(key, (begins, begins, []))
            if begins is not None:
                ends = max(call[1] or 0, begins + lasted)
                call = calls[key] = (min(call[0] or 0, begins), ends, call[2])
            call[2].extend(pairs[start : start + count])
    rows = [(*key, begins, ends, tuple(sorted(found))) for key, (begins, ends, found) in calls.items()]
    return sorted(rows, key=repr)


def ids_of(store: Store) -> list[str]:
    """Every event id in the store, sorted, repeats and all."""
    return sorted(
        str(uuid.UUID(int=high << 64 | low))
        for part in store.parts()
        for ids in [store.ids(part)]
        for high, low in zip(ids.high.tolist(), ids.low.tolist(), strict=True)
    )


def ledger(store: Store) -> list[FileEntry]:
    """The ledger's entries by name."""
    return sorted(store.files(), key=lambda entry: (entry.name, entry.stamp))


def counts(entries: Iterable[FileEntry]) -> dict[str, int]:
    """The ledger's sums."""
    listed_entries = list(entries)
    fields = ("records", "kept", "duplicates", "mended", "without_id")
    return {name: sum(getattr(e, name) for e in listed_entries) for name in fields} | {
        "files": len(listed_entries),
        "skipped": sum(sum(e.skipped.values()) for e in listed_entries),
    }


def read_beside(store: Store, logs: Path, name: str, data: bytes) -> FileEntry:
    """The ledger's entry of a hostile file; the good file beside it was read."""
    (logs / name).write_bytes(data)
    added(store, logs)
    entries = {Path(e.name).name: e for e in store.files()}
    assert (READ, 1) == (entries["zz-good.json"].state, entries["zz-good.json"].kept)
    return entries[name]


def uses_of(store: Store, principal: str = ALICE) -> list[Use]:
    """What the principal used, of all that is in the store."""
    with opened(store) as observed:
        return observed.uses(principal)


ONE = a_file(a_record(1))
