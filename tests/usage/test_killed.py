"""A run that is killed, at whatever moment, and run again gives the store of a run that was left alone."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from adding import POINTS
from made_logs import Row, a_record, content, counts, files_under, ids_of, ledger, write_logs

from leastwise.model.errors import LeastwiseError, StoreError
from leastwise.usage.ingest import Settings, add_logs
from leastwise.usage.store import FileEntry, Store

ADDING = str(Path(__file__).with_name("adding.py"))
KILLED = -signal.SIGKILL
TRAILS = ("AWSLogs/111122223333", "other/AWSLogs/o-abc123/111122223333")


def _add(store: Path, logs: Path, processes: int, *kill: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, ADDING, str(store), str(logs), str(processes), *kill]
    return subprocess.Popen(command, start_new_session=True)


def _finished(*arguments: object) -> int:
    running = _add(*arguments)  # type: ignore[arg-type]
    code = running.wait(60)
    _assert_none_left(running.pid)
    return code


def _assert_none_left(group: int) -> None:
    """No process of the run outlives it, or they would pile up from kill to kill."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("a worker outlived its run")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two trails that deliver the same events in other files, with repeats inside and across files."""
    folder = tmp_path_factory.mktemp("logs")
    rng = random.Random(11)
    for trail, shuffle in zip(TRAILS, (False, True), strict=True):
        numbers = [n * 997 for n in range(400)]
        if shuffle:
            rng.shuffle(numbers)
        files = {}
        for i in range(0, 400, 20):
            taken = numbers[i : i + 20] + rng.choices(numbers, k=5)
            day = f"2024/05/{1 + min(taken) // 86_400:02}"
            name = f"{trail}/CloudTrail/eu-west-1/{day}/111122223333_CloudTrail_eu-west-1_{i:04}.json.gz"
            files[name] = [a_record(n) for n in taken]
        write_logs(folder, files)
    lines = [a_record(n * 997, eventID=None) if n % 9 == 0 else a_record(n * 997) for n in range(300, 600)]
    (folder / "export.jsonl").write_text("".join(json.dumps(r) + "\n" for r in lines) + "no JSON\n")
    (folder / "broken.json").write_bytes(b'{"Records":[')
    return folder


@pytest.fixture(scope="module")
def undisturbed(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], list[FileEntry]]:
    """What the logs come to when nothing happens."""
    folder = tmp_path_factory.mktemp("store") / "whole"
    assert 0 == _finished(folder, logs, 1)
    store = Store(folder)
    found = counts(store.files())
    assert found["records"] == found["kept"] + found["duplicates"] + found["skipped"]
    assert len(ids_of(store)) == found["kept"]
    assert found["kept"] >= 600
    return content(store), ledger(store)


def _assert_same(folder: Path, undisturbed: tuple[list[Row], list[FileEntry]]) -> None:
    store = Store(folder)
    rows, entries = undisturbed
    assert rows == content(store)
    assert entries == ledger(store)
    live = {p for part in store.parts() for p in (store.rows_path(part), store.ids_path(part))}
    assert live == {p for p in (folder / "rows").rglob("*") if p.is_file()}


QUICK = [
    ("rows are written, their ids are not", 2, 1),
    ("rows and ids are written, the ledger is not", 4, 1),
    ("the ledger is half written", 9, 2),
    ("parts are about to be joined", 1, 2),
    ("parts are joined, the old ones lie about", 2, 1),
]


@pytest.mark.parametrize(("point", "nth", "processes"), QUICK)
def test_killed_once(
    tmp_path: Path,
    logs: Path,
    undisturbed: tuple[list[Row], list[FileEntry]],
    point: str,
    nth: int,
    processes: int,
) -> None:
    store = tmp_path / "store"
    assert KILLED == _finished(store, logs, processes, point, str(nth))
    assert 0 == _finished(store, logs, processes)
    _assert_same(store, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_killed_again_and_again(
    tmp_path: Path, logs: Path, undisturbed: tuple[list[Row], list[FileEntry]], point: str, processes: int
) -> None:
    """Each run comes a little further than the one before, or dies at once; then one is left alone."""
    store = tmp_path / "store"
    for nth in (1, 2, 3, 5, 8):
        assert _finished(store, logs, processes, point, str(nth)) in (KILLED, 0)
    assert 0 == _finished(store, logs, 3 - processes)
    _assert_same(store, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_killed_at_any_time(
    tmp_path: Path, logs: Path, undisturbed: tuple[list[Row], list[FileEntry]], seed: int
) -> None:
    store, rng = tmp_path / "store", random.Random(seed)
    started = time.monotonic()
    assert 0 == _finished(tmp_path / "timed", logs, 1 + seed % 2)
    took = time.monotonic() - started
    for _ in range(6):
        running = _add(store, logs, 1 + seed % 2)
        time.sleep(rng.uniform(took / 4, took))
        running.kill()
        running.wait(60)
        _assert_none_left(running.pid)
    assert 0 == _finished(store, logs, 1 + seed % 2)
    _assert_same(store, undisturbed)


def test_a_killed_worker_is_told_and_nothing_is_lost(
    tmp_path: Path, logs: Path, undisturbed: tuple[list[Row], list[FileEntry]]
) -> None:
    """As when the system runs out of memory."""
    store = Store(tmp_path / "store")
    settings = Settings(processes=2, group_events=20, unit_bytes=1)
    with pytest.raises(LeastwiseError, match="ended from outside") as caught:
        add_logs(store, files_under(logs), settings=settings, progress=_kill_a_worker)
    assert caught.value.help
    assert 0 == _finished(store.folder, logs, 2)
    _assert_same(store.folder, undisturbed)


def _kill_a_worker(_done: int, _total: int) -> None:
    for worker in multiprocessing.active_children():
        worker.kill()


def test_two_writers_at_once_are_refused(tmp_path: Path, logs: Path) -> None:
    store = Store(tmp_path / "store")
    with store.writing(), pytest.raises(StoreError, match="another leastwise is writing"), store.writing():
        pass
