"""Stores that several tests share; the path to the modules beside this one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from made_logs import added, write_logs

from leastwise.usage.store import Store


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory, demo_logs: Path) -> Store:
    """The bundled real logs in a store."""
    store = Store(tmp_path_factory.mktemp("real") / "usage")
    added(store, demo_logs)
    return store


@pytest.fixture
def store_of(tmp_path: Path) -> Callable[..., Store]:
    """A store of the given records."""

    def make(*records: dict[str, object]) -> Store:
        store = Store(tmp_path / "usage")
        added(store, write_logs(tmp_path / "logs", {"one.json.gz": list(records)}))
        return store

    return make
