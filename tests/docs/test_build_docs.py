"""The checks of the pages: each finds its fault, and finds none where there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    yield
    for name in [n for n in sys.modules if n.partition(".")[0] == "docs_sources"]:
        del sys.modules[name]


def _page(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    from docs_sources.checks import broken_links

    _page(tmp_path, "docs/b.md", "# One heading\n")
    _page(
        tmp_path,
        "README.md",
        "[a](docs/b.md) [b](docs/b.md#one-heading) [c](https://x.example)\n"
        "[d](docs/c.md) [e](docs/b.md#other) [f](#none)\n```\n[g](nowhere.md)\n```\n",
    )
    expected = ["docs/c.md", "docs/b.md#other", "#none"]
    assert expected == [fault.split("`")[1] for fault in broken_links(tmp_path)]


def test_links_of_the_project_lead_somewhere() -> None:
    from docs_sources.checks import broken_links

    assert [] == list(broken_links(ROOT))


def test_headings_are_written_as_links_write_them() -> None:
    from docs_sources.checks import anchors

    assert {"on-which-resources", "passed-role-unknown"} == anchors("# On which resources\n## `passed-role-unknown`\n")


def test_a_command_that_no_guide_names_is_found(tmp_path: Path) -> None:
    from docs_sources.checks import undocumented

    _page(tmp_path, "README.md", "`leastwise logs add` and `leastwise used`")
    found = list(undocumented(tmp_path))
    assert "`leastwise propose` is in no guide" in found
    assert "`leastwise used` is in no guide" not in found


def test_every_command_is_in_a_guide_and_every_option_has_help() -> None:
    from docs_sources.checks import undocumented

    assert [] == list(undocumented(ROOT))


def test_every_code_has_a_heading() -> None:
    from docs_sources.checks import codes_without_heading

    assert [] == list(codes_without_heading(ROOT))


def test_a_heading_that_is_no_code_is_found(tmp_path: Path) -> None:
    from docs_sources.checks import UNKNOWNS, codes_without_heading

    _page(tmp_path, str(UNKNOWNS), "## `made-up`\n")
    found = list(codes_without_heading(tmp_path))
    assert f"{UNKNOWNS}: `made-up` is no code" in found
    assert f"{UNKNOWNS}: no heading for `denied`" in found


def test_every_column_of_the_store_is_in_its_guide() -> None:
    from leastwise.usage.merge import gathered, rows_of

    text = (ROOT / "docs" / "guide" / "usage-store.md").read_text(encoding="utf-8")
    cells = " ".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    columns = rows_of(0, gathered([])).table.column_names
    assert [] == [name for name in columns if f"`{name}`" not in cells]


def test_an_example_that_fails_is_found(tmp_path: Path) -> None:
    from docs_sources.examples import broken_examples

    page = _page(tmp_path, "a.md", "```sh run\ntrue\n```\n\n```sh run\necho why; exit 3\n```\n```sh\nexit 1\n```\n")
    assert ["a.md:5: ended with 3: why"] == list(broken_examples(page, "a.md", tmp_path))


def test_examples_of_a_page_share_a_folder_with_the_logs(tmp_path: Path) -> None:
    from docs_sources.examples import broken_examples

    _page(tmp_path, "logs/x.json", "")
    page = _page(tmp_path, "a.md", "```sh run\necho 1 > y; ls demo_logs/x.json\n```\n```sh run\ncat y\n```\n")
    assert [] == list(broken_examples(page, "a.md", tmp_path / "logs"))


def test_output_that_is_not_printed_is_found(tmp_path: Path) -> None:
    from docs_sources.examples import broken_examples

    page = _page(tmp_path, "a.md", "```sh run\nprintf 'a\\nb c\\nd\\n'\n```\n```text output\na\nb…\n…\nx\n```\n")
    assert ["a.md:4: not printed: x"] == list(broken_examples(page, "a.md", tmp_path))


@pytest.mark.parametrize(
    ("shown", "printed", "lost"),
    [
        ("a\nb", ["a", "b"], []),
        ("b\na", ["a", "b"], ["a"]),
        ("a\n…\nc", ["a", "b", "c"], []),
        ("a …", ["a long line"], []),
        ("a", ["a long line"], ["a"]),
    ],
)
def test_shown_lines_are_printed_in_their_order(shown: str, printed: list[str], lost: list[str]) -> None:
    from docs_sources.examples import missing

    assert lost == missing(shown, printed)


def test_the_pages_of_commands_are_as_the_code_has_them() -> None:
    from docs_sources.commands import commands_page, settings_page

    reference = ROOT / "docs" / "reference"
    assert commands_page() == (reference / "commands.md").read_text(encoding="utf-8")
    assert settings_page() == (reference / "settings.md").read_text(encoding="utf-8")


def test_every_command_is_on_the_page_of_commands() -> None:
    from docs_sources.commands import commands, commands_page

    page = commands_page()
    assert len(commands()) >= 11
    assert [] == [c.name for c in commands() if f"## `{c.name}`" not in page]


def test_settings_named_on_the_page_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from docs_sources.commands import settings_page
    from leastwise.surfaces.cli.main import main

    assert "`LEASTWISE_LOGS_ADD_PROCESSES`" in settings_page()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEASTWISE_LOGS_ADD_PROCESSES", "0")
    ended = CliRunner().invoke(main, ["logs", "add", "x"], auto_envvar_prefix="LEASTWISE")
    assert "0 is not in the range" in ended.output
