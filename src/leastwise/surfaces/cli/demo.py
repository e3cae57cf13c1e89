"""`leastwise demo`: the main job on bundled real logs, then what to type next."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

import click

from leastwise.catalogue.load import Catalogue, load_catalogue
from leastwise.estate.ask import who_can
from leastwise.estate.assemble import Estate
from leastwise.estate.assume import chains
from leastwise.estate.gather import gathered
from leastwise.estate.offline import read_files
from leastwise.findings.finding import Found
from leastwise.findings.run import scanned
from leastwise.findings.scene import Scene
from leastwise.findings.surplus import surplus_of
from leastwise.sample import Size, company, write_estate, write_logs
from leastwise.surfaces.cli.logs import status_lines
from leastwise.surfaces.cli.propose import headlines, rendered, statement_lines
from leastwise.surfaces.cli.scan import used_in
from leastwise.surfaces.cli.text import answer, number, plural, table
from leastwise.surfaces.cli.used import principal_lines
from leastwise.synthesize.blind_spots import not_editable
from leastwise.synthesize.propose import Options, Proposal, propose
from leastwise.usage.coverage import coverage_of, data_prefixes_seen
from leastwise.usage.ingest import Settings, add_logs
from leastwise.usage.locations import Wanted, listed
from leastwise.usage.observed import Principal, opened
from leastwise.usage.store import Store

_SHOWN = 8
_WIDEST = 110
_TODAY = date(2026, 6, 1)
_DAYS = 90
_ASKED = "iam:CreateUser"


@click.command()
def demo() -> None:
    """Do the main job on bundled real logs: read them, show who did what, propose a policy with its evidence.

    The logs come from four public sets (see NOTICE beside them), credentials blanked. Nothing is kept.
    """
    catalogue = load_catalogue()
    with tempfile.TemporaryDirectory(prefix="leastwise-demo-") as folder:
        store = Store(Path(folder) / "usage")
        with as_file(files("leastwise.surfaces") / "demo_logs") as logs:
            found = list(listed([str(logs)], Wanted(), lambda url: []))
            added = add_logs(store, found, settings=Settings())
        _title(f"real logs of four public sets: {plural(added.records, 'record')} in {plural(added.files, 'file')}")
        for line in status_lines(coverage_of(store, catalogue)):
            answer(f"  {line}")
        with opened(store) as observed:
            principals = observed.principals()
        _show_principals(principals)
        chosen = next(p for p in principals if not not_editable(p.name) and p.succeeded)
        proposal = _proposal(store, catalogue, chosen.name)
        scene = _scene(Path(folder), catalogue)
    _show_proposal(chosen, proposal)
    _show_findings(scene)
    _show_estate(scene.estate)
    _title("next, with your own logs")
    answer("  leastwise logs add PATH…                 a folder, files, s3://bucket/prefix, or - for standard input")
    answer("  leastwise logs status                    what they cover")
    answer("  leastwise used                           who did how much")
    answer("  leastwise propose PRINCIPAL --explain    a policy, its evidence, and what is not known")
    answer("  leastwise snapshot --from PATH…          who is granted what; `--profile NAME` takes it from AWS")
    answer("  leastwise scan                           what to fix first, each finding with what shows it")
    answer("  leastwise who-can ACTION RESOURCE        everybody who may, under every policy type")


def _proposal(store: Store, catalogue: Catalogue, name: str) -> Proposal:
    seen = data_prefixes_seen(store, catalogue)
    with opened(store) as observed:
        return propose(observed, name, catalogue=catalogue, data_seen=seen, options=Options())


def _scene(folder: Path, catalogue: Catalogue) -> Scene:
    """A made-up company with its logs, read from files as AWS's command line and CloudTrail write them."""
    made, store = company(Size(accounts=3, roles=41), today=_TODAY), Store(folder / "company-usage")
    write_estate(made, folder / "company")
    write_logs(made, folder / "company-logs", days=_DAYS)
    add_logs(store, list(listed([str(folder / "company-logs")], Wanted(), lambda url: [])), settings=Settings())
    estate = Estate(gathered(read_files([folder / "company"]), taken=_TODAY.isoformat()))
    return Scene(estate, catalogue, used=used_in(store, catalogue))


def _show_estate(estate: Estate) -> None:
    snapshot = estate.snapshot
    told = f"{plural(len(snapshot.accounts), 'account')}, {plural(len(estate.holders), 'principal')}"
    _title(f"the same company, {told}: who may create users, under every policy type")
    found = list(who_can(estate, _ASKED, "*"))
    rows = [(one.decision.outcome.value, one.principal) for one in found]
    for chain in chains(estate, found):
        outcome = "ALLOW" if chain.is_certain else "DEPENDS"
        rows.append((outcome, f"{chain.principal}, by assuming {chain.roles[0].rpartition('/')[2]}"))
    for line in table(rows[:_SHOWN]):
        answer(line)
    if len(rows) > _SHOWN:
        answer(f"  … {number(len(rows) - _SHOWN)} more")


def _show_findings(scene: Scene) -> None:
    """What to fix first in the made-up company, a finding of each check."""
    snapshot = scene.estate.snapshot
    told = f"{plural(len(snapshot.accounts), 'account')}, {plural(len(scene.estate.holders), 'principal')}"
    _title(f"a made-up company: {told}, {_DAYS} days of logs: what to fix first")
    found = scanned(scene).findings
    first = {one.code: one for one in reversed(found)}
    rows = [
        (one.severity, one.code, _short(_about(one.found)))
        for one in sorted(first.values(), key=lambda one: (one.rank, one.code))[:_SHOWN]
    ]
    for line in table(rows):
        answer(line)
    answer(f"  … {number(max(0, len(found) - len(rows)))} more")
    several = surplus_of(scene)
    granted, used = sum(one.granted for one in several), sum(one.used for one in several)
    share = 100 * (granted - used) / granted if granted else 0.0
    answer(f"  granted {number(granted)} actions · used {number(used)} · surplus {share:.1f}%")


def _about(found: Found) -> str:
    """The finding, with whom it is about where its message does not say so."""
    name = found.subject.rpartition("/")[2]
    return found.message if name in found.message else f"{name}: {found.message}"


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _title(text: str) -> None:
    answer("")
    answer(text)


def _show_principals(principals: Sequence[Principal]) -> None:
    _title(f"{plural(len(principals), 'principal')}, the busiest first")
    for line in principal_lines(principals[:_SHOWN]):
        answer(f"  {line}")
    if len(principals) > _SHOWN:
        answer(f"  … {number(len(principals) - _SHOWN)} more")


def _show_proposal(chosen: Principal, proposal: Proposal) -> None:
    _title(f"what the busiest principal whose policies can be edited needs: {chosen.name}")
    statements = [s for policy in proposal.policies for s in policy.statements]
    told = sorted(statements, key=lambda s: (-len(s.statement.conditions), s.statement.sid or ""))[:_SHOWN]
    lines = headlines(proposal) + [line for s in told for line in _cut(statement_lines(s), _EVIDENCE_LINES)]
    for line in lines:
        answer(f"  {line}")
    answer(f"  … {plural(len(statements) - len(told), 'more statement')}")
    _title("what the log could not show")
    for code in dict.fromkeys(u.code for u in proposal.unknown):
        texts = [u.text for u in proposal.unknown if u.code == code]
        more = f" … and {len(texts) - 1} more of this kind" if len(texts) > 1 else ""
        answer(f"  {code}: {texts[0]}{more}")
    _title(f"the beginning of the first of {plural(len(proposal.policies), 'document')}")
    for line in _cut(rendered(proposal, "json").splitlines(), _DOCUMENT_LINES):
        answer(f"  {line}")


def _cut(lines: list[str], most: int) -> list[str]:
    return lines if len(lines) <= most else [*lines[:most], f"  … {number(len(lines) - most)} more lines"]


_EVIDENCE_LINES = 6
_DOCUMENT_LINES = 24
