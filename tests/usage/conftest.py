"""A store to fill, and a folder of logs to put hostile files into."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_logs import GOOD, a_file, a_record

from leastwise.usage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "work" / "usage")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder with one good file; hostile ones are put beside it."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "zz-good.json").write_bytes(a_file(a_record(GOOD)))
    return folder
