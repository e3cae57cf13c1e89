"""`leastwise roles`: broad roles, split into roles for one task each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.held import Role
from leastwise.estate.snapshot import read_snapshot
from leastwise.language.parse import parse_policy
from leastwise.model.errors import InputError, PolicyError
from leastwise.surfaces.cli.estates import masked_fields, secrets_in, snapshot_path
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.propose import proposal_fields
from leastwise.surfaces.cli.role_files import terraform
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, number, plural, safe, say, table
from leastwise.synthesize.propose import Options
from leastwise.synthesize.task_roles import TaskRole, TaskRoles, Today, task_roles
from leastwise.usage.coverage import data_prefixes_seen
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

SCHEMA = 1
_SHOWN = 4


@click.group()
def roles() -> None:
    """Split a role that many jobs share into one role for each job."""


@roles.command("split")
@click.argument("principal")
@window_options
@click.option("--snapshot", metavar="F", help="The snapshot that has the role.  [default: the newest of the workspace]")
@click.option("--show-sensitive", is_flag=True, help="Show external ids, which are masked otherwise.")
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["text", "json", "hcl"]),
    default="text",
    show_default=True,
    help="`hcl` is Terraform: roles, policies and attachments.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON: `-f json`.")
@click.option("--anyway", is_flag=True, help="Write the Terraform even when the split is not worth it.")
@workspace_option
@click.pass_obj
def split_command(
    workspace: Workspace,
    principal: str,
    days: int | None,
    since: str | None,
    until: str | None,
    regions: tuple[str, ...],
    excludes: tuple[str, ...],
    snapshot: str | None,
    show_sensitive: bool,
    form: str,
    as_json: bool,
    anyway: bool,
) -> None:
    """Split PRINCIPAL into task roles, from what its sessions are named and what they did.

    Tells for each task role who would use it, its policies, its trust policy, and what its callers need to assume it;
    and what the split takes away and costs. Whether it is worth it is part of the answer, not of the exit code.
    """
    store, catalogue = Store(workspace.usage), load_catalogue(workspace.catalogue)
    data_seen = data_prefixes_seen(store, catalogue)
    with opened(store) as observed:
        window = window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes)
        name = observed.resolve(principal)
        today = _today(snapshot, workspace, name)
        found = task_roles(
            observed, name, catalogue=catalogue, data_seen=data_seen, options=Options(window), today=today
        )
    if not found.roles:
        raise InputError(f"no call by `{name}` in this window succeeded", help=f"leastwise used {name}")
    secrets = frozenset() if show_sensitive else _secrets(today)
    if as_json or form == "json":
        answer(json.dumps(masked_fields(split_fields(found), secrets), indent=2))
        return
    if form == "text":
        for line in split_lines(found):
            answer(line)
        return
    for line in _verdict(found):
        say(line)
    if found.split.is_worth_it or anyway:
        text = terraform(found)
        if any(secret in text for secret in secrets):
            raise InputError(
                "the trust policy holds an external id, and masked it would let nobody in but those who guess the mask",
                help="give `--show-sensitive` to have it written as it is",
            )
        answer(text.rstrip("\n"))


def _today(snapshot: str | None, workspace: Workspace, name: str) -> Today | None:
    """The role as the snapshot has it; None where there is no snapshot, or no such role in it."""
    path = snapshot_path(snapshot, workspace)
    held = Estate(read_snapshot(path)).holders.get(name) if path is not None else None
    return Today(held.trust, held.path, held.boundary) if isinstance(held, Role) else None


def _secrets(today: Today | None) -> frozenset[str]:
    if today is None or not today.trust:
        return frozenset()
    try:
        return secrets_in([parse_policy(today.trust, kind="trust")])
    except PolicyError:
        return frozenset()


def split_lines(found: TaskRoles) -> Iterator[str]:
    """The split as text: what it brings, then role by role."""
    yield safe(found.principal)
    yield from _verdict(found)
    rows = [["sessions", "actions", "role", "because of"]]
    rows += [
        [number(len(role.task.sessions)), number(len(role.task.granted)), role.name, role.task.reason]
        for role in found.roles
    ]
    yield from table(rows, right=frozenset({0, 1}))
    if len(found.roles) == 1:
        return
    for role in found.roles:
        yield from _role_lines(role)
    yield from _crossing_lines(found)
    if found.split.is_worth_it:
        yield f"next: leastwise roles split {safe(found.principal)} -f hcl"


def _verdict(found: TaskRoles) -> Iterator[str]:
    split = found.split
    if len(split.tasks) == 1:
        yield "not worth splitting: its sessions all do the same work"
        return
    word = "worth splitting" if split.is_worth_it else "not worth splitting"
    yield (
        f"{word}: {len(split.tasks)} task roles; a session could do {_percent(split.blast)} of what it can do now, "
        "by risk weight"
    )
    yield (
        f"cost: {_percent(split.fit)} of sessions would have found all they need in one task role had they not been "
        f"seen; {_percent(split.broad_fit)} in the role as it is used now"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _role_lines(role: TaskRole) -> Iterator[str]:
    yield f"{safe(role.name)}:"
    if role.names:
        yield f"  session names: {_few(role.names)}"
    if role.identities:
        yield f"  source identities: {_few(role.identities)}"
    callers = ", ".join(safe(one.name) for one in role.callers[:_SHOWN]) or "not in the log"
    more = f" and {len(role.callers) - _SHOWN} more" if len(role.callers) > _SHOWN else ""
    yield f"  assumed by: {callers}{more}"
    yield f"  trust policy: {role.trust_from}"
    policies = role.proposal.policies
    yield f"  policies: {len(policies)} ({', '.join(number(p.size) for p in policies)} characters)"
    if role.task.kept:
        yield f"  kept, though it did not use them: {', '.join(sorted(role.task.kept))}"


def _few(counts: Mapping[str, int]) -> str:
    shown = ", ".join(f"{safe(name)} ({number(count)})" for name, count in list(counts.items())[:_SHOWN])
    return shown + (f" and {number(len(counts) - _SHOWN)} more" if len(counts) > _SHOWN else "")


def _crossing_lines(found: TaskRoles) -> Iterator[str]:
    crossing = found.split.crossing
    if not crossing:
        return
    names = list(dict.fromkeys(found.sessions[place].name or "(not named)" for place in crossing))
    more = f" and {number(len(names) - _SHOWN)} more" if len(names) > _SHOWN else ""
    yield f"{plural(len(crossing), 'session')} did the work of two: {', '.join(map(safe, names[:_SHOWN]))}{more}"


def split_fields(found: TaskRoles) -> dict[str, object]:
    """The split as `roles split --json` has it."""
    split = found.split
    return {
        "schema": SCHEMA,
        "principal": found.principal,
        "is_worth_it": split.is_worth_it,
        "sessions": len(found.sessions),
        "blast": round(split.blast, 4),
        "fit": round(split.fit, 4),
        "broad_fit": round(split.broad_fit, 4),
        "crossing": _crossing_fields(found),
        "roles": [_role_fields(role) for role in found.roles],
    }


def _crossing_fields(found: TaskRoles) -> Sequence[Mapping[str, object]]:
    used = [found.sessions[place] for place in found.split.crossing]
    return [{"session": one.name, "actions": sorted(one.actions)} for one in used]


def _role_fields(role: TaskRole) -> dict[str, object]:
    proposal = proposal_fields(role.proposal)
    return {
        "name": role.name,
        "arn": role.arn,
        "reason": role.task.reason,
        "sessions": len(role.task.sessions),
        "session_names": dict(role.names),
        "source_identities": dict(role.identities),
        "callers": [{"principal": c.name, "type": c.principal_type, "provider": c.provider} for c in role.callers],
        "actions": sorted(role.task.actions),
        "kept": sorted(role.task.kept),
        "policies": proposal["policies"],
        "unknown": proposal["unknown"],
        "trust_policy": dict(role.trust),
        "trust_policy_from": role.trust_from,
        "assume_policy": dict(role.assume),
    }
