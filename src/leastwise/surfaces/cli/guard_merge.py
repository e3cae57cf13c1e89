"""`leastwise scp merge` and `rcp merge`: the policies of a node as few short ones, proved to mean the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.model.errors import InputError
from leastwise.prove.verdict import Verdict
from leastwise.surfaces.cli.estates import estate_of, estate_options
from leastwise.surfaces.cli.guard_replay import Control
from leastwise.surfaces.cli.policy_files import listed_in
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, number, plural, safe, say
from leastwise.surfaces.formats.guards import FORMS, Artefact, artefact_fields, written
from leastwise.synthesize.guardrails.effects import Levels
from leastwise.synthesize.guardrails.layers import Layers
from leastwise.synthesize.guardrails.merge import ATTACHABLE, Merged, merged
from leastwise.synthesize.guardrails.nodes import node_named

SCHEMA = 1


def merge_command(kind: Control) -> click.Command:
    """The command `merge` of a policy type of an organisation."""

    @click.command("merge")
    @click.argument("files", metavar="FILE...", nargs=-1)
    @click.option(
        "--at", metavar="NODE", help="Merge what is attached to this root, OU or account, with FILE if given."
    )
    @click.option("--name", default="guard-rails", show_default=True, help="What the merged policies are called.")
    @click.option(
        "--drop-denied-above", "is_dropped", is_flag=True, help="Leave out what a level above denies already."
    )
    @click.option("-f", "--format", "form", type=click.Choice(sorted(FORMS)), default="json", show_default=True)
    @estate_options
    @click.option("--json", "as_json", is_flag=True, help="Print policies, proofs and sizes as one JSON answer.")
    @workspace_option
    @click.pass_obj
    def command(
        workspace: Workspace,
        files: tuple[str, ...],
        at: str | None,
        name: str,
        is_dropped: bool,
        form: str,
        snapshot: str | None,
        show_sensitive: bool,
        as_json: bool,
    ) -> int:
        policies = [one for path in files for one in listed_in(path, kind)]
        above: Levels = ()
        targets: tuple[str, ...] = ()
        if at is not None:
            nodes, node = node_named(estate_of(snapshot, workspace), at)
            layers = Layers(nodes, kind)
            policies = [*(one for one in layers.policies(node) if one.name not in _AWS_OWN[kind]), *policies]
            way = nodes.tree.way(node.id) or (node,)
            above = tuple(map(layers.policies, way[:-1])) if is_dropped else ()
            targets = (node.id,)
        elif is_dropped:
            raise InputError("`--drop-denied-above` is about a node", help="say which with `--at NODE`")
        if not policies:
            raise InputError("there is nothing to merge", help="give FILEs, or `--at NODE`")
        found = merged(policies, kind, catalogue=load_catalogue(workspace.catalogue), above=above)
        made = list(_artefacts(found, name, targets))
        answer(json.dumps(_fields(found, made), indent=2, ensure_ascii=False) if as_json else written(made, form))
        for line in _talk(found, kind):
            say(line)
        return 0 if found.is_proved else 1 if found.verdict is Verdict.FAIL else 2

    command.help = _HELP.format(kind.upper())
    return command


_HELP = """Make several {0}s into as few and as short ones as mean the same, with the proof.

Statements that add nothing are left out, equal ones put together, and what is over the quota is split. Exit status 2
when it is not proved that nothing changes."""

_AWS_OWN = {
    "scp": ("FullAWSAccess (p-FullAWSAccess)",),
    "rcp": ("RCPFullAWSAccess (p-RCPFullAWSAccess)",),
}
"""What AWS attaches stays as it is."""


def _artefacts(found: Merged, name: str, targets: tuple[str, ...]) -> Iterator[Artefact]:
    for place, policy in enumerate(found.policies, 1):
        own = name if len(found.policies) == 1 else f"{name}-{place}"
        yield Artefact(own, replace(policy, name=own), targets, "merged; proved to mean what it takes the place of")


def _talk(found: Merged, kind: Control) -> Iterator[str]:
    yield (
        f"{_sizes(found.before)} became {_sizes(found.after)}; "
        f"{plural(len(found.dropped), 'statement')} left out that added nothing"
    )
    how = ", by comparing statements" if found.is_by_parts else ""
    yield f"{found.verdict}: {'they mean the same' if found.is_proved else 'not proved to mean the same'}{how}"
    if len(found.policies) > ATTACHABLE[kind]:
        yield f"warning: {len(found.policies)} policies are more than the {ATTACHABLE[kind]} that a node can have"
    sids = [one.sid for one in found.dropped if one.sid]
    if sids:
        yield safe(f"left out: {', '.join(sids)}")


def _sizes(sizes: Sequence[int]) -> str:
    return f"{len(sizes)} polic{'y' if len(sizes) == 1 else 'ies'} of {number(sum(sizes))} characters"


def _fields(found: Merged, made: Sequence[Artefact]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "verdict": str(found.verdict),
        "is_by_parts": found.is_by_parts,
        "characters_before": list(found.before),
        "characters_after": list(found.after),
        "left_out": [one.document() for one in found.dropped],
        "policies": [artefact_fields(one) for one in made],
    }
