"""Pages of guard rails are as the code has them; AWS's examples are compared, with a reason for each difference."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastwise.synthesize.guardrails.templates import templates

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tests" / "data" / "policies"
REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    yield
    for name in [n for n in sys.modules if n.partition(".")[0] in ("docs_sources", "compare_guard_rails")]:
        del sys.modules[name]


def test_the_page_of_the_library_is_as_its_files_have_it() -> None:
    from docs_sources.guard_rails import guard_rails_page

    page = (REFERENCE / "guard-rails.md").read_text(encoding="utf-8")
    assert guard_rails_page() == page
    assert [] == [name for name in templates() if f"\n## {name}\n" not in page]


def test_every_difference_to_an_example_has_its_reason_and_the_page_tells_it() -> None:
    from compare_guard_rails import all_compared, examples, faults, others_in, page

    found = examples(EXAMPLES)
    rows = all_compared(found)
    assert [] == list(faults(rows))
    assert (REFERENCE / "guard-rails-compared.md").read_text(encoding="utf-8") == page(rows, others_in(found))


def test_what_is_the_same_is_proved_so_and_no_more_is_said_so() -> None:
    from compare_guard_rails import SAME, all_compared, examples

    same = {one.counterpart.template for one in all_compared(examples(EXAMPLES)) if one.result == SAME}
    expected = {"https-only", "no-bedrock-api-keys", "no-region-opt-in", "no-root-user", "only-these-regions"}
    assert expected | {"trusted-oidc-tenants"} == same


def test_a_difference_without_a_reason_is_a_fault_and_a_reason_without_a_difference() -> None:
    from compare_guard_rails import Counterpart, compared, faults

    leave = {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [leave]}
    row = compared(Counterpart("an example", "stay-in-organization"), document, {})
    assert "more" == row.result
    assert ["an example: it is more, and the reason is ``"] == list(faults([row]))
    close = {**leave, "Action": ["organizations:LeaveOrganization", "account:CloseAccount"]}
    row = compared(Counterpart("an example", "stay-in-organization", why="w"), {**document, "Statement": [close]}, {})
    assert ["an example: it is the same, and the reason is `w`"] == list(faults([row]))


def test_an_example_that_is_not_there_ends_with_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from compare_guard_rails import main

    (tmp_path / "a.json").write_text("[]", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["compare_guard_rails.py", str(tmp_path)])
    assert 2 == main()
    assert "cannot read the examples" in capsys.readouterr().err
