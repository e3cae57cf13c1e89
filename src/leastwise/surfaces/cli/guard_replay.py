"""`leastwise scp replay` and `rcp replay`: an organisation's policy tried on every account under a node."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.held import Node
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy
from leastwise.surfaces.cli.decisions import where
from leastwise.surfaces.cli.estates import estate_of, estate_options, masked_fields, masked_lines, secrets_of
from leastwise.surfaces.cli.guard_page import (
    breaks_table,
    effects_at,
    evidence_table,
    page_of,
    plan_lines_of,
)
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.policy_files import listed_in
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, iso, moment, number, plural, safe, say, table
from leastwise.surfaces.formats.decision_page import page
from leastwise.surfaces.formats.guards import Artefact, written
from leastwise.synthesize.guardrails.exceptions import ArnException, Exempt, excepting
from leastwise.synthesize.guardrails.exempting import Exempting, exempting
from leastwise.synthesize.guardrails.nodes import Nodes, node_named
from leastwise.synthesize.guardrails.tried import TOLD, Group, Step, Tried, plan, tried
from leastwise.synthesize.replay import VERDICTS, Options, Verdict, replay
from leastwise.synthesize.trial import Candidate, Placed, Trial
from leastwise.usage.heap import no_collection
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

Control = Literal["scp", "rcp"]
SCHEMA = 1
_SHOWN: Final = 20
_LISTED: Final = 4
TITLES: Final[dict[Verdict, str]] = {
    "allowed": "still allowed",
    "breaks": "would break",
    "undecided": "cannot be decided from the log",
    "denied already": "allowed once, denied by today's policies already",
    "stays denied": "was denied, stays so",
    "newly allowed": "was denied, would now be allowed",
}
_SHORT: Final[dict[Verdict, str]] = {
    "allowed": "allowed",
    "breaks": "break",
    "undecided": "open",
    "denied already": "denied already",
}


@dataclass(frozen=True)
class Asked:
    """What is tried where: the estate, the organisation and its node."""

    estate: Estate
    nodes: Nodes
    node: Node


def replay_command(kind: Control) -> click.Command:
    """The command `replay` of a policy type of an organisation."""

    @click.command("replay")
    @click.argument("files", metavar="FILE...", nargs=-1, required=True)
    @click.option("--at", "at", metavar="NODE", required=True, help="Root, OU or account to attach it to: id or name.")
    @click.option(
        "--in-place-of", metavar="POLICY", help="Id or name of an attached policy whose place it takes there."
    )
    @click.option("--expected", multiple=True, metavar="PATTERN", help="ARN pattern of principals that may break.")
    @click.option(
        "--plan", "is_planned", is_flag=True, help="Print the steps of a roll-out, from sandbox to production."
    )
    @click.option(
        "--exceptions", "are_sought", is_flag=True, help="Find the smallest exceptions for those that would break."
    )
    @click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the policy with these exceptions.")
    @click.option(
        "--page", "page_path", type=click.Path(path_type=Path), help="Write a page to decide on, in Markdown."
    )
    @click.option("--purpose", default="", metavar="TEXT", help="What the page says that it is for.")
    @click.option("--allow-undecided", is_flag=True, help="Exit 0 also where the log cannot decide some requests.")
    @window_options
    @estate_options
    @click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
    @workspace_option
    @click.pass_obj
    def command(
        workspace: Workspace,
        files: tuple[str, ...],
        at: str,
        in_place_of: str | None,
        expected: tuple[str, ...],
        is_planned: bool,
        are_sought: bool,
        output: Path | None,
        page_path: Path | None,
        purpose: str,
        allow_undecided: bool,
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
        nodes, node = node_named(estate, at)
        asked = Asked(estate, nodes, node)
        policies = [one for path in files for one in listed_in(path, kind)]
        if output and len(policies) > 1:
            raise InputError("`--output` holds one policy", help="give one FILE")
        with no_collection(), opened(Store(workspace.usage)) as observed:
            window = window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes)
            trial = Trial(_candidate(kind, policies, node, in_place_of), estate)
            found = replay(
                observed, trial, catalogue=load_catalogue(workspace.catalogue), options=Options(window=window)
            )
        owner = estate.owner if kind == "rcp" else lambda resource: None
        told = tried(found, nodes, node, owner=owner, expected=expected)
        sought = _sought(told, asked) if are_sought or output else None
        secrets = frozenset() if show_sensitive else secrets_of(estate)
        if as_json:
            answer(json.dumps(masked_fields(_fields(told, asked, sought), secrets), indent=2, ensure_ascii=False))
        else:
            for line in masked_lines(_lines(told, asked, is_planned=is_planned), secrets):
                answer(line)
            for line in exception_lines(sought) if sought else ():
                answer(line)
        if output and sought:
            made = excepting(policies[0], sought.exceptions, organization=nodes.tree.organization.id)
            output.write_text(written([Artefact(output.stem, made)], "json") + "\n", encoding="utf-8")
            say(f"written: {safe(str(output))}")
        if page_path:
            pages = [_page(one, told, asked, kind, purpose) for one in policies]
            page_path.write_text("\n".join(pages), encoding="utf-8")
            say(f"written: {safe(str(page_path))}")
        for note in found.notes:
            say(f"note: {note}")
        if told.breaks:
            return 1
        return 2 if told.undecided and not allow_undecided else 0

    command.help = _HELP.format(kind.upper())
    return command


_HELP: Final = """Decide every observed request of the accounts under a node again, with the {0} attached there.

Grouped by account, principal and statement. Exit status 1 when anything would break that was not announced with
`--expected`, 2 when nothing does and the log cannot decide some of it."""


def _candidate(kind: Control, policies: Sequence[Policy], node: Node, place: str | None) -> Candidate:
    placed = tuple(Placed(policy, node.id, place or "") for policy in policies)
    return Candidate(scps=placed) if kind == "scp" else Candidate(rcps=placed)


def _lines(told: Tried, asked: Asked, *, is_planned: bool) -> Iterator[str]:
    found = told.replay
    yield safe(f"at {asked.nodes.title(asked.node)}: {plural(len(told.bound), 'account')}")
    for node in told.exempt:
        yield safe(f"  not bound: {asked.nodes.title(node)}, the management account")
    span = f", {moment(found.first)} to {moment(found.last)}" if found.first else ""
    calls = sum(found.calls.values()) - told.elsewhere
    yield f"{plural(calls, 'call')}{span}"
    rows = [(TITLES[one], number(_calls(told, one))) for one in VERDICTS if _calls(told, one)]
    yield from table(rows, right=frozenset({1}))
    if told.elsewhere:
        yield f"  of other accounts, which it does not bind: {plural(told.elsewhere, 'call')}"
    for reason, count in found.left_out.items():
        yield f"  left out: {plural(count, 'call')} {safe(reason)}"
    yield from _accounts(told, asked)
    for verdict in TOLD:
        yield from _told(verdict, [one for one in told.groups if one.verdict == verdict])
    if is_planned:
        yield from plan_lines(told, asked.nodes, asked.node)


def _calls(told: Tried, verdict: Verdict) -> int:
    return sum(told.calls(node.id, verdict) for node in told.bound)


def _accounts(told: Tried, asked: Asked) -> Iterator[str]:
    """The accounts in which anything is not as it was."""
    news = [node for node in told.bound if any(told.calls(node.id, one) for one in ("breaks", "undecided"))]
    if not news:
        return
    yield "accounts:"
    heading = ("", *_SHORT.values())
    rows = [(asked.nodes.title(node), *(number(told.calls(node.id, one)) for one in _SHORT)) for node in news]
    yield from table([heading, *rows], right=frozenset(range(1, len(heading))))


def _told(verdict: Verdict, groups: Sequence[Group]) -> Iterator[str]:
    if not groups:
        return
    yield f"{TITLES[verdict]}:"
    account = ""
    for one in groups[:_SHOWN]:
        if one.account != account:
            account = one.account
            yield f"  account {safe(account or 'not known')}"
        yield safe(f"    {one.principal}{'  (expected)' if one.is_expected else ''}")
        yield safe(f"      {why(one)}")
        yield safe(f"      {plural(one.calls, 'call')}, last {moment(one.last)}: {_several(one.actions)}")
        if one.resources:
            yield safe(f"      on {_several(one.resources)}")
    if len(groups) > _SHOWN:
        yield f"  and {plural(len(groups) - _SHOWN, 'more group')}: `--json` has them all"


def _several(names: Sequence[str] | dict[str, int] | object) -> str:
    listed = list(names) if isinstance(names, Sequence) else [f"{name} {number(n)}" for name, n in names.items()]  # type: ignore[attr-defined]
    rest = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return ", ".join(listed[:_LISTED]) + rest


def why(one: Group) -> str:
    """What decides the group, in words."""
    if one.statement is None:
        return one.reason or "no policy that is tried allows it"
    kind = {"scp": "SCP", "rcp": "RCP", "identity": "identity policy"}.get(
        one.statement.policy_type, one.statement.policy_type
    )
    sid = f" ({one.statement.sid})" if one.statement.sid else ""
    return f"{'allowed' if one.verdict == 'newly allowed' else 'denied'} by {kind} {where(one.statement)}{sid}"


def _page(policy: Policy, told: Tried, asked: Asked, kind: Control, purpose: str) -> str:
    nodes, node = asked.nodes, asked.node
    breaks = breaks_table(told.breaks, list(map(why, told.breaks)))
    tables = (evidence_table(told), effects_at(policy, asked.estate, nodes, node, kind), breaks)
    expected = sorted({one.principal for one in told.groups if one.is_expected})
    return page(page_of(policy, purpose, (node.id,), expected, tables, plan_lines_of(told, nodes, node)))


def plan_lines(told: Tried, nodes: Nodes, top: Node) -> Iterator[str]:
    """The steps of a roll-out, with what to watch and how to go back."""
    yield "plan:"
    steps = plan(told, nodes, top)
    for place, one in enumerate(steps, 1):
        yield from _step(place, one, nodes)
    if len(steps) > 1:
        yield safe(f"  {len(steps) + 1}. attach it to {nodes.title(top)} and detach it below")


def _step(place: int, one: Step, nodes: Nodes) -> Iterator[str]:
    yield f"  {place}. {one.stage}: {plural(one.accounts, 'account')}, {plural(one.calls, 'observed call')}"
    if one.canaries:
        yield safe(f"     first: {', '.join(map(nodes.title, one.canaries))}")
    yield safe(f"     attach to: {_several([nodes.title(node) for node in one.targets])}")
    yield f"     known to break: {plural(len(one.breaks), 'group')}; open: {plural(len(one.undecided), 'group')}"
    yield "     watch: `leastwise logs add`, then `leastwise violations --days 2`, for a day with all its jobs at least"
    targets = " ".join(node.id for node in (*one.canaries, *one.targets)[:_LISTED])
    yield safe(f"     back: `aws organizations detach-policy --policy-id ID --target-id TARGET` for {targets}")


def _sought(told: Tried, asked: Asked) -> Exempting:
    """The exceptions for those that would break, which leave out nobody else of the accounts."""
    breaking = {one.principal for one in told.groups if one.verdict == "breaks"}
    ids = {node.id for node in told.bound}
    others = {arn for arn in asked.estate.holders if arn.split(":")[4] in ids}
    return exempting(asked.estate, breaking, others - breaking)


def exception_lines(found: Exempting) -> Iterator[str]:
    """The exceptions, each as `--except` takes it, with whom it leaves out."""
    yield f"exceptions: {number(len(found.covered))}, for {plural(_left_out(found), 'principal')}"
    for one in found.covered:
        yield safe(f"  --except '{exception_text(one.exception)}'  # {plural(len(one.principals), 'principal')}")
    for name in found.left:
        yield safe(f"  no exception can name {name}")


def _left_out(found: Exempting) -> int:
    return len({arn for one in found.covered for arn in one.principals})


def exception_text(one: Exempt) -> str:
    """The exception as `--except` takes it."""
    return one.pattern if isinstance(one, ArnException) else f"{one.key}={one.value}"


def _fields(told: Tried, asked: Asked, sought: Exempting | None) -> dict[str, object]:
    found = told.replay
    return {
        "schema": SCHEMA,
        "node": asked.node.id,
        "accounts": [
            {
                "account": node.id,
                "name": node.name,
                "calls": {verdict.replace(" ", "_"): told.calls(node.id, verdict) for verdict in VERDICTS},
            }
            for node in told.bound
        ],
        "not_bound": [node.id for node in told.exempt],
        "calls_of_other_accounts": told.elsewhere,
        "first": iso(found.first),
        "last": iso(found.last),
        "groups": list(map(group_fields, told.groups)),
        "plan": [
            {
                "stage": one.stage,
                "targets": [node.id for node in one.targets],
                "canaries": [node.id for node in one.canaries],
                "accounts": one.accounts,
                "calls": one.calls,
                "breaks": len(one.breaks),
                "undecided": len(one.undecided),
            }
            for one in plan(told, asked.nodes, asked.node)
        ],
        "exceptions": None
        if sought is None
        else [
            {"exception": exception_text(one.exception), "principals": list(one.principals)} for one in sought.covered
        ],
        "left_out": dict(found.left_out),
        "not_considered": list(found.notes),
    }


def group_fields(one: Group) -> dict[str, object]:
    """The group as JSON answers have it."""
    by = one.statement
    return {
        "verdict": one.verdict.replace(" ", "_"),
        "account": one.account,
        "principal": one.principal,
        "by": by and {"policy_type": by.policy_type, "policy": by.policy, "statement": by.index, "sid": by.sid},
        "reason": one.reason,
        "calls": one.calls,
        "actions": dict(one.actions),
        "resources": list(one.resources),
        "turns_on": list(one.keys),
        "first": iso(one.first),
        "last": iso(one.last),
        "is_expected": one.is_expected,
    }
