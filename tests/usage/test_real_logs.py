"""The demo's real records: every one read, nearly every one mapped, and the rest named."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
from made_logs import added, content, ids_of, ledger

from leastwise.usage.ingest import Added
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

COUNTS = {
    "grycap-student-account-2017.json.gz": 142,
    "invictus-stratus-2023.json.gz": 2_900,
    "opensearch-loghub-2021.json.gz": 840,
    "stratus-detonations-2024.json.gz": 310,
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, demo_logs: Path) -> Store:
    made = Store(tmp_path_factory.mktemp("store") / "usage")
    added(made, demo_logs)
    return made


def _records(demo_logs: Path) -> list[dict[str, str]]:
    files = [demo_logs / name for name in COUNTS]
    return [record for path in files for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]]


def test_every_record_is_read(store: Store, demo_logs: Path) -> None:
    assert {name: (n, 0, {}) for name, n in COUNTS.items()} == {
        Path(e.name).name: (e.records, e.mended + e.without_id, e.skipped) for e in store.files()
    }
    assert sorted({record["eventID"].lower() for record in _records(demo_logs)}) == ids_of(store)


def test_repeats_are_counted(store: Store, demo_logs: Path) -> None:
    ids = [record["eventID"] for record in _records(demo_logs)]
    found = [(e.kept, e.duplicates) for e in store.files()]
    assert (len(set(ids)), len(ids) - len(set(ids))) == tuple(map(sum, zip(*found, strict=True)))


def test_nearly_all_calls_are_mapped_and_the_others_named(store: Store) -> None:
    with opened(store) as observed:
        kinds = Counter({str(kind): int(n) for kind, n in observed.counted("kind")})  # type: ignore[call-overload]
        names = observed.counted("event_source, event_name", having="kind = 'unmapped'")
    calls = kinds["mapped"] + kinds["no-permission"] + kinds["unmapped"]
    assert kinds["unmapped"] <= calls / 100
    assert kinds["unmapped"] == sum(int(n) for _, _, n in names)  # type: ignore[call-overload]
    assert all(source and name for source, name, _ in names)


def test_days_are_those_of_the_records(store: Store, demo_logs: Path) -> None:
    days = {record["eventTime"][:10] for record in _records(demo_logs)}
    assert days == {store.rows_path(part).parent.name.removeprefix("day=") for part in store.parts()}


def test_every_principal_answers(store: Store, demo_logs: Path) -> None:
    with opened(store) as observed:
        principals = observed.principals()
        assert len(ids_of(store)) == sum(p.events for p in principals)
        for principal in principals:
            uses = observed.uses(principal.name)
            own = sum(u.count for u in uses if not u.inferred)
            assert own >= principal.events
            assert all(observed.event_id(u.places) in set(ids_of(store)) for u in uses[:3])


def test_adding_twice_changes_nothing(store: Store, demo_logs: Path) -> None:
    before = content(store), ledger(store)
    assert Added(known=4) == added(store, demo_logs)
    assert before == (content(store), ledger(store))


def test_two_processes_read_the_same(store: Store, demo_logs: Path, tmp_path: Path) -> None:
    other = Store(tmp_path / "usage")
    added(other, demo_logs, processes=2, unit_bytes=1, group_events=500)
    assert content(store) == content(other)
    assert ledger(store) == ledger(other)
