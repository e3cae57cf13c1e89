"""The pages that are written, opened in a real browser: nothing is said, nothing leaves, axe finds no serious fault."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
PICTURES = os.environ.get("PICTURES")
SIZE = ("--accounts", "6", "--roles", "80", "--days", "20", "--date", "2026-06-01")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up company with its logs and a snapshot, in the folder's workspace."""
    folder = tmp_path_factory.mktemp("company")
    program = str(Path(sys.executable).with_name("leastwise"))
    for words in (["sample", "made", *SIZE], ["logs", "add", "made/logs"], ["snapshot", "--from", "made"]):
        subprocess.run([program, *words], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("words", [("scan", "-f", "html"), ("matrix", "-f", "html")], ids=["scan", "matrix"])
def test_a_page_is_quiet_self_contained_and_accessible(company: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    program = str(Path(sys.executable).with_name("leastwise"))
    done = subprocess.run([program, *words], cwd=company, capture_output=True, text=True)
    page = tmp_path / "page.html"
    page.write_text(done.stdout, encoding="utf-8")
    assert 10_000 < page.stat().st_size < 2_000_000, done.stderr
    pictures = Path(PICTURES or tmp_path) / words[0]
    pictures.mkdir(parents=True, exist_ok=True)
    looked = subprocess.run(
        ["node", str(HERE / "look.mjs"), str(page), str(pictures), BROWSER], capture_output=True, text=True
    )
    assert 0 == looked.returncode, looked.stderr
    found = json.loads(looked.stdout)
    assert [] == found["said"]
    assert [] == found["asked"]
    assert [] == [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    assert {0} == {max(0, over) for over in found["wide"].values()}, "the page is wider than its window"
