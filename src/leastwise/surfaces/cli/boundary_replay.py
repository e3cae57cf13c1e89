"""`leastwise boundary replay`: what would break if a boundary were put on principals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.snapshot import read_snapshot
from leastwise.model.errors import InputError
from leastwise.surfaces.cli.boundary_calls import call_fields, call_lines
from leastwise.surfaces.cli.boundary_targets import is_told, meant, target_options
from leastwise.surfaces.cli.estates import estate_options, masked_fields, masked_lines, secrets_of, snapshot_path
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.policy_files import policy_in
from leastwise.surfaces.cli.policy_options import Given
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, plural, say
from leastwise.synthesize.guardrails.stopped import stopped
from leastwise.synthesize.guardrails.tried import Tried, tried
from leastwise.usage.heap import no_collection
from leastwise.usage.observed import Observed, opened
from leastwise.usage.outcomes import FAILED, SUCCEEDED
from leastwise.usage.store import Store

SCHEMA = 1
_KINDS: Final = (":role/", ":user/")


@dataclass(frozen=True)
class Asked:
    """Whom the boundary is to bind, and the estate that they are of, None where there is no snapshot."""

    principals: tuple[str, ...]
    estate: Estate | None


@click.command("replay")
@click.argument("file")
@click.option("-P", "--principal", "principals", multiple=True, metavar="PRINCIPAL", help="Whom it is to bind.")
@target_options
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
    file: str,
    principals: tuple[str, ...],
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
    """Decide every observed request of principals again, with the boundary of FILE put on them.

    Grouped by account, principal and statement. Exit status 1 when anything would break, 2 when nothing does and the
    log cannot decide some of it.
    """
    options, policy = Given(given), policy_in(file, "boundary")
    path = snapshot_path(snapshot, workspace)
    estate = None if path is None else Estate(read_snapshot(path))
    with no_collection(), opened(Store(workspace.usage)) as observed:
        window = window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes)
        asked = asked_of(observed, estate, options, principals)
        found = stopped(
            observed,
            policy,
            asked.principals,
            estate=estate,
            catalogue=load_catalogue(workspace.catalogue),
            window=window,
            outcomes=frozenset({SUCCEEDED, FAILED} if include_failed else {SUCCEEDED}),
        )
        silent = len(set(asked.principals).difference(observed.names(window)))
    told = tried(found)
    secrets = frozenset() if show_sensitive or estate is None else secrets_of(estate)
    if as_json:
        answer(json.dumps(masked_fields(_fields(told, asked, silent), secrets), indent=2, ensure_ascii=False))
    else:
        answer(f"boundary on {plural(len(asked.principals), 'principal')}")
        for line in masked_lines(call_lines(told, silent=silent), secrets):
            answer(line)
    for note in found.notes:
        say(f"note: {note}")
    if told.breaks:
        return 1
    return 2 if told.undecided and not allow_undecided else 0


def asked_of(observed: Observed, estate: Estate | None, options: Given, principals: tuple[str, ...]) -> Asked:
    """Whom the options mean; raises InputError."""
    if not is_told(options, principals):
        raise InputError(
            "a boundary is of principals", help="say whose with `--principal`, `--group`, `--tag`, `--ou` or `--all`"
        )
    if estate is not None:
        return Asked(meant(estate, options, principals), estate)
    if any(options.has(name) for name in ("groups", "tags", "node")):
        raise InputError("groups, tags and OUs are of a snapshot", help="take one with `leastwise snapshot`")
    if options.flag("is_all"):
        everyone = tuple(one for one in observed.names() if any(kind in one for kind in _KINDS))
        if not everyone:
            raise InputError("there is no principal to bind", help="the logs show no call of a user or role")
        return Asked(everyone, None)
    found = tuple(sorted({observed.resolve(one) for one in principals}))
    for one in found:
        if not any(kind in one for kind in _KINDS):
            raise InputError(f"`{one}` is no user or role", help="a boundary is of users and roles alone")
    return Asked(found, None)


def _fields(told: Tried, asked: Asked, silent: int) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "principals": list(asked.principals),
        "without_calls": silent,
        **call_fields(told),
    }
