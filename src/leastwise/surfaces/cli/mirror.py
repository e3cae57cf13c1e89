"""`leastwise mirror`: a copy of a principal for a development account, to try a proposal without risk."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.held import Role
from leastwise.estate.snapshot import read_snapshot
from leastwise.model.arn import parse_arn
from leastwise.model.errors import InputError
from leastwise.surfaces.cli.estates import snapshot_path
from leastwise.surfaces.cli.mirror_files import FORMS
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, number, plural, safe, say
from leastwise.synthesize.mirror import Mirror, Substitution, mirror
from leastwise.synthesize.propose import Options, propose
from leastwise.synthesize.task_roles import Today
from leastwise.usage.coverage import data_prefixes_seen
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

SCHEMA = 1


@click.command("mirror")
@click.argument("principal")
@click.option("--account", required=True, metavar="ID", help="The account of the copy.")
@click.option(
    "--map-account", "map_accounts", multiple=True, metavar="FROM=TO", help="Another account; may be repeated."
)
@click.option("--map-region", "map_regions", multiple=True, metavar="FROM=TO", help="A Region; may be repeated.")
@click.option(
    "--map-prefix",
    "map_prefixes",
    multiple=True,
    metavar="FROM=TO",
    help="How names begin, as `prod-=dev-`; repeatable.",
)
@window_options
@click.option("--snapshot", metavar="F", help="The snapshot that has the role.  [default: the newest of the workspace]")
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice([*sorted(FORMS), "plan", "json"]),
    default="hcl",
    show_default=True,
    help="`plan` is the calls to try; `json` is everything.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON: `-f json`.")
@click.option(
    "--simulate",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write inputs of `aws iam simulate-custom-policy` into this folder.",
)
@workspace_option
@click.pass_obj
def mirror_command(
    workspace: Workspace,
    principal: str,
    account: str,
    map_accounts: tuple[str, ...],
    map_regions: tuple[str, ...],
    map_prefixes: tuple[str, ...],
    days: int | None,
    since: str | None,
    until: str | None,
    regions: tuple[str, ...],
    excludes: tuple[str, ...],
    snapshot: str | None,
    form: str,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Copy PRINCIPAL to another account: a role with the proposed policies, its trust policy and boundary mapped.

    With it comes a plan of the calls that the log shows, mapped too: try them there before you tighten here.
    External ids of the trust policy are written as they are.
    """
    store, catalogue = Store(workspace.usage), load_catalogue(workspace.catalogue)
    data_seen = data_prefixes_seen(store, catalogue)
    with opened(store) as observed:
        asked = window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes)
        name = observed.resolve(principal)
        mapped = _substitution(name, account, map_accounts, map_regions, map_prefixes)
        found = propose(observed, name, catalogue=catalogue, data_seen=data_seen, options=Options(asked))
        uses = observed.uses(name, asked)
    if not found.policies:
        raise InputError(f"no call by `{name}` in this window succeeded", help=f"leastwise used {name}")
    today, boundary = _today(snapshot, workspace, name)
    copy = mirror(found, uses, mapped=mapped, today=today, boundary=boundary)
    if folder is not None:
        _write_simulations(copy, folder)
    for warning in copy.warnings:
        say(f"warning: {safe(warning)}")
    if as_json or form == "json":
        answer(json.dumps(mirror_fields(copy), indent=2))
    elif form == "plan":
        for line in plan_lines(copy):
            answer(line)
    else:
        answer(FORMS[form](copy).rstrip("\n"))


def _substitution(
    name: str, account: str, accounts: tuple[str, ...], regions: tuple[str, ...], prefixes: tuple[str, ...]
) -> Substitution:
    if not (len(account) == 12 and account.isdecimal()):
        raise InputError(f"`{safe(account)}` is no account id", help="write the 12 digits of the copy's account")
    own = parse_arn(name)
    known = _pairs(accounts, "--map-account")
    if own is not None and own.account:
        known.setdefault(own.account, account)
    return Substitution(known, _pairs(regions, "--map-region"), _pairs(prefixes, "--map-prefix"))


def _pairs(texts: tuple[str, ...], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        old, found, new = text.partition("=")
        if not found or not old:
            raise InputError(f"cannot read `{option} {safe(text)}`", help=f"write {option} FROM=TO")
        pairs[old] = new
    return pairs


def _today(snapshot: str | None, workspace: Workspace, name: str) -> tuple[Today | None, str | None]:
    """The role as the snapshot has it, and the text of its boundary's document where that is known."""
    path = snapshot_path(snapshot, workspace)
    if path is None:
        return None, None
    estate = Estate(read_snapshot(path))
    held = estate.holders.get(name)
    if not isinstance(held, Role):
        return None, None
    boundary = estate.managed(held.boundary) if held.boundary else None
    return Today(held.trust, held.path, held.boundary), boundary.document if boundary else None


def _write_simulations(copy: Mirror, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for place, body in enumerate(copy.simulations, 1):
            (folder / f"simulate-{place:03}.json").write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write into `{folder}`: {(error.strerror or str(error)).lower()}") from None
    say(f"written: {plural(len(copy.simulations), 'input')} of the simulator in {safe(str(folder))}")
    say("next: aws iam simulate-custom-policy --cli-input-json file://…/simulate-001.json")
    if copy.left_out:
        say(f"left out: {plural(copy.left_out, 'call')} on resources that are known as a pattern alone")


def plan_lines(copy: Mirror) -> Iterator[str]:
    """The calls to try, as text, the most frequent first."""
    yield f"as {safe(copy.name)}, try:"
    for call in copy.plan:
        if call.inferred:
            continue
        logged = ", ".join(map(safe, call.events))
        yield f"  {call.action} on {safe(call.resource)}: {number(call.count)} in the log, as {logged}"
    inferred = [call for call in copy.plan if call.inferred]
    if inferred:
        yield "needed by these calls and not calls of their own:"
        yield from (f"  {call.action} on {safe(call.resource)}" for call in inferred)


def mirror_fields(copy: Mirror) -> Mapping[str, object]:
    """The copy as `mirror --json` has it."""
    return {
        "schema": SCHEMA,
        "principal": copy.principal,
        "role": {"name": copy.name, "path": copy.path, "trust_policy": copy.trust, "boundary": copy.boundary},
        "boundary_policy": copy.boundary_policy.document if copy.boundary_policy else None,
        "policies": [{"name": one.name, "document": one.document} for one in copy.policies],
        "plan": [
            {
                "action": call.action,
                "resource": call.resource,
                "count": call.count,
                "events": list(call.events),
                "inferred": call.inferred,
            }
            for call in copy.plan
        ],
        "simulations": list(copy.simulations),
        "left_out": copy.left_out,
        "warnings": list(copy.warnings),
    }
