"""`leastwise logs add` and `leastwise logs status`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.model.errors import InputError
from leastwise.surfaces.cli.options import EXCLUDE_HELP, day_of, exclusion
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, megabytes, number, plural, safe, say, table
from leastwise.usage.coverage import Coverage, coverage_of
from leastwise.usage.ingest import Added, Settings, add_logs
from leastwise.usage.locations import LogFile, Wanted, listed
from leastwise.usage.sources import s3
from leastwise.usage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastwise.usage.ingest import Progress

SCHEMA = 1
_SHOWN = 10


@click.group()
def logs() -> None:
    """Read CloudTrail logs into the usage store, and see what they cover."""


@logs.command()
@click.argument("paths", nargs=-1, metavar="PATH…")
@click.option("--account", "accounts", multiple=True, help="Only this account's files; may be repeated.")
@click.option("--region", "regions", multiple=True, help="Only this Region's files; may be repeated.")
@click.option("--from", "since", metavar="DAY", help="Only files of this day and later.")
@click.option("--to", "until", metavar="DAY", help="Only files of this day and earlier.")
@click.option(
    "--processes", type=click.IntRange(min=1), help="How many processes read. Default: one a core, 8 at most."
)
@click.option("--profile", default="", help="Named AWS profile for `s3://`.")
@click.option("--exclude", "excludes", multiple=True, metavar="KEY=VALUE[,…]", help=EXCLUDE_HELP)
@click.option("--verify-digests", is_flag=True, help="Check the files against the trail's own digest files.")
@click.option(
    "--public-keys",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Output of `aws cloudtrail list-public-keys`, to check the digests' signatures too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@workspace_option
@click.pass_obj
def add(
    workspace: Workspace,
    paths: tuple[str, ...],
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    since: str | None,
    until: str | None,
    processes: int | None,
    profile: str,
    excludes: tuple[str, ...],
    verify_digests: bool,
    public_keys: Path | None,
    as_json: bool,
) -> None:
    """Add logs from files, folders, `s3://bucket/prefix`, or `-` for standard input.

    Folders are read with all below them; in the AWSLogs layout, --account, --region, --from and --to leave
    out what is not wanted by name. The same file or event twice counts once. A run that was stopped goes on
    when the same command is given again.
    """
    if not paths and not excludes:
        raise InputError("no logs named", help="leastwise logs add PATH…")
    store = Store(workspace.usage)
    exclusions = [exclusion(text) for text in excludes]
    wanted = Wanted(tuple(accounts), tuple(regions), day_of(since), day_of(until))
    files = list(listed(paths, wanted, partial(s3.objects, profile=profile)))
    workspace.make()
    if exclusions:
        with store.writing() as writer:
            for one in exclusions:
                writer.exclude(one)
    settings = Settings(
        processes=processes or min(8, os.cpu_count() or 1), overlay=workspace.catalogue, profile=profile
    )
    with _progress(files) as progress:
        added = add_logs(store, files, settings=settings, progress=progress, stdin=sys.stdin.buffer)
    if verify_digests:
        _verify(store, files, public_keys, profile)
    _tell_added(added, paths, as_json=as_json)
    if paths and not added.files and not added.known:
        raise click.exceptions.Exit(2)


def _verify(store: Store, files: Sequence[LogFile], public_keys: Path | None, profile: str) -> None:
    from leastwise.usage.digests import verify_into

    verify_into(store, files, public_keys, profile=profile)


@contextmanager
def _progress(files: Sequence[LogFile]) -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    total = sum(f.size for f in files)
    if not sys.stderr.isatty() or not total:
        yield lambda done, of: None
        return
    with click.progressbar(length=total, label="reading", file=sys.stderr, width=0) as bar:
        seen = 0

        def told(done: int, of: int) -> None:
            nonlocal seen
            bar.length = of
            bar.update(max(0, done - seen))
            seen = done

        yield told


def _tell_added(added: Added, paths: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        answer(json.dumps({"schema": SCHEMA, **_added_fields(added)}, indent=2))
        return
    if not paths:
        answer("exclusions kept")
        return
    known = f", {number(added.known)} known before" if added.known else ""
    skipped = f", {number(added.skipped)} that are no logs" if added.skipped else ""
    answer(f"read {plural(added.files, 'file')}{known}{skipped}")
    answer(
        f"{plural(added.records, 'record')}: {plural(added.kept, 'new event')}, {plural(added.duplicates, 'duplicate')}"
    )
    for name, reason in list(added.unreadable.items())[:_SHOWN]:
        say(f"warning: cannot read `{safe(name)}`: {safe(reason)}")
    if len(added.unreadable) > _SHOWN:
        say(f"warning: {len(added.unreadable) - _SHOWN} more files cannot be read: see `leastwise logs status`")
    if added.files or added.known:
        say("next: leastwise logs status    leastwise used")
    elif not added.unreadable:
        say("warning: no log file found there")
        say("  = help: folders are searched for .json, .json.gz, .jsonl, .ndjson, .gz and .parquet")


def _added_fields(added: Added) -> dict[str, object]:
    return {
        "files_read": added.files,
        "files_known": added.known,
        "files_skipped": added.skipped,
        "records_read": added.records,
        "events_kept": added.kept,
        "duplicates": added.duplicates,
        "unreadable": added.unreadable,
    }


@logs.command()
@click.option("--json", "as_json", is_flag=True, help="Print the coverage as JSON.")
@workspace_option
@click.pass_obj
def status(workspace: Workspace, as_json: bool) -> None:
    """Say what the logs cover: accounts, Regions, days, data events, and what could not be read or mapped."""
    coverage = coverage_of(Store(workspace.usage), load_catalogue(workspace.catalogue))
    if as_json:
        answer(json.dumps(status_fields(coverage), indent=2))
        return
    for line in status_lines(coverage):
        answer(line)


def status_fields(coverage: Coverage) -> dict[str, object]:
    """The coverage as `logs status --json` has it."""
    return {
        "schema": SCHEMA,
        "records_read": coverage.records_read,
        "events_kept": coverage.events_kept,
        "duplicates": coverage.duplicates,
        "skipped": dict(coverage.skipped),
        "skipped_files": dict(coverage.skipped_files),
        "unmapped": dict(coverage.unmapped),
        "unreadable": dict(coverage.unreadable),
        "days": dict(coverage.days),
        "days_without_logs": list(coverage.days_without_logs),
        "unknown_time": coverage.unknown_time,
        "accounts": dict(coverage.accounts),
        "regions": dict(coverage.regions),
        "data_events": dict(coverage.data_events),
        "kinds": dict(coverage.kinds),
        "files_read": coverage.files_read,
        "files_unfinished": coverage.files_unfinished,
        "mended": coverage.mended,
        "without_event_id": coverage.without_id,
        "cross_account_copies": coverage.cross_account_copies,
        "digests": dict(coverage.digests),
        "broken_digests": dict(coverage.broken_digests),
        "exclusions": [_exclusion_fields(e) for e in coverage.exclusions],
        "catalogue": coverage.catalogue,
        "bytes_on_disk": coverage.bytes_on_disk,
    }


def _exclusion_fields(one: object) -> dict[str, object]:
    names = ("principal", "session", "address", "since", "until")
    return {name: getattr(one, name) for name in names if getattr(one, name) not in ("", None)}


def status_lines(coverage: Coverage) -> list[str]:
    """The coverage for people."""
    mapped = coverage.kinds.get("mapped", 0)
    kept = f"{plural(coverage.events_kept, 'event')} kept, {plural(coverage.duplicates, 'duplicate')}"
    lines = [
        f"{plural(coverage.records_read, 'record')} read from {plural(coverage.files_read, 'file')}: {kept}",
        *_span(coverage),
        f"accounts: {_counts(coverage.accounts)}",
        f"Regions: {_counts(coverage.regions)}",
        f"IAM actions: {number(mapped)} of {plural(coverage.events_kept, 'event')} mapped" + _kinds(coverage.kinds),
        *_listed("no IAM action is known for", {k: number(v) for k, v in coverage.unmapped.items()}),
        _data_events(coverage.data_events),
        *_listed("skipped", {k: number(v) for k, v in (*coverage.skipped.items(), *coverage.skipped_files.items())}),
        *_listed("cannot be read", coverage.unreadable),
        *_listed("digests broken", coverage.broken_digests),
    ]
    if coverage.digests:
        lines.append(f"digests: {_counts(coverage.digests)} files")
    else:
        lines.append("digests: unverified (`leastwise logs add --verify-digests PATH` checks them)")
    if coverage.mended:
        lines.append(f"{plural(coverage.mended, 'record')} had fields of the wrong type, taken as absent")
    if coverage.without_id:
        lines.append(f"{plural(coverage.without_id, 'record')} had no event id: told apart by what they say")
    if coverage.cross_account_copies:
        lines.append(f"{plural(coverage.cross_account_copies, 'event')} are another account's copies, counted once")
    if coverage.files_unfinished:
        lines.append(f"{plural(coverage.files_unfinished, 'file')} half read: add the same path again")
    lines += [f"left out: {safe(str(_exclusion_fields(e)))}" for e in coverage.exclusions]
    lines.append(f"store: {megabytes(coverage.bytes_on_disk)}, mapped with catalogue {coverage.catalogue}")
    return lines


def _span(coverage: Coverage) -> list[str]:
    days = list(coverage.days)
    lines = []
    if days:
        gaps = coverage.days_without_logs
        told = f", {plural(len(gaps), 'day')} between without logs" if gaps else ", no day between without logs"
        lines.append(f"days: {days[0]} to {days[-1]}, {plural(len(days), 'day')} with logs{told}")
        lines += [f"  without: {', '.join(gaps[:_SHOWN])}{' …' if len(gaps) > _SHOWN else ''}"] if gaps else []
    if coverage.unknown_time:
        lines.append(f"{plural(coverage.unknown_time, 'event')} at an unknown time")
    return lines


def _counts(counts: object) -> str:
    pairs = sorted(dict(counts).items(), key=lambda item: (-item[1], item[0]))  # type: ignore[call-overload]
    shown = ", ".join(f"{safe(name)} ({number(count)})" for name, count in pairs[:_SHOWN])
    return shown + (f" and {len(pairs) - _SHOWN} more" if len(pairs) > _SHOWN else "") or "none"


def _kinds(kinds: object) -> str:
    counts = dict(kinds)  # type: ignore[call-overload]
    parts = [
        f"{number(counts[kind])} {told}"
        for kind, told in (("no-permission", "that need none"), ("not-a-call", "that are no API calls"))
        if counts.get(kind)
    ]
    return f", {', '.join(parts)}" if parts else ""


def _data_events(seen: object) -> str:
    services = dict(seen)  # type: ignore[call-overload]
    yes = [name for name, found in services.items() if found]
    no = sum(not found for found in services.values())
    told = f"seen for {', '.join(yes)}" if yes else "none seen"
    return f"data events: {told}; of {plural(no, 'other service')} none: what they log, these logs cannot show"


def _listed(title: str, items: object) -> list[str]:
    pairs = list(dict(items).items())  # type: ignore[call-overload]
    if not pairs:
        return []
    rows = table([[name, str(value)] for name, value in pairs[:_SHOWN]])
    more = [f"  … {len(pairs) - _SHOWN} more"] if len(pairs) > _SHOWN else []
    return [f"{title}:", *rows, *more]
