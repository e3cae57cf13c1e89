"""A made-up company, with its logs in a store and a snapshot, in one workspace."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from leastwise.surfaces.cli.main import run


def made_company(folder: Path, size: Sequence[str], *, has_logs: bool = True) -> Path:
    """The workspace `.leastwise` of the folder, in which the company is under `made`."""
    workspace = folder / ".leastwise"
    made = str(folder / "made")
    _run("sample", made, *size)
    if has_logs:
        _run("--workspace", str(workspace), "logs", "add", str(folder / "made" / "logs"))
    _run("--workspace", str(workspace), "snapshot", "--from", made)
    return workspace


def _run(*words: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["leastwise", *words])
        try:
            run()
        except SystemExit as end:
            assert not end.code, words
