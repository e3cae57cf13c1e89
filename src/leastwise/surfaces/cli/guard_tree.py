"""`leastwise scp tree` and `rcp tree`: the organisation with what the policies of each level take away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import click

from leastwise.estate.held import Node
from leastwise.model.policy import Statement
from leastwise.surfaces.cli.estates import estate_of, estate_options, masked_fields, masked_lines, secrets_of
from leastwise.surfaces.cli.guard_place import nodes_from
from leastwise.surfaces.cli.guard_replay import Control
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, number, plural, safe
from leastwise.surfaces.formats.requests import asker, request_fields
from leastwise.synthesize.guardrails.deputies import Hole, holes
from leastwise.synthesize.guardrails.effects import Part
from leastwise.synthesize.guardrails.layers import Escape, Layers, Stage
from leastwise.synthesize.guardrails.nodes import Nodes

SCHEMA = 1
_NAMED: Final = 4
_VALUES: Final = 3


@dataclass(frozen=True, slots=True)
class Found:
    """Every node with what its policies do, what is missing, and what strangers get through."""

    stages: tuple[Stage, ...]
    escapes: tuple[Escape, ...]
    holes: tuple[Hole, ...]


def tree_command(kind: Control) -> click.Command:
    """The command `tree` of a policy type of an organisation."""

    @click.command("tree")
    @click.option("--root", "root", metavar="NODE", help="Only this node and what is under it.")
    @click.option("--fail-on", type=click.Choice(["gap"]), help="Exit 1 when something is missing or open.")
    @estate_options
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @workspace_option
    @click.pass_obj
    def command(
        workspace: Workspace,
        root: str | None,
        fail_on: str | None,
        snapshot: str | None,
        show_sensitive: bool,
        as_json: bool,
    ) -> int:
        estate = estate_of(snapshot, workspace)
        nodes = nodes_from(estate, root)
        layers = Layers(nodes, kind)
        found = Found(tuple(layers.stages()), tuple(layers.escapes()), tuple(holes(layers)) if kind == "rcp" else ())
        secrets = frozenset() if show_sensitive else secrets_of(estate)
        if as_json:
            answer(json.dumps(masked_fields(_fields(found), secrets), indent=2, ensure_ascii=False))
        else:
            for line in masked_lines(_lines(found, nodes, kind), secrets):
                answer(line)
        return 1 if fail_on and (found.escapes or found.holes) else 0

    command.help = _HELP.format(kind.upper())
    return command


_HELP: Final = """Show the organisation with what the {0}s of each level take away, by their effect.

Statements that say what is denied above already, levels that let through a list only, services that a level closes,
nodes without a policy that most of their siblings have, and RCPs that AWS services pass for strangers."""


def _lines(found: Found, nodes: Nodes, kind: Control) -> Iterator[str]:
    for stage in found.stages:
        yield from _stage(stage, nodes)
    yield ""
    yield f"{_EXEMPT[kind]}"
    if found.escapes:
        yield ""
        yield "missing, though most siblings have it:"
    for escape in found.escapes:
        yield from _escape(escape, nodes)
    if found.holes:
        yield ""
        yield "kept from strangers, but not from AWS services that work for them:"
    for hole in found.holes:
        yield from _hole(hole, nodes)


def _hole(one: Hole, nodes: Nodes) -> Iterator[str]:
    yield safe(f"  {nodes.title(one.node)}: {one.policy}:{one.index + 1}, in {plural(len(one.accounts), 'account')}")
    source = one.witness.context.get("aws:SourceOrgID")
    yield safe(f"    lets through {one.witness.action} by {asker(one.witness).arn} with aws:SourceOrgID {source}")
    yield "    ask for aws:SourceOrgID where aws:PrincipalIsAWSService is true: `leastwise rcp template` has it"


_EXEMPT: Final[dict[Control, str]] = {
    "scp": "not bound by any SCP: principals of the management account, service-linked roles, and AWS services",
    "rcp": "not bound by any RCP: resources of the management account, service-linked roles, and services without RCPs",
}


def _stage(stage: Stage, nodes: Nodes) -> Iterator[str]:
    margin = "  " * stage.depth
    exempt = "  not bound: the management account" if stage.is_exempt else ""
    yield safe(f"{margin}{nodes.title(stage.node)}{exempt}")
    if stage.is_exempt:
        return
    for part in stage.parts:
        if part.effect != "lets through":
            yield safe(f"{margin}    {part.policy}:{part.index + 1} {_part(part)}")
    if stage.closed.is_list:
        several = stage.closed.services
        yield safe(f"{margin}    lets through a list: {number(stage.closed.left)} actions left{_services(several)}")
    elif stage.closed.services:
        yield safe(f"{margin}    {number(stage.closed.left)} actions left{_services(stage.closed.services)}")


def _services(names: Sequence[str]) -> str:
    return f"; closes {_listed(names)}" if names else ""


def _part(part: Part) -> str:
    if part.effect == "not known":
        return "is not known, or could not be decided"
    return f"{_EFFECTS[part.effect]} {in_words(part.statement)}"


_EFFECTS: Final = {
    "takes away": "takes away",
    "denied above": "adds nothing: denied above already:",
    "denied beside": "adds nothing: another statement here denies it:",
    "without effect": "denies nothing:",
}


def in_words(one: Statement) -> str:
    """The statement in a line: its actions, resources and conditions, the first of each."""
    actions = ("everything but " if one.is_not_action else "") + _listed(one.actions)
    where = "" if "*" in one.resources and not one.is_not_resource else f" on {_listed(one.resources)}"
    if one.is_not_resource:
        where = f" on all but {_listed(one.resources)}"
    conditions = [
        f"{key} {operator} {_listed(values, _VALUES)}"
        for operator, block in one.conditions.items()
        for key, values in block.items()
    ]
    return f"{actions}{where}{' if ' + ' and '.join(conditions) if conditions else ''}"


def _listed(names: Sequence[str], most: int = _NAMED) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _escape(one: Escape, nodes: Nodes) -> Iterator[str]:
    yield safe(f"  {nodes.title(one.node)}: {one.policy}")
    yield safe(f"    {plural(len(one.siblings), 'sibling')} under {nodes.title(one.parent)} have it")
    if one.witness is not None:
        yield safe(f"    lets through {one.witness.action} on {one.witness.resource}")
    else:
        yield f"    {one.verdict}: not proved to let through more"


def _fields(found: Found) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "nodes": [
            {
                **_node(stage.node),
                "parent": stage.node.parent,
                "is_exempt": stage.is_exempt,
                "policies": list(stage.policies),
                "statements": [
                    {
                        "policy": part.policy,
                        "statement": part.index,
                        "sid": part.statement.sid,
                        "effect": part.effect.replace(" ", "_"),
                        "actions": part.actions,
                        "conditional": part.conditional,
                    }
                    for part in stage.parts
                ],
                "is_list": stage.closed.is_list,
                "actions_left": stage.closed.left,
                "closes": list(stage.closed.services),
            }
            for stage in found.stages
        ],
        "escapes": [
            {
                **_node(one.node),
                "policy": one.policy,
                "siblings": [node.id for node in one.siblings],
                "verdict": str(one.verdict),
                "witness": None
                if one.witness is None
                else {"action": one.witness.action, "resource": one.witness.resource},
            }
            for one in found.escapes
        ],
        "holes": [
            {
                **_node(one.node),
                "policy": one.policy,
                "statement": one.index,
                "accounts": [node.id for node in one.accounts],
                "witness": request_fields(one.witness),
                "refused": request_fields(one.refused),
            }
            for one in found.holes
        ],
    }


def _node(node: Node) -> dict[str, object]:
    return {"node": node.id, "name": node.name, "type": node.type}
