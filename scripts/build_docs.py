"""Write the reference pages anew from the code, or with `--check` tell what is stale or broken."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import compare_guard_rails
import event_coverage
from docs_sources.checks import broken_links, codes_without_heading, pages, undocumented
from docs_sources.commands import commands_page, settings_page
from docs_sources.estate_checks import findings_page
from docs_sources.examples import broken_examples
from docs_sources.guard_rails import guard_rails_page
from docs_sources.language import faults_page, switches_page
from docs_sources.lint_checks import checks_page
from docs_sources.risk_scenarios import risk_scenarios_page
from docs_sources.snapshot_schema import schema_page

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "tests" / "data" / "policies"
DEMO_LOGS = ROOT / "src" / "leastwise" / "surfaces" / "demo_logs"
GENERATED: Mapping[str, Callable[[], str]] = {
    "docs/reference/commands.md": commands_page,
    "docs/reference/settings.md": settings_page,
    "docs/reference/policy-faults.md": faults_page,
    "docs/reference/checks.md": checks_page,
    "docs/reference/findings.md": findings_page,
    "docs/reference/guard-rails.md": guard_rails_page,
    "docs/reference/guard-rails-compared.md": lambda: compare_guard_rails.compared_page(EXAMPLES),
    "docs/reference/open-points.md": switches_page,
    "docs/reference/risk-scenarios.md": risk_scenarios_page,
    "docs/reference/snapshot.schema.json": schema_page,
    "docs/event-coverage.md": event_coverage.page,
}


def stale() -> Iterator[str]:
    """Every generated page that is not as the code would write it now."""
    for name, write in GENERATED.items():
        path = ROOT / name
        if not path.is_file() or path.read_text(encoding="utf-8") != write():
            yield f"{name} is stale: `make docs` writes it anew"


def faults() -> Iterator[str]:
    """All that is wrong with the pages."""
    yield from stale()
    yield from broken_links(ROOT)
    yield from undocumented(ROOT)
    yield from codes_without_heading(ROOT)
    for page in pages(ROOT):
        yield from broken_examples(page, str(page.relative_to(ROOT)), DEMO_LOGS)


def write_all() -> None:
    """The generated pages are as the code has them."""
    for name, write in GENERATED.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write(), encoding="utf-8")
        print(f"written: {name}")


def check() -> int:
    """1 with every fault told when there is one, else 0."""
    found = list(faults())
    for fault in found:
        print(f"docs: {fault}", file=sys.stderr)
    if not found:
        print(f"docs: {len(pages(ROOT))} pages are as the code has them, their links and examples hold")
    return int(bool(found))


def main() -> int:
    """Write, or check when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when something is wrong")
    if parser.parse_args().check:
        return check()
    write_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
