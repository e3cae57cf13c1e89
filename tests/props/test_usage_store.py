"""However the same records are cut into files, runs and parts, the store's content is the same."""

from __future__ import annotations

import gzip
import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_logs import Record, a_file, a_record, content, counts, files_under, ids_of

from leastwise.usage.compact import compacted
from leastwise.usage.ingest import Settings, add_logs
from leastwise.usage.store import Store

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TIMES = st.sampled_from(
    [f"2024-05-0{d}T{h:02}:{m:02}:59Z" for d in (1, 2) for h in (0, 23) for m in (0, 59)]
    + [None, "soon", "1969-01-01T00:00:00Z", "2024-05-01T00:00:00.5+01:00"]
)
FIELDS = st.fixed_dictionaries(
    {
        "eventTime": TIMES,
        "eventName": st.sampled_from(["GetObject", "PutObject", "DeleteObjects", "Unheard"]),
    },
    optional={
        "userIdentity": st.sampled_from([{"type": "Root", "accountId": "1"}, {"type": "AWSService", "invokedBy": "x"}]),
        "errorCode": st.sampled_from(["AccessDenied", "NoSuchKey"]),
        "eventSource": st.sampled_from(["ec2.amazonaws.com", "kms.amazonaws.com"]),
        "sourceIPAddress": st.sampled_from(["192.0.2.7", "s3.amazonaws.com"]),
        "resources": st.sampled_from([[{"ARN": "arn:aws:s3:::a/b"}, {"ARN": "arn:aws:s3:::a"}], []]),
        "eventID": st.sampled_from([None, "", "same"]),
        "sharedEventID": st.just("shared"),
    },
)
RECORDS = st.lists(st.builds(lambda n, fields: a_record(n, **fields), st.integers(0, 30), FIELDS), max_size=40)


def _stored(folder: Path, files: list[list[Record]], **options: int) -> Store:
    logs = folder / "logs"
    logs.mkdir(parents=True)
    for number, records in enumerate(files):
        (logs / f"{number:03}.json.gz").write_bytes(gzip.compress(a_file(*records)))
    store = Store(folder / "store")
    add_logs(store, files_under(logs), settings=Settings(**options))  # type: ignore[arg-type]
    return store


@FEW
@given(RECORDS, st.integers(1, 9), st.integers(1, 50))
def test_groups_and_files_do_not_matter(records: list[Record], size: int, group: int) -> None:
    files = [records[i : i + size] for i in range(0, len(records), size)]
    with tempfile.TemporaryDirectory() as folder:
        whole = _stored(Path(folder) / "whole", [records])
        cut = _stored(Path(folder) / "cut", files, group_events=group, unit_bytes=1)
        assert ids_of(whole) == ids_of(cut)
        assert content(whole) == content(cut)
        sums = counts(cut.files())
        assert len(records) == sums["records"] == sums["kept"] + sums["duplicates"]


@FEW
@given(RECORDS, st.integers(1, 9))
def test_joining_parts_keeps_the_content(records: list[Record], size: int) -> None:
    files = [records[i : i + size] for i in range(0, len(records), size)]
    with tempfile.TemporaryDirectory() as folder:
        store = _stored(Path(folder), files, group_events=1, unit_bytes=1)
        before = content(store)
        with store.writing() as writer:
            for day in {part.day for part in store.parts()}:
                parts = writer.day_parts(day)
                writer.commit([compacted(store, day, parts)], [], replaced=parts)
        assert before == content(store)
        days = [part.day for part in store.parts()]
        assert len(set(days)) == len(days)


@FEW
@given(RECORDS, RECORDS)
def test_adding_in_two_runs_is_adding_in_one(first: list[Record], second: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one = _stored(Path(folder) / "one", [first, second])
        logs = Path(folder) / "late"
        logs.mkdir()
        store = Store(Path(folder) / "two")
        for number, records in enumerate((first, second)):
            (logs / f"{number}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
            add_logs(store, files_under(logs), settings=Settings())
        assert ids_of(one) == ids_of(store)
        assert content(one) == content(store)
