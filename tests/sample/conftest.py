"""One made-up company for all tests of the floor, as values and as it stands on disk."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from estate_on_disk import Estate

from leastwise.sample import Company, Size, company, write_estate

TODAY = date(2026, 6, 1)


@pytest.fixture(scope="session")
def made() -> Company:
    """A company large enough for every kind of fault."""
    return company(Size(accounts=8, roles=300), 3, today=TODAY)


@pytest.fixture(scope="session")
def estate(made: Company, tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """The company as a reader of its folder finds it."""
    folder = tmp_path_factory.mktemp("company")
    write_estate(made, folder)
    return Estate(folder)
