"""`leastwise snapshot`: who is granted what at one moment, taken from AWS or from files, shown, and compared."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from leastwise.estate.diff import Change, diff
from leastwise.estate.documents import Documents
from leastwise.estate.gather import Snapshot, gathered
from leastwise.estate.held import NotRead, Part
from leastwise.estate.offline import read_files
from leastwise.estate.snapshot import ENDING, read_snapshot, snapshots_in, write_archive, write_snapshot
from leastwise.model.errors import InputError
from leastwise.prove.verdict import Gap
from leastwise.surfaces.cli.estates import masked, masked_fields, secrets_in
from leastwise.surfaces.cli.policy_options import pair
from leastwise.surfaces.cli.settings import Workspace
from leastwise.surfaces.cli.text import answer, number, plural, safe, say, table
from leastwise.surfaces.formats.requests import request_fields
from leastwise.usage.heap import no_collection

SCHEMA = 1
_SHOWN = 10
_LEFT_OUT = "LeftOut"
_FROM = "--from"
_UNITS_OF = 64


class _WithPaths(click.Group):
    """`--from` takes every path up to the next option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(_spread(args)) if not args or args[0] not in self.commands else args)


def _spread(args: Sequence[str]) -> Iterator[str]:
    is_taking = is_first = False
    for word in args:
        if word == _FROM:
            is_taking = is_first = True
        elif word.startswith("-") and word != "-":
            is_taking = False
        if is_taking and word != _FROM and not is_first:
            yield _FROM
        is_first = word == _FROM
        yield word


@click.group(cls=_WithPaths, invoke_without_command=True)
@click.option(_FROM, "sources", multiple=True, metavar="PATH…", help="Files and folders to take it from.")
@click.option("--account", default="", metavar="ID", help="The account of files that do not tell theirs.")
@click.option("--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter of a template.")
@click.option("--profile", default="", metavar="NAME", help="Take it from AWS with this profile of the SDK.")
@click.option("--organization", is_flag=True, help="Every active account of the organization, through a role.")
@click.option("--accounts", multiple=True, metavar="ID", help="These accounts alone, through the role.")
@click.option("--role-name", default="leastwise-read", show_default=True, metavar="NAME", help="That role.")
@click.option("--external-id", default="", metavar="ID", help="The external id that the role asks for.")
@click.option("--regions", multiple=True, metavar="REGION", help="These Regions alone.")
@click.option("--last-accessed", is_flag=True, help="Also what IAM tells of last accesses, a job for each principal.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write one file that needs no other.")
@click.option("--json", "as_json", is_flag=True, help="Print what it holds as JSON.")
@click.pass_context
def snapshot(ctx: click.Context, /, sources: tuple[str, ...], out: Path | None, as_json: bool, **asked: object) -> int:
    """Take a snapshot of who is granted what, and keep it in the workspace.

    From files with `--from`: what AWS's command line prints, Terraform plans and states, templates, policies named by
    ARN. Otherwise from AWS, read-only, with the SDK's own sign-in.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    workspace: Workspace = ctx.obj
    taken = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    found = _from_files(sources, taken, asked) if sources else _from_aws(workspace, taken, asked)
    if not found.accounts and not found.organizations and not found.identity_centers:
        for line in _not_read_lines(found.not_read):
            say(line)
        raise InputError(
            "nothing was understood: no snapshot was taken", help="`leastwise snapshot --help` says what can be read"
        )
    path = out or workspace.snapshots / f"{taken.replace(':', '-')}{ENDING}"
    if out is None:
        workspace.make()
    size = write_archive(found, path) if out is not None else write_snapshot(found, path)
    _show(found, as_json=as_json)
    say(f"written: {path} ({number(size)} bytes{'' if out is not None else ' new'}); nothing left this machine")
    return 0


@snapshot.command("show")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def show(workspace: Workspace, path: Path | None, as_json: bool) -> None:
    """Show what a snapshot holds, and what could not be read; the newest if none is named."""
    known = snapshots_in(workspace.snapshots)
    if path is None and not known:
        raise InputError("there is no snapshot", help="take one with `leastwise snapshot`")
    _show(read_snapshot(path or known[-1]), as_json=as_json)


@snapshot.command("diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--show-sensitive", is_flag=True, help="Show external ids, which are masked otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
def diff_command(before: Path, after: Path, show_sensitive: bool, as_json: bool) -> int:
    """Show who gained and lost what between two snapshots, by effect.

    Ends with 1 where anybody gained something, otherwise with 2 where it is not known of somebody. A policy that is
    written otherwise and means the same is no change. Each gain and loss has a request that shows it.
    """
    with no_collection():
        both = (read_snapshot(before), read_snapshot(after))
        found = list(diff(*both))
    secrets = frozenset() if show_sensitive else frozenset(_external_ids(both, found))
    if as_json:
        fields = {"schema": SCHEMA, "changes": [_change_fields(one) for one in found]}
        answer(json.dumps(masked_fields(fields, secrets), indent=2))
    else:
        for one in found:
            for line in _change_lines(one):
                answer(masked(safe(line), secrets))
        gained = sum(bool(one.gained) for one in found)
        lost = sum(bool(one.lost) for one in found)
        answer(f"{plural(len(found), 'change')}: {gained} with something gained, {lost} with something lost")
    if any(one.gained for one in found):
        return 1
    return 2 if any(one.undecided for one in found) else 0


def _external_ids(snapshots: Iterable[Snapshot], found: Iterable[Change]) -> Iterator[str]:
    """The external ids of the trust policies that changed."""
    names = {one.name for one in found if one.subject == "trust policy"}
    documents = Documents()
    for iam in (iam for one in snapshots for iam in one.iam.values()):
        yield from secrets_in(documents.trust(role).policy for role in iam.roles if role.arn in names)


def _from_files(sources: Sequence[str], taken: str, asked: dict[str, object]) -> Snapshot:
    parameters = dict(pair(str(text), "parameter") for text in _texts(asked["parameters"]))
    account = str(asked["account"])
    return gathered(read_files([Path(one) for one in sources], account=account, parameters=parameters), taken=taken)


def _from_aws(workspace: Workspace, taken: str, asked: dict[str, object]) -> Snapshot:
    from leastwise.estate.collect.run import Options, Progress, collect  # it needs the AWS SDK

    _check(asked)
    wanted = json.dumps(asked, sort_keys=True, default=list)
    workspace.make()
    folder = workspace.folder / "collecting" / hashlib.sha256(wanted.encode()).hexdigest()[:16]
    options = Options(
        profile=str(asked["profile"]),
        organization=asked["organization"] is True,
        accounts=_texts(asked["accounts"]),
        role_name=str(asked["role_name"]),
        external_id=str(asked["external_id"]),
        regions=_texts(asked["regions"]),
        last_accessed=asked["last_accessed"] is True,
        folder=folder,
    )

    def told(at: Progress) -> None:
        if at.done % _UNITS_OF == 0 or at.done == at.total:
            click.echo(
                f"\r  {at.done:,} of {at.total:,}  {at.account} {at.region} {at.collector}\x1b[K", err=True, nl=False
            )

    is_terminal = sys.stderr.isatty()
    parts: list[Part] = list(collect(options, progress=told if is_terminal else lambda _: None))
    if is_terminal:
        say()
    shutil.rmtree(folder, ignore_errors=True)
    return gathered(parts, taken=taken, source="aws")


def _check(asked: dict[str, object]) -> None:
    """Raises InputError for what AWS would refuse. AWS STS API Reference, AssumeRole."""
    for name, form, hint in _FORMS:
        values = _texts(asked[name]) or ((str(asked[name]),) if isinstance(asked[name], str) and asked[name] else ())
        wrong = next((value for value in values if not form.fullmatch(value)), None)
        if wrong is not None:
            raise InputError(f"`{wrong}` is no {name.replace('_', ' ').rstrip('s')}", help=hint)


_FORMS = (
    (
        "external_id",
        re.compile(r"[\w+=,.@:/-]{2,1224}"),
        "an external id has 2 to 1,224 letters, digits and `+=,.@:/-_`",
    ),
    ("role_name", re.compile(r"[\w+=,.@/-]{1,512}"), "give the role's name, with its path if it has one"),
    ("accounts", re.compile(r"\d{12}"), "an account has twelve digits"),
    ("regions", re.compile(r"[a-z]{2,}(-[a-z0-9]+)+"), "a Region is written as `eu-west-1`"),
)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, tuple) else ()


def _show(found: Snapshot, *, as_json: bool) -> None:
    if as_json:
        answer(json.dumps(_fields(found), indent=2, ensure_ascii=False))
    else:
        for line in table(list(_rows(found)), right=frozenset({1, 2, 3, 4, 5}), indent=""):
            answer(line)
        for one in found.organizations:
            kinds = Counter(node.type for node in one.nodes)
            counts = (plural(kinds["ou"], "OU"), plural(kinds["account"], "account"))
            types = Counter(policy.type for policy in one.policies)
            ceilings = (plural(types["scp"], "SCP"), plural(types["rcp"], "RCP"))
            answer(f"organization {safe(one.id)}: {', '.join((*counts, *ceilings))}")
        for center in found.identity_centers:
            sets = plural(len(center.permission_sets), "permission set")
            answer(f"identity center: {sets}, {plural(len(center.assignments), 'assignment')}")
    for line in _not_read_lines(found.not_read):
        say(line)


def _rows(found: Snapshot) -> Iterator[tuple[str, ...]]:
    yield ("account", "users", "groups", "roles", "policies", "resources")
    for account in found.accounts:
        iam = found.iam.get(account)
        held = sum(len(one.resources) for one in found.resources.get(account, ()))
        counts = [len(one) for one in (iam.users, iam.groups, iam.roles, iam.policies)] if iam else [0] * 4
        yield (account or "not told", *map(number, (*counts, held)))


def _not_read_lines(items: Iterable[NotRead]) -> Iterator[str]:
    """What was not read, the same operation and reason together, what was left out on request last."""
    alike: dict[tuple[bool, str, str], list[NotRead]] = {}
    for one in items:
        alike.setdefault((one.code == _LEFT_OUT, one.what, one.code or one.reason), []).append(one)
    groups = [found for _, found in sorted(alike.items())]
    for found in groups[:_SHOWN]:
        first = found[0]
        about = " ".join(text for text in (first.account, first.region, first.subject) if text)
        rest = f", and {number(len(found) - 1)} more like it" if len(found) > 1 else ""
        what = "everything" if first.what == "*" else first.what
        yield safe(f"not read: {what}{f' ({about})' if about else ''}{rest}: {first.reason}")
    if len(groups) > _SHOWN:
        yield f"not read: {len(groups) - _SHOWN} more kinds; `leastwise snapshot show --json` has them all"


def _fields(found: Snapshot) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "taken": found.taken,
        "source": found.source,
        "accounts": [
            {
                "account": account,
                "users": [one.arn for one in found.iam[account].users] if account in found.iam else [],
                "groups": [one.arn for one in found.iam[account].groups] if account in found.iam else [],
                "roles": [one.arn for one in found.iam[account].roles] if account in found.iam else [],
                "policies": [one.arn for one in found.iam[account].policies] if account in found.iam else [],
                "resources": [one.arn for part in found.resources.get(account, ()) for one in part.resources],
            }
            for account in found.accounts
        ],
        "organizations": [
            {
                "id": one.id,
                "management_account": one.management_account,
                "nodes": [
                    {
                        "id": node.id,
                        "type": node.type,
                        "name": node.name,
                        "parent": node.parent,
                        "scps": list(node.scps),
                        "rcps": list(node.rcps),
                    }
                    for node in one.nodes
                ],
            }
            for one in found.organizations
        ],
        "not_read": [
            {
                "what": one.what,
                "account": one.account,
                "region": one.region,
                "subject": one.subject,
                "code": one.code,
                "reason": one.reason,
            }
            for one in found.not_read
        ],
    }


def _change_lines(one: Change) -> Iterator[str]:
    came = "" if one.was and one.is_now else " (new)" if one.is_now else " (gone)"
    yield f"{one.subject} {one.name}{came}"
    for word, gaps in (("gained", one.gained), ("lost", one.lost)):
        for gap in gaps[:_SHOWN]:
            yield f"  {word}  {_few(gap.actions)}{_when(gap)}"
            yield f"          such as {gap.witness.action} on {gap.witness.resource}"
        if len(gaps) > _SHOWN:
            yield f"  {word}  {len(gaps) - _SHOWN} more of other actions or under other conditions"
    yield from (f"  not known: {told}" for told in one.undecided)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" … and {number(len(names) - 4)} more" if len(names) > 4 else "")


def _when(gap: Gap) -> str:
    return f" when {'; '.join(gap.when)}" if gap.when else ""


def _change_fields(one: Change) -> dict[str, object]:
    return {
        "subject": one.subject,
        "name": one.name,
        "was": one.was,
        "is_now": one.is_now,
        "accounts": list(one.accounts),
        "gained": [_gap_fields(gap) for gap in one.gained],
        "lost": [_gap_fields(gap) for gap in one.lost],
        "undecided": list(one.undecided),
    }


def _gap_fields(gap: Gap) -> dict[str, object]:
    return {
        "actions": list(gap.actions),
        "who": gap.who,
        "when": list(gap.when),
        "witness": request_fields(gap.witness),
    }
