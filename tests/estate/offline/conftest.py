"""One made-up company as it stands on disk, for all tests of files."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from leastwise.sample import Company, Size, company, write_estate


@pytest.fixture(scope="session")
def made() -> Company:
    """A company of every kind of policy."""
    return company(Size(accounts=4, roles=80), 5, today=date(2026, 6, 1))


@pytest.fixture(scope="session")
def folder(made: Company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's folder, as `leastwise sample` writes it."""
    where = tmp_path_factory.mktemp("company")
    write_estate(made, where)
    return where
