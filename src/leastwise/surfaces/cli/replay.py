"""`leastwise replay`: every observed request decided again under policies that are to be tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.snapshot import read_snapshot
from leastwise.model.decision import Determining
from leastwise.model.errors import InputError
from leastwise.model.policy import Kind, Policy
from leastwise.surfaces.cli.bundles import text_of
from leastwise.surfaces.cli.decisions import where
from leastwise.surfaces.cli.estates import estate_options, masked_fields, masked_lines, secrets_of, snapshot_path
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.policy_files import listed_in, policy_in
from leastwise.surfaces.cli.policy_options import Given
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, moment, number, plural, safe, say, table
from leastwise.synthesize.documents import replay_document
from leastwise.synthesize.replay import VERDICTS, Options, Replay, Replayed, Verdict, replay
from leastwise.synthesize.trial import Candidate, Placed, Trial
from leastwise.usage.heap import no_collection
from leastwise.usage.observed import Observed, opened
from leastwise.usage.outcomes import FAILED, SUCCEEDED
from leastwise.usage.store import Store

F = TypeVar("F", bound=Callable[..., object])
SCHEMA = 1
_SHOWN: Final = 20
_TITLES: Final[dict[Verdict, str]] = {
    "allowed": "still allowed",
    "breaks": "would break",
    "undecided": "cannot be decided from the log",
    "denied already": "denied by today's policies as well",
    "stays denied": "was denied, stays so",
    "newly allowed": "was denied, would now be allowed",
}


def _candidate_options(command: F) -> F:
    """The command takes policies to try."""
    for option in (
        click.option("--rcp", "rcps", multiple=True, metavar="[TARGET=]F", help="RCP to try, as `--scp`."),
        click.option(
            "--scp",
            "scps",
            multiple=True,
            metavar="[TARGET=]F",
            help="SCP to try at a root, OU or account, or in the place of an SCP of that name; at every account "
            "where no target is given.",
        ),
        click.option("--boundary", metavar="F", help="Permissions boundary to try."),
        click.option("--proposal", metavar="F", help="The policies of a bundle of `propose`, for its principal."),
        click.option("--policy", "policies", multiple=True, metavar="F", help="Identity policy to try; all of them."),
    ):
        command = option(command)
    return command


@click.command("replay")
@_candidate_options
@click.option("-P", "--principal", metavar="PRINCIPAL", help="Only this principal's requests.")
@click.option("--all", "is_all", is_flag=True, help="Everybody's requests.")
@window_options
@click.option("--include-failed", is_flag=True, help="Calls that failed for a reason other than a denial count too.")
@click.option("--allow-undecided", is_flag=True, help="Exit 0 also where the log cannot decide some requests.")
@estate_options
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@workspace_option
@click.pass_obj
def replay_command(
    workspace: Workspace,
    /,
    principal: str | None,
    is_all: bool,
    days: int | None,
    since: str | None,
    until: str | None,
    regions: tuple[str, ...],
    excludes: tuple[str, ...],
    include_failed: bool,
    allow_undecided: bool,
    snapshot: str | None,
    show_sensitive: bool,
    as_json: bool,
    **given: object,
) -> int:
    """Decide every observed request again under policies that are to be tried.

    Identity policies and a boundary take the place of those that the principal has; SCPs and RCPs come beside what is
    attached, or take the place of what they name. All else that binds a request comes from the snapshot, if there is
    one. Exit status 1 when anything would break, 2 when nothing does and the log cannot decide some of it.
    """
    given_options = Given(given)
    proposal = given_options.text("proposal")
    if proposal is not None:
        principal, policies = _proposed(proposal, given_options, principal)
        candidate = replace(_others(given_options), identity=policies)
    else:
        candidate = _candidate(given_options, principal, is_all=is_all)
    estate = _estate(snapshot, workspace)
    with no_collection(), opened(Store(workspace.usage)) as observed:
        options = Options(
            window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes),
            observed.resolve(principal) if principal else "",
            frozenset({SUCCEEDED, FAILED} if include_failed else {SUCCEEDED}),
        )
        found = _replayed(observed, Trial(candidate, estate), workspace, options)
    secrets = frozenset() if show_sensitive or estate is None else secrets_of(estate)
    if as_json:
        answer(json.dumps(masked_fields(replay_fields(found), secrets), indent=2, ensure_ascii=False))
    else:
        for line in masked_lines(replay_lines(found), secrets):
            answer(line)
    for note in found.notes:
        say(f"note: {note}")
    if found.breaks:
        return 1
    is_open = any(not one.was_denied for one in found.of("undecided"))
    return 2 if is_open and not allow_undecided else 0


def _replayed(observed: Observed, trial: Trial, workspace: Workspace, options: Options) -> Replay:
    return replay(observed, trial, catalogue=load_catalogue(workspace.catalogue), options=options)


def _estate(given: str | None, workspace: Workspace) -> Estate | None:
    path = snapshot_path(given, workspace)
    return None if path is None else Estate(read_snapshot(path))


def _proposed(path: str, options: Given, principal: str | None) -> tuple[str, tuple[Policy, ...]]:
    """The principal and the policies of a bundle."""
    if principal or options.has("policies"):
        raise InputError("`--proposal` says of whom and which policies", help="leave out `--principal` and `--policy`")
    from leastwise.synthesize.bundle import proposed_in  # brings the prover, which a replay does without

    return proposed_in(text_of(Path(path)))


def _candidate(options: Given, principal: str | None, *, is_all: bool) -> Candidate:
    names = ("policies", "boundary", "scps", "rcps")
    if not any(options.has(name) for name in names):
        hint = "give `--policy F`, `--proposal F`, `--boundary F`, `--scp F` or `--rcp F`"
        raise InputError("there is nothing to try", help=hint)
    if principal and is_all:
        raise InputError("`--principal` and `--all` are both given", help="give one of them")
    if options.has("policies") and not principal:
        raise InputError("identity policies are of one principal", help="say whose with `--principal`")
    if options.has("boundary") and not (principal or is_all):
        raise InputError("a boundary is of principals", help="say whose with `--principal`, or `--all`")
    policies = tuple(one for path in options.texts("policies") for one in listed_in(path, "identity"))
    return replace(_others(options), identity=policies or None)


def _others(options: Given) -> Candidate:
    """What is tried besides identity policies."""
    boundary = options.text("boundary")
    return Candidate(
        boundary=policy_in(boundary, "boundary") if boundary else None,
        scps=tuple(_placed(text, "scp") for text in options.texts("scps")),
        rcps=tuple(_placed(text, "rcp") for text in options.texts("rcps")),
    )


def _placed(text: str, kind: Kind) -> Placed:
    target, found, path = text.rpartition("=")
    return Placed(policy_in(path, kind), target) if found else Placed(policy_in(text, kind))


def replay_lines(found: Replay) -> Iterator[str]:
    """The counts, then what would break, what cannot be told, and what else is news."""
    requests = sum(found.requests.values())
    span = f", {moment(found.first)} to {moment(found.last)}" if requests else ""
    yield f"{plural(requests, 'distinct request')}, {plural(sum(found.calls.values()), 'call')}{span}"
    counted = [
        (_TITLES[one], number(found.requests[one]), number(found.calls[one]))
        for one in VERDICTS
        if found.requests.get(one)
    ]
    yield from table(counted, right=frozenset({1, 2}))
    for reason, calls in found.left_out.items():
        yield f"  left out: {plural(calls, 'call')} {safe(reason)}"
    for verdict in ("breaks", "undecided", "denied already", "newly allowed"):
        yield from _told(_TITLES[verdict], found.of(verdict))


def _told(title: str, rows: Sequence[Replayed]) -> Iterator[str]:
    if not rows:
        return
    yield f"{title}:"
    for one in rows[:_SHOWN]:
        request = one.request
        on = "on whatever resource" if request.is_any else request.resource
        yield safe(f"  {request.principal}  {request.action}  {on}")
        yield safe(f"    {plural(request.events, 'call')}, last {moment(request.last)}: {_why(one)}")
    if len(rows) > _SHOWN:
        yield f"  and {number(len(rows) - _SHOWN)} more: `--json` has them all"


def _why(one: Replayed) -> str:
    by = dict.fromkeys(f"{_type(found)} {where(found)}{f' ({found.sid})' if found.sid else ''}" for found in one.by)
    if by and one.verdict != "newly allowed":
        return f"denied by {', '.join(by)}"
    if by:
        return f"allowed by {', '.join(by)}"
    return one.reason or "no policy that is tried allows it"


def _type(found: Determining) -> str:
    return {"identity": "identity policy", "scp": "SCP", "rcp": "RCP"}.get(found.policy_type, found.policy_type)


def replay_fields(found: Replay) -> dict[str, object]:
    """The replay as `replay --json` has it."""
    return {"schema": SCHEMA, **replay_document(found)}
