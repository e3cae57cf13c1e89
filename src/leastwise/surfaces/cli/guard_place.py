"""`leastwise scp place` and `rcp place`: the highest node at which a policy breaks nothing that was observed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy
from leastwise.surfaces.cli.estates import estate_of, estate_options, masked_fields, masked_lines, secrets_of
from leastwise.surfaces.cli.guard_replay import Control, group_fields, why
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.policy_files import listed_in
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, number, plural, safe, say, table
from leastwise.synthesize.guardrails.nodes import Nodes, node_named, nodes_of
from leastwise.synthesize.guardrails.place import Placing, Spot, placing
from leastwise.synthesize.guardrails.tried import Tried, tried
from leastwise.synthesize.replay import Options, replay
from leastwise.synthesize.trial import Candidate, Placed, Trial
from leastwise.usage.heap import no_collection
from leastwise.usage.observed import Observed, Window, opened
from leastwise.usage.store import Store

SCHEMA = 1
_SHOWN: Final = 5


def place_command(kind: Control) -> click.Command:
    """The command `place` of a policy type of an organisation."""

    @click.command("place")
    @click.argument("files", metavar="FILE...", nargs=-1, required=True)
    @click.option("--in-place-of", metavar="POLICY", help="Id or name of an attached policy whose place it takes.")
    @click.option("--expected", multiple=True, metavar="PATTERN", help="ARN pattern of principals that may break.")
    @click.option("--root", "root", metavar="NODE", help="Only this node and what is under it.")
    @window_options
    @estate_options
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @workspace_option
    @click.pass_obj
    def command(
        workspace: Workspace,
        files: tuple[str, ...],
        in_place_of: str | None,
        expected: tuple[str, ...],
        root: str | None,
        days: int | None,
        since: str | None,
        until: str | None,
        regions: tuple[str, ...],
        excludes: tuple[str, ...],
        snapshot: str | None,
        show_sensitive: bool,
        as_json: bool,
    ) -> int:
        estate = estate_of(snapshot, workspace)
        nodes = nodes_from(estate, root)
        policies = [one for path in files for one in listed_in(path, kind)]
        with no_collection(), opened(Store(workspace.usage)) as observed:
            window = window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes)
            work = _Work(kind, estate, nodes, observed, window, workspace, expected)
            ids = [one.id for top in nodes.roots for one in nodes.accounts(top)]
            found = placing(work.tried(policies, ids, in_place_of), nodes)
            again = work.tried(policies, [one.node.id for one in found.best], in_place_of) if found.best else None
        secrets = frozenset() if show_sensitive else secrets_of(estate)
        if as_json:
            answer(json.dumps(masked_fields(_fields(found, again), secrets), indent=2, ensure_ascii=False))
        else:
            for line in masked_lines(_lines(found, nodes), secrets):
                answer(line)
        if again and again.breaks:
            say(
                f"note: attached there, {plural(len(again.breaks), 'group')} would break all the same: do not attach it"
            )
        is_open = any(one.undecided for one in found.best)
        return 1 if not found.is_whole or (again and again.breaks) else 2 if is_open else 0

    command.help = _HELP.format(kind.upper())
    return command


_HELP: Final = """Find the highest nodes at which the {0} breaks nothing that was observed, or what is `--expected`.

Exit status 0 when the root itself will do, 1 when not, 2 when the log cannot decide some requests there."""


class _Work:
    """A policy tried at any nodes."""

    def __init__(
        self,
        kind: Control,
        estate: Estate,
        nodes: Nodes,
        observed: Observed,
        window: Window,
        workspace: Workspace,
        expected: Sequence[str],
    ) -> None:
        self.kind, self.estate, self.nodes, self.expected = kind, estate, nodes, expected
        self.observed, self.window, self.catalogue = observed, window, load_catalogue(workspace.catalogue)

    def tried(self, policies: Sequence[Policy], targets: Sequence[str], place: str | None) -> Tried:
        """What becomes of every request with the policies at the nodes."""
        placed = tuple(Placed(policy, target, place or "") for policy in policies for target in targets)
        candidate = Candidate(scps=placed) if self.kind == "scp" else Candidate(rcps=placed)
        found = replay(
            self.observed, Trial(candidate, self.estate), catalogue=self.catalogue, options=Options(window=self.window)
        )
        owner = self.estate.owner if self.kind == "rcp" else lambda resource: None
        return tried(found, owner=owner, expected=self.expected)


def nodes_from(estate: Estate, root: str | None) -> Nodes:
    """The organisation, or the part of it under a node."""
    if root is not None:
        nodes, node = node_named(estate, root)
        return Nodes(nodes.tree, top=node)
    found = nodes_of(estate)
    if len(found) != 1:
        raise InputError(
            f"the snapshot holds {number(len(found))} organisations",
            help="say where to begin with `--root NODE`" if found else "collect it from the management account",
        )
    return found[0]


def _lines(found: Placing, nodes: Nodes) -> Iterator[str]:
    heading = ("", "accounts", "calls", "break", "open")
    rows = [
        (
            f"{'  ' * one.depth}{nodes.title(one.node)}{_mark(one, found, nodes)}",
            number(one.accounts),
            number(one.calls),
            number(len(one.breaks)),
            number(len(one.undecided)),
        )
        for one in found.spots
    ]
    yield from table([heading, *rows], right=frozenset({1, 2, 3, 4}), indent="")
    yield ""
    if found.best:
        yield safe(f"place it at: {', '.join(nodes.title(one.node) for one in found.best)}")
    else:
        yield "there is no node where it breaks nothing"
    if not found.is_whole and found.spots:
        yield from _in_the_way(found.spots[0])


def _mark(one: Spot, found: Placing, nodes: Nodes) -> str:
    if nodes.is_managing(one.node):
        return "  not bound"
    return "  <- here" if any(one.node.id == best.node.id for best in found.best) else ""


def _in_the_way(top: Spot) -> Iterator[str]:
    yield "what stands in its way, those with most calls first:"
    for one in sorted(top.breaks, key=lambda group: -group.calls)[:_SHOWN]:
        yield safe(f"  {one.principal}: {why(one)}, {plural(one.calls, 'call')}")
    if len(top.breaks) > _SHOWN:
        yield f"  and {plural(len(top.breaks) - _SHOWN, 'more group')}: `--json` has them all"


def _fields(found: Placing, again: Tried | None) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "best": [one.node.id for one in found.best],
        "nodes": [
            {
                "node": one.node.id,
                "name": one.node.name,
                "type": one.node.type,
                "accounts": one.accounts,
                "calls": one.calls,
                "breaks": list(map(group_fields, one.breaks)) if one.node.type == "account" else len(one.breaks),
                "undecided": list(map(group_fields, one.undecided))
                if one.node.type == "account"
                else len(one.undecided),
            }
            for one in found.spots
        ],
        "tried_there": None if again is None else {"breaks": list(map(group_fields, again.breaks))},
    }
