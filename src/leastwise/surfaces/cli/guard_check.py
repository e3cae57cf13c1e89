"""`leastwise scp check` and `rcp check`: a policy of an organisation looked at before it is attached."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click

from leastwise.model.errors import Diagnostic
from leastwise.model.finding import Finding
from leastwise.model.policy import Policy
from leastwise.surfaces.cli.diagnostics import fault_lines
from leastwise.surfaces.cli.estates import estate_of, estate_options
from leastwise.surfaces.cli.guard_replay import Control
from leastwise.surfaces.cli.guard_tree import in_words
from leastwise.surfaces.cli.policy_files import listed_in
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, number, plural, safe
from leastwise.synthesize.guardrails.checked import Checked, checked, checked_at
from leastwise.synthesize.guardrails.effects import Part
from leastwise.synthesize.guardrails.nodes import node_named

SCHEMA = 1


def check_command(kind: Control) -> click.Command:
    """The command `check` of a policy type of an organisation."""

    @click.command("check")
    @click.argument("files", metavar="FILE...", nargs=-1, required=True)
    @click.option("--at", metavar="NODE", help="Root, OU or account that it is to be attached to: id or name.")
    @estate_options
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @workspace_option
    @click.pass_obj
    def command(
        workspace: Workspace,
        files: tuple[str, ...],
        at: str | None,
        snapshot: str | None,
        show_sensitive: bool,
        as_json: bool,
    ) -> int:
        policies = [one for path in files for one in listed_in(path, kind)]
        found = _at(policies, kind, at, snapshot, workspace) if at else [checked(one, kind) for one in policies]
        if as_json:
            answer(json.dumps({"schema": SCHEMA, "policies": list(map(_fields, found))}, indent=2, ensure_ascii=False))
        else:
            for one in found:
                for line in _lines(one):
                    answer(line)
        return 0 if all(one.is_sound for one in found) else 1

    command.help = _HELP.format(kind.upper())
    return command


_HELP = """Look at the {0} before it is attached: its faults, its quota, and what each statement would take away.

With `--at`, under the policies that bind the node already: what is denied above adds nothing. Exit status 1 for a
fault, or for a policy that the quotas do not let in."""


def _at(
    policies: Sequence[Policy], kind: Control, at: str, snapshot: str | None, workspace: Workspace
) -> list[Checked]:
    estate = estate_of(snapshot, workspace)
    nodes, node = node_named(estate, at)
    return [checked_at(one, nodes, node, kind=kind, estate=estate) for one in policies]


def _lines(one: Checked) -> Iterator[str]:
    is_long = "" if one.characters <= one.limit else ": too long"
    yield safe(f"{one.policy.name}")
    yield f"  {number(one.characters)} of {number(one.limit)} characters, white space left out{is_long}"
    if one.attached is not None:
        is_full = "" if one.attached <= one.attachable else ": too many"
        yield f"  {one.attached} of {one.attachable} policies at the node{is_full}"
    for part in one.parts:
        yield safe(f"  {part.index + 1}{_sid(part)}: {_told(part, one)}")
    yield from fault_lines([_diagnostic(found) for found in one.findings], level="finding")


def _sid(part: Part) -> str:
    return f" ({part.statement.sid})" if part.statement.sid else ""


def _told(part: Part, one: Checked) -> str:
    if part.effect == "lets through":
        return f"lets through {in_words(part.statement)}"
    if part.effect in ("denied above", "denied beside", "without effect"):
        return f"adds nothing, {_WHY[part.effect]}: {in_words(part.statement)}"
    if part.effect == "not known":
        return f"could not be decided: {in_words(part.statement)}"
    count = plural(part.actions, "known action") + " whole" if part.actions else ""
    count = count or plural(part.conditional, "known action") + " in part"
    holders = one.granted.get(part.index)
    granted = "" if holders is None else f"; {plural(holders, 'principal')} there may be granted some of it"
    return f"takes away {in_words(part.statement)} ({count}{granted})"


_WHY = {
    "denied above": "denied above already",
    "denied beside": "denied by another statement at the node",
    "without effect": "nothing is allowed that it denies",
}


def _diagnostic(found: Finding) -> Diagnostic:
    return Diagnostic(found.code, f"{found.message} [{found.name}]", found.path, None, found.help, None)


def _fields(one: Checked) -> dict[str, object]:
    return {
        "policy": one.policy.name,
        "characters": one.characters,
        "limit": one.limit,
        "attached": one.attached,
        "attachable": one.attachable,
        "is_sound": one.is_sound,
        "statements": [
            {
                "statement": part.index,
                "sid": part.statement.sid,
                "effect": part.effect.replace(" ", "_"),
                "actions": part.actions,
                "conditional": part.conditional,
                "principals_granted": one.granted.get(part.index),
            }
            for part in one.parts
        ],
        "findings": [
            {"code": found.code, "name": found.name, "severity": found.severity, "message": found.message}
            for found in one.findings
        ],
    }
