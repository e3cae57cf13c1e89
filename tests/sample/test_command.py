"""`leastwise sample` writes a folder once, and says no rather than add to another's."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import leastwise
from estate_on_disk import Estate

SMALL = ("--accounts", "3", "--roles", "41", "--days", "2", "--date", "2026-06-01")


def test_estate_logs_and_truth_are_in_the_folder(tmp_path: Path) -> None:
    told = leastwise(tmp_path, "sample", "company", *SMALL)
    assert (0, "") == (told.returncode, told.stdout)
    assert "3 accounts, 41 roles" in told.stderr
    estate = Estate(tmp_path / "company")
    assert "2026-06-01" == estate.truth["date"]
    assert 3 == len(estate.details)
    assert {"30", "31"} == {path.parent.name for path in (tmp_path / "company" / "logs").rglob("*.json.gz")}


def test_no_days_is_no_logs(tmp_path: Path) -> None:
    assert 0 == leastwise(tmp_path, "sample", "company", *SMALL, "--days", "0").returncode
    assert not (tmp_path / "company" / "logs").exists()


@pytest.mark.parametrize(
    ("arguments", "fault", "advice"),
    [
        (("taken", *SMALL), "error: folder `taken` is not empty", "empty or does not exist"),
        (("new", "--accounts", "9", "--roles", "3"), "error: 3 roles for 9 accounts", "at least one role"),
    ],
)
def test_what_cannot_be_written_is_told(tmp_path: Path, arguments: tuple[str, ...], fault: str, advice: str) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("kept")
    told = leastwise(tmp_path, "sample", *arguments)
    assert 2 == told.returncode
    assert fault in told.stderr
    assert advice in told.stderr
    assert ["mine.txt"] == [path.name for path in (tmp_path / "taken").iterdir()]
    assert not (tmp_path / "new").exists()
