"""Which files are read, in which order, and which are left aside by their place alone."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from made_logs import a_record, added, files_under, write_logs

from leastwise.model.errors import InputError
from leastwise.usage.locations import STDIN, LogFile, Wanted, day_of, listed, skip_reason
from leastwise.usage.reading import units
from leastwise.usage.store import Store

DAY = "AWSLogs/{account}/CloudTrail/{region}/2024/05/{day:02}"
LAYOUT = DAY + "/{account}_CloudTrail_{region}_202405{day:02}T0000Z_x.json.gz"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for account in ("111122223333", "444455556666"):
        for region in ("eu-west-1", "us-east-1"):
            for day in (1, 2, 3):
                path = tmp_path / LAYOUT.format(account=account, region=region, day=day)
                path.parent.mkdir(parents=True)
                path.write_bytes(b"x")
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(), 12),
        (Wanted(accounts=("111122223333",)), 6),
        (Wanted(accounts=("999988887777",)), 0),
        (Wanted(regions=("us-east-1",)), 6),
        (Wanted(regions=("us-east-1", "eu-west-1"), accounts=("444455556666",)), 6),
        (Wanted(since=date(2024, 5, 2)), 8),
        (Wanted(since=date(2024, 5, 4)), 0),
        (Wanted(until=date(2024, 5, 1)), 8),  # files come after their events: the next day's too
        (Wanted(until=date(2024, 4, 29)), 0),
        (Wanted(since=date(2024, 5, 3), until=date(2024, 5, 3), regions=("eu-west-1",)), 2),
    ],
)
def test_the_layout_tells_which_files_are_wanted(folder: Path, wanted: Wanted, count: int) -> None:
    assert count == len(files_under(folder, wanted=wanted))


def test_a_file_outside_the_layout_may_hold_anything(folder: Path) -> None:
    (folder / "export.jsonl").write_bytes(b"x")
    (file,) = files_under(folder, wanted=Wanted(accounts=("999988887777",)))
    assert "export.jsonl" == Path(file.name).name


def test_files_come_by_day_each_once(folder: Path) -> None:
    first = next(folder.rglob("*.gz"))
    files = files_under(folder, folder / "AWSLogs", first)
    assert 12 == len(files)
    assert ["2024-05-01"] * 4 + ["2024-05-02"] * 4 + ["2024-05-03"] * 4 == [f.day for f in files]


def test_only_files_that_can_be_logs_are_taken_from_a_folder(tmp_path: Path) -> None:
    taken = ["a.json", "a.JSON", "a.json.gz", "a.jsonl", "a.jsonl.gz", "a.ndjson", "a.parquet", "a.gz"]
    for name in [*taken, "a.txt", "a.json.bak", "README", ".hidden/a.json", "sub/a.json"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert sorted([*taken, "sub/a.json"]) == sorted(
        str(Path(f.name).relative_to(tmp_path)) for f in files_under(tmp_path)
    )
    assert 1 == len(files_under(tmp_path / "a.txt"))  # named by hand, it is read


def test_the_same_file_is_the_same_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert files_under(tmp_path / "a.json") == files_under("a.json")


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        files_under(tmp_path / "none")


def test_standard_input_and_buckets_are_listed_beside_files(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"x")
    found = listed(["-", str(tmp_path), "s3://b/p"], Wanted(), lambda url: [LogFile(f"{url}/k.json", "e", 1)])
    assert [STDIN, str(tmp_path / "a.json"), "s3://b/p/k.json"] == [f.name for f in found]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/l/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/01/x.json.gz", ""),
        ("/l/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2024/05/01/x.json.gz", "digest file"),
        ("/l/AWSLogs/o-abc123/111122223333/CloudTrail-Digest/eu-west-1/2024/05/01/x.json.gz", "digest file"),
        ("/l/AWSLogs/111122223333/CloudTrail-Insight/eu-west-1/2024/05/01/x.json.gz", "Insights file"),
        ("/flat/111122223333_CloudTrail-Digest_eu-west-1_main_eu-west-1_20240501T000000Z.json.gz", "digest file"),
        ("/flat/111122223333_CloudTrail_eu-west-1_20240501T0000Z_x.json.gz", ""),
    ],
)
def test_digest_and_insights_files_are_known_by_their_place(name: str, reason: str) -> None:
    assert reason == skip_reason(name)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("s3://b/AWSLogs/111122223333/CloudTrail/eu-west-1/2024/05/01/x.json.gz", "2024-05-01"),
        ("/flat/111122223333_CloudTrail_eu-west-1_20240501T0005Z_x.json.gz", "2024-05-01"),
        ("/flat/x.json", ""),
    ],
)
def test_the_day_of_a_file(name: str, day: str) -> None:
    assert day == day_of(name)


def test_an_impossible_day_in_the_layout_excludes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "AWSLogs/111122223333/CloudTrail/eu-west-1/2024/13/45/x.json.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    assert 1 == len(files_under(tmp_path, wanted=Wanted(since=date(2025, 1, 1))))


def test_units_hold_every_file_once_and_streams_stand_alone() -> None:
    files = [
        LogFile(name, "", size) for name, size in (("a", 5), ("b", 6), ("c.jsonl", 1), ("d", 1), ("e", 99), ("f", 1))
    ]
    found = [[f.name for f in unit] for unit in units(files, most_files=2, most_bytes=11)]
    assert [["a", "b"], ["c.jsonl"], ["d"], ["e"], ["f"]] == found


def test_a_folder_that_cannot_be_listed_is_named_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_logs(tmp_path / "logs", {"a/one.json.gz": [a_record(1)], "closed/two.json.gz": [a_record(2)]})
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    done = added(Store(tmp_path / "usage"), tmp_path / "logs")
    assert 1 == done.kept
    assert {str(tmp_path / "logs" / "closed"): "folder cannot be listed: permission denied"} == done.unreadable
