"""The command line in an empty folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from told import Command, Told

from leastwise.surfaces.cli.main import run


@pytest.fixture
def leastwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["leastwise", *arguments])
        capsys.readouterr()
        try:
            run()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return Told(code, captured.out, captured.err)

    return command
