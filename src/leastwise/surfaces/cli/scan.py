"""`leastwise scan`: what to fix first in an estate, each finding with what shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from leastwise.catalogue.load import Catalogue, load_catalogue
from leastwise.findings.discover import checks
from leastwise.findings.exceptions import Told, Weighed, weighed
from leastwise.findings.finding import SEVERITIES, Severity
from leastwise.findings.run import Scanned, account, scanned
from leastwise.findings.scene import Scene, Settings, Used
from leastwise.findings.surplus import surplus_of
from leastwise.language.wording import did_you_mean
from leastwise.model.errors import InputError, LeastwiseError
from leastwise.surfaces.cli.baselines import baseline_in, write_baseline
from leastwise.surfaces.cli.estates import estate_of, estate_options, masked_lines, secrets_of
from leastwise.surfaces.cli.scan_exceptions import exceptions_in
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, plural, safe, say
from leastwise.surfaces.formats.findings import Report
from leastwise.surfaces.formats.findings.discover import FORMS
from leastwise.usage.coverage import data_prefixes_seen
from leastwise.usage.heap import no_collection
from leastwise.usage.last_uses import denied_actions, last_uses
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

_BASELINE: Final = "ids"
_DAYS: Final = click.IntRange(1, 400)


@click.command("scan")
@click.option("--select", multiple=True, metavar="CHECK", help="Only these: a name, a code or its beginning, a group.")
@click.option("--ignore", multiple=True, metavar="CHECK", help="All but these.")
@click.option("--days", type=_DAYS, default=90, show_default=True, help="Window in which nothing used is unused.")
@click.option("--sensitive", multiple=True, metavar="PATTERN", help="ARN pattern of resources that are sensitive.")
@click.option("--break-glass", multiple=True, metavar="PATTERN", help="ARN pattern of the roles for emergencies.")
@click.option("--exceptions", metavar="FILE", help="Accepted findings, in TOML: id or check, owner, reason, until.")
@click.option("--show-excepted", is_flag=True, help="Show the findings that exceptions hide as well.")
@click.option("--preview", is_flag=True, help="Print what the exceptions hide, and nothing else.")
@click.option("--baseline", metavar="FILE", help="Findings that are known already: only new ones end with 1.")
@click.option("--new-only", is_flag=True, help="With a baseline, print the new ones alone.")
@click.option("--write-baseline", "baseline_out", metavar="FILE", help="Write the ids of all findings to FILE.")
@click.option("--explain", metavar="FINDING|CHECK", help="Print the ladder, witness and evidence, or a check's page.")
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITIES, "none"]),
    default="high",
    show_default=True,
    help="The least severity of an open finding that ends with 1.",
)
@click.option("-f", "--format", "form", type=click.Choice(sorted(FORMS)), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write it to a file.")
@estate_options
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON: `-f json`.")
@workspace_option
@click.pass_obj
def scan(
    workspace: Workspace,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    days: int,
    sensitive: tuple[str, ...],
    break_glass: tuple[str, ...],
    exceptions: str | None,
    show_excepted: bool,
    preview: bool,
    baseline: str | None,
    new_only: bool,
    baseline_out: str | None,
    explain: str | None,
    fail_on: str,
    form: str,
    output: Path | None,
    snapshot: str | None,
    show_sensitive: bool,
    as_json: bool,
) -> int:
    """Look for what to fix first in a snapshot and its logs: the gravest first, each with what shows it.

    Exit status 1 for an open finding of the severity of `--fail-on` or a graver one, 2 when the work could not be done.
    """
    if explain is not None and (page := _page_of(explain)):
        answer(page)
        return 0
    codes = _codes(select, ignore)
    known = None if baseline is None else baseline_in(baseline, _BASELINE)
    accepted = exceptions_in(exceptions) if exceptions else []
    with no_collection():
        scene = _scene(workspace, snapshot, days, sensitive, break_glass)
        found = scanned(scene, codes=codes)
    weighing = weighed(found.findings, accepted, today=scene.today, known=known)
    secrets = frozenset() if show_sensitive else secrets_of(scene.estate)
    if explain is not None:
        one = _named(explain, weighing)
        for line in masked_lines(_lines(one), secrets):
            answer(safe(line))
        return _replacement(one, workspace, days, snapshot)
    if baseline_out:
        count = write_baseline(baseline_out, _BASELINE, (one.finding.id for one in weighing.told))
        say(f"{plural(count, 'finding')} written to `{safe(baseline_out)}`")
    told = list(_shown(weighing.told, show_excepted=show_excepted, preview=preview, new_only=new_only))
    text = FORMS["json" if as_json else form](_report(scene, found, weighing, told))
    lines = list(masked_lines([text.rstrip("\n")], secrets))
    if output:
        output.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="backslashreplace")
        say(f"written: {safe(str(output))}")
    else:
        for line in lines:
            answer(line)
    for note in _notes(weighing, scene):
        say(note)
    return _code(weighing.told, fail_on)


def _scene(
    workspace: Workspace, snapshot: str | None, days: int, sensitive: Sequence[str], break_glass: Sequence[str]
) -> Scene:
    catalogue = load_catalogue(workspace.catalogue)
    settings = Settings(days=days, sensitive=tuple(sensitive))
    if break_glass:
        settings = Settings(days=days, sensitive=tuple(sensitive), break_glass=tuple(break_glass))
    return Scene(estate_of(snapshot, workspace), catalogue, settings, used_in(Store(workspace.usage), catalogue))


def used_in(store: Store, catalogue: Catalogue) -> Used | None:
    """What the logs of a store hold; None where there are none."""
    if not store.exists:
        return None
    with opened(store) as observed:
        uses, denied = last_uses(observed), denied_actions(observed)
        accounts = observed.counted("account")
        unmapped = observed.counted("event_source, event_name", having="kind = 'unmapped'")
    if not uses:
        return None
    prefixes = frozenset(catalogue.call(str(source), str(name)).prefix for source, name, _ in unmapped)
    return Used(
        uses,
        min(one.first for one in uses),
        max(one.last for one in uses),
        data_prefixes_seen(store, catalogue),
        prefixes,
        frozenset(str(name) for name, _ in accounts if name),
        denied,
    )


def _codes(select: Sequence[str], ignore: Sequence[str]) -> Collection[str] | None:
    if not select and not ignore:
        return None
    chosen = set(_matching(select)) if select else set(checks())
    return chosen - set(_matching(ignore))


def _matching(wanted: Iterable[str]) -> Iterator[str]:
    for text in wanted:
        found = [
            code for code, one in checks().items() if text in (one.name, one.group) or code.startswith(text.upper())
        ]
        if not found:
            names = sorted({name for one in checks().values() for name in (one.code, one.name, one.group)})
            raise InputError(f"there is no check `{safe(text)}`", help=did_you_mean(text, names) or "see the checks")
        yield from found


def _shown(told: Sequence[Told], *, show_excepted: bool, preview: bool, new_only: bool) -> Iterator[Told]:
    for one in told:
        if preview:
            if one.accepted:
                yield one
        elif (one.is_open or show_excepted) and (one.is_new or not new_only):
            yield one


def _report(scene: Scene, found: Scanned, weighing: Weighed, told: Sequence[Told]) -> Report:
    return Report(
        scene.today.isoformat(),
        scene.settings.days,
        len(scene.estate.snapshot.accounts),
        len(scene.estate.holders),
        told,
        sum(not one.is_open for one in weighing.told),
        found.not_asked,
        surplus_of(scene),
        tuple(_unread(scene)),
    )


def _unread(scene: Scene) -> Iterator[str]:
    """What the snapshot could not read, by operation."""
    reasons = {(one.what, one.reason): one for one in scene.estate.snapshot.not_read}
    yield from (f"not read: {what}: {reason}" for what, reason in sorted(reasons))


def _notes(weighing: Weighed, scene: Scene) -> Iterator[str]:
    for one in weighing.run_out:
        yield safe(f"note: the exception of {one.owner} for `{one.id or one.check}` ended on {one.until}")
    for one in weighing.idle:
        if one not in weighing.run_out:
            yield safe(f"note: the exception of {one.owner} for `{one.id or one.check}` speaks of no finding")
    if scene.used is None:
        yield "note: there are no logs, so that nothing is said of what is unused: `leastwise logs add PATH`"


def _code(told: Sequence[Told], fail_on: str) -> int:
    if fail_on == "none":
        return 0
    least = SEVERITIES.index(_severity(fail_on))
    return int(any(one.is_open and one.is_new and one.finding.rank <= least for one in told))


def _severity(text: str) -> Severity:
    return next(one for one in SEVERITIES if one == text)


def _page_of(text: str) -> str | None:
    """The page of a check; None where the text names none."""
    one = next((one for one in checks().values() if text.lower() in (one.code.lower(), one.name)), None)
    if one is None:
        return None
    return f"{one.code} {one.name}: {one.severity}, {one.group}\n\n{one.page}\n\nSource: {one.source}"


def _named(text: str, weighing: Weighed) -> Told:
    """The finding of this id."""
    one = next((told for told in weighing.told if told.finding.id == text), None)
    if one is None:
        raise InputError(f"there is no finding or check `{safe(text)}`", help="`leastwise scan` prints their ids")
    return one


_NARROWED: Final = ("unused-action", "unused-resource-scope", "unused-service")


def _replacement(told: Told, workspace: Workspace, days: int, snapshot: str | None) -> int:
    """The policies that take the place of today's where grants are unused, as `propose` has them."""
    if told.finding.name not in _NARROWED or not Store(workspace.usage).exists:
        return 0
    from leastwise.surfaces.cli.propose import propose  # brings the synthesis, which a scan does without

    answer("replacement:")
    words = [told.finding.found.subject, "--from-current", "--days", str(days)]
    words += ["--snapshot", snapshot] if snapshot else []
    try:
        propose.main(words, obj=workspace, standalone_mode=False)
    except LeastwiseError as error:
        say(safe(f"no replacement: {error.message}"))
    return 0


def _lines(told: Told) -> Iterator[str]:
    one, found = told.finding, told.finding.found
    yield f"{one.severity}  {one.code}  {one.name}  {one.id}"
    yield f"{found.subject}  account {account(found) or 'not known'}"
    yield found.message
    if found.unknown:
        yield f"not certain: {found.unknown}"
    for place, step in enumerate(found.ladder, 1):
        yield f"  {place}. {step}"
    if found.witness is not None:
        yield f"witness: {found.witness.action} on {found.witness.resource}"
        yield from (f"  {key}: {value}" for key, value in found.witness.context.items())
    yield from (f"evidence: {line}" for line in found.evidence)
    yield f"benefit {one.benefit:g}, may break with probability {one.breakage:g}"
    remedy = found.remedy
    yield f"remedy: {remedy.says}"
    for name, text in (("AWS CLI", remedy.cli), ("console", remedy.console), ("Terraform", remedy.terraform)):
        if text:
            yield f"  {name}: {text}"
    if remedy.cloudformation:
        yield f"  CloudFormation: {remedy.cloudformation}"
    if told.accepted:
        yield f"excepted until {told.accepted.until} by {told.accepted.owner}: {told.accepted.reason}"
