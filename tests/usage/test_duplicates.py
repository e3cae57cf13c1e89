"""Each event counts once, however often and in whatever order it comes."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import random
from pathlib import Path

import pytest
from made_logs import (
    a_file,
    a_record,
    added,
    content,
    counts,
    event_id,
    files_under,
    ids_of,
    ledger,
    write_logs,
)

from leastwise.usage import ingest
from leastwise.usage.days import day_name
from leastwise.usage.ingest import Settings, add_logs
from leastwise.usage.observed import opened
from leastwise.usage.store import READ, UNFINISHED, Store


def test_repeats_in_a_file_between_files_and_between_runs_count_once(store: Store, tmp_path: Path) -> None:
    records = [a_record(n) for n in range(50)]
    first = write_logs(tmp_path / "one", {"a.json.gz": records + records[:10]})
    second = write_logs(tmp_path / "two", {"b.json.gz": [*records[40:], a_record(99)]})
    done = added(store, first, second)
    assert (2, 71, 51, 20) == (done.files, done.records, done.kept, done.duplicates)
    third = write_logs(tmp_path / "three", {"c.json.gz": [a_record(n) for n in (0, 99, 100)]})
    again = added(store, third)
    assert (3, 1, 2) == (again.records, again.kept, again.duplicates)
    assert sorted(event_id(n) for n in [*range(50), 99, 100]) == ids_of(store)


def test_adding_the_same_files_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs", {f"{i}.json.gz": [a_record(n) for n in range(i, i + 9)] for i in range(5)})
    (logs / "broken.json").write_bytes(b'{"Records":[')
    added(store, logs)
    before = content(store), ledger(store)
    again = added(store, logs)
    assert before == (content(store), ledger(store))
    assert (5, 0, 0) == (again.known, again.records, again.kept)
    assert {str(logs / "broken.json")} == set(again.unreadable)


def test_a_changed_file_is_read_again_and_its_old_events_count_once(store: Store, tmp_path: Path) -> None:
    logs = write_logs(tmp_path / "logs", {"a.json.gz": [a_record(1)]})
    added(store, logs)
    write_logs(logs, {"a.json.gz": [a_record(1), a_record(2)]})
    again = added(store, logs)
    assert (1, 1) == (again.kept, again.duplicates)
    assert sorted([event_id(1), event_id(2)]) == ids_of(store)


@pytest.mark.parametrize("group", [1, 3, 1_000])
def test_what_is_read_together_does_not_matter(tmp_path: Path, group: int) -> None:
    """An id repeated with a time far away counts on each of its days, in one run as in several."""
    one, other = a_record(1), a_record(1, eventTime="2024-06-30T00:00:00Z")
    untimed = a_record(1, eventTime=None)
    files = {"a.json.gz": [one, other], "b.json.gz": [untimed, one], "c.json.gz": [other, untimed]}
    logs = write_logs(tmp_path / "logs", files)
    store = Store(tmp_path / "store")
    done = added(store, logs, group_events=group, unit_bytes=1)
    assert (3, 3) == (done.kept, done.duplicates)
    assert [event_id(1)] * 3 == ids_of(store)


@pytest.mark.parametrize("group", [1, 1_000])
def test_copies_on_either_side_of_a_midnight_count_once(tmp_path: Path, group: int) -> None:
    """Seen in a log that was edited by hand: the same event, some minutes later in one of its copies."""
    before = a_record(1, eventTime="2020-09-30T23:53:32Z")
    after = a_record(1, eventTime="2020-10-01T00:00:32Z")
    for name, records in {"early": [before, after, before], "late": [after, before, after]}.items():
        logs = write_logs(tmp_path / name, {f"{n}.json.gz": [record] for n, record in enumerate(records)})
        store = Store(tmp_path / f"{name}-store")
        done = added(store, logs, group_events=group, unit_bytes=1)
        assert (1, 2) == (done.kept, done.duplicates)
        assert ["2020-09-30" if name == "early" else "2020-10-01"] == [day_name(p.day) for p in store.parts()]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 1, 3), (2, 3, 1), (1, 3, 2), (3, 1, 2)])
def test_an_id_on_three_days_in_a_row_counts_the_same_however_it_is_grouped(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    records = [a_record(1, eventTime=f"2024-06-0{day}T12:00:00Z") for day in order]
    logs = write_logs(tmp_path / "logs", {f"{n}.json.gz": [record] for n, record in enumerate(records)})
    together, apart = Store(tmp_path / "together"), Store(tmp_path / "apart")
    done = added(together, logs)
    assert done == added(apart, logs, group_events=1, unit_bytes=1)
    assert (1 if order[0] == 2 else 2) == done.kept
    assert content(together) == content(apart)


def test_an_id_of_the_first_day_is_not_beside_the_unknown_day(store: Store, tmp_path: Path) -> None:
    timed, untimed = a_record(1, eventTime="1970-01-01T00:00:00Z"), a_record(1, eventTime=None)
    done = added(store, write_logs(tmp_path / "logs", {"a.json.gz": [untimed, timed]}))
    assert (2, 0) == (done.kept, done.duplicates)


def test_an_id_in_another_spelling_is_the_same_id(store: Store, tmp_path: Path) -> None:
    upper = a_record(1, eventID=event_id(1).upper())
    done = added(store, write_logs(tmp_path / "logs", {"a.json.gz": [a_record(1), upper]}))
    assert (1, 1) == (done.kept, done.duplicates)


def test_records_without_an_id_are_told_apart_by_what_they_say(store: Store, tmp_path: Path) -> None:
    one, other = a_record(1, eventID=None), a_record(1, eventID=None, awsRegion="us-east-1")
    done = added(store, write_logs(tmp_path / "logs", {"a.json.gz": [one, other, one]}))
    assert (2, 1) == (done.kept, done.duplicates)
    assert 3 == counts(store.files())["without_id"]


def test_one_process_and_two_make_the_same_store(tmp_path: Path) -> None:
    rng = random.Random(5)
    numbers = [rng.randrange(400) for _ in range(900)]
    files = {f"{i:02}.json.gz": [a_record(n * 37) for n in numbers[i * 30 : i * 30 + 30]] for i in range(30)}
    logs = write_logs(tmp_path / "logs", files)
    one, two = Store(tmp_path / "one"), Store(tmp_path / "two")
    first = added(one, logs)
    second = added(two, logs, processes=2, unit_bytes=2_000, group_events=100)
    assert first == second
    assert content(one) == content(two)
    assert ledger(one) == ledger(two)


def test_ids_that_are_not_remembered_are_read_from_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of ids is bounded; what falls out of it is found on disk."""
    monkeypatch.setattr(ingest, "REMEMBERED_IDS", 5)
    days = {f"{i}.json.gz": [a_record(d * 86_400 + i // 2) for d in range(6)] for i in range(8)}
    store = Store(tmp_path / "store")
    done = added(store, write_logs(tmp_path / "logs", days), group_events=6, unit_bytes=1)
    assert (24, 24) == (done.kept, done.duplicates)
    assert 24 == len(set(ids_of(store)))


def test_joining_parts_changes_no_row_id_or_evidence(tmp_path: Path) -> None:
    """Also which event is shown as evidence stays the same."""
    rng = random.Random(7)
    numbers = [rng.randrange(0, 7_200) for _ in range(200)]
    logs = tmp_path / "logs"
    files = {f"{i}.json.gz": [a_record(n) for n in numbers[i * 10 : i * 10 + 10]] for i in range(20)}
    write_logs(logs, files)
    joined, parted = Store(tmp_path / "joined"), Store(tmp_path / "parted")
    added(joined, logs, group_events=1, unit_bytes=1)
    added(parted, logs)
    assert 1 == len(joined.parts())
    assert content(parted) == content(joined)
    with opened(joined) as one, opened(parted) as other:
        (principal,) = [p.name for p in one.principals()]
        shown = [[(u.resource, u.count, o.event_id(u.places)) for u in o.uses(principal)] for o in (one, other)]
    assert shown[0] == shown[1]


def _lines(numbers: range) -> bytes:
    return b"".join(json.dumps(a_record(n)).encode() + b"\n" for n in numbers)


def test_a_half_read_stream_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastwise.usage.reading.LINES_AT_ONCE", 10_000)
    path = tmp_path / "a.jsonl"
    unnamed = json.dumps(a_record(7, eventID=None)).encode() + b"\n"
    path.write_bytes(unnamed + _lines(range(200)) + _lines(range(20)) + unnamed)
    whole, store = Store(tmp_path / "whole"), Store(tmp_path / "store")
    added(whole, path)
    for stop in (3, 2, 1, 4):
        with pytest.raises(_StopError):
            add_logs(store, files_under(path), settings=Settings(group_events=1), progress=_stop_after(stop))
    assert [UNFINISHED] == [e.state for e in store.files()]
    added(store, path)
    assert [READ] == [e.state for e in store.files()]
    assert ledger(whole) == ledger(store)
    assert content(whole) == content(store)


class _StopError(Exception):
    """The run ends here."""


def _stop_after(commits: int):
    left = [commits]

    def progress(_done: int, _total: int) -> None:
        left[0] -= 1
        if not left[0]:
            raise _StopError

    return progress


def test_a_stream_that_breaks_off_keeps_its_counts_when_tried_again(tmp_path: Path) -> None:
    packed = gzip.compress(_lines(range(3_000)), mtime=0)
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    store = Store(tmp_path / "store")
    first = added(store, path)
    before = ledger(store), content(store)
    assert first.kept > 500
    assert 1 == len(first.unreadable)
    added(store, path)
    assert before == (ledger(store), content(store))


def test_a_stream_that_cannot_be_opened_for_once_keeps_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(_lines(range(3_000)), mtime=0)[:-20])
    store = Store(tmp_path / "store")
    added(store, path)
    before = ledger(store), content(store)
    with monkeypatch.context() as closed:
        closed.setattr("leastwise.usage.reading._opened", _refuse)
        assert {str(path): "permission denied"} == added(store, path).unreadable
    added(store, path)
    assert before == (ledger(store), content(store))


def _refuse(*_: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_standard_input_is_another_file_each_time(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for numbers in (range(5), range(3, 8)):
        add_logs(store, files_under("-"), settings=Settings(), stdin=io.BytesIO(_lines(numbers)))
    assert sorted(event_id(n) for n in range(8)) == ids_of(store)
    assert [(5, 0), (3, 2)] == [(e.kept, e.duplicates) for e in store.files()]


def test_a_file_that_becomes_readable_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"{")
    store = Store(tmp_path / "store")
    added(store, path)
    path.write_bytes(a_file(a_record(1)))
    os.utime(path, (0, 0))
    done = added(store, path)
    assert 1 == done.kept
