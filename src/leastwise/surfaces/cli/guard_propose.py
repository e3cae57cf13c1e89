"""`leastwise scp propose`: deny what the accounts under a node never used, tried on the logs at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, get_args

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.risks import Risk
from leastwise.model.errors import InputError
from leastwise.surfaces.cli.estates import estate_of, estate_options
from leastwise.surfaces.cli.guard_page import breaks_table, effect_table, page_of
from leastwise.surfaces.cli.guard_replay import exception_text, group_fields, why
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, iso, moment, number, plural, safe, say
from leastwise.surfaces.formats.decision_page import Table, page
from leastwise.surfaces.formats.guards import FORMS, Artefact, artefact_fields, written
from leastwise.synthesize.guardrails.checked import Checked, checked_at
from leastwise.synthesize.guardrails.exceptions import ArnException, Exempt, exception_of
from leastwise.synthesize.guardrails.nodes import node_named
from leastwise.synthesize.guardrails.tried import Tried, tried
from leastwise.synthesize.guardrails.unused import DENIED, RISKS, Denied, Margin, Proposed, Usage, proposed
from leastwise.synthesize.replay import Options, replay
from leastwise.synthesize.trial import Candidate, Placed, Trial
from leastwise.usage.breadth import account_uses
from leastwise.usage.coverage import data_prefixes_seen
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

SCHEMA = 1
_SHOWN: Final = 8
_PURPOSE: Final[dict[Denied, str]] = {
    "services": "Deny every service that no account under the node was seen to use, later ones included",
    "regions": "Deny every Region in which no account under the node was seen to do anything",
    "actions": "Deny risky actions that no account under the node was seen to use",
}


@dataclass(frozen=True)
class Made:
    """The SCPs, what each would take away at the node, and what would break."""

    several: tuple[Proposed, ...]
    artefacts: tuple[Artefact, ...]
    checks: tuple[Checked, ...]
    tried: Tried


@click.command("propose")
@click.option("--at", metavar="NODE", required=True, help="Root, OU or account that it is for: id or name.")
@click.option(
    "--deny",
    "denied",
    type=click.Choice(DENIED),
    multiple=True,
    default=("services", "regions"),
    show_default=True,
    help="What to deny where it was not used.",
)
@click.option("--risk", "risks", type=click.Choice(get_args(Risk)), multiple=True, help="Risk of the actions to deny.")
@click.option("--keep", multiple=True, metavar="SERVICE", help="Keep this service, though nobody used it.")
@click.option(
    "--margin",
    type=click.Choice(["used", "organization"]),
    default="used",
    show_default=True,
    help="Keep what the accounts under the node used, or what any account of the organisation did.",
)
@click.option(
    "--except", "exceptions", multiple=True, metavar="PATTERN|TAG=VALUE", help="Principals that it leaves out."
)
@click.option("--break-glass", metavar="ARN", help="The role for emergencies, which it leaves out.")
@window_options
@click.option("-f", "--format", "form", type=click.Choice(sorted(FORMS)), default="json", show_default=True)
@click.option("--page", "page_path", type=click.Path(path_type=Path), help="Write a page to decide on, in Markdown.")
@estate_options
@click.option("--json", "as_json", is_flag=True, help="Print policies and evidence as one JSON answer.")
@workspace_option
@click.pass_obj
def propose_command(
    workspace: Workspace,
    at: str,
    denied: tuple[Denied, ...],
    risks: tuple[Risk, ...],
    keep: tuple[str, ...],
    margin: str,
    exceptions: tuple[str, ...],
    break_glass: str | None,
    days: int | None,
    since: str | None,
    until: str | None,
    regions: tuple[str, ...],
    excludes: tuple[str, ...],
    form: str,
    page_path: Path | None,
    snapshot: str | None,
    show_sensitive: bool,
    as_json: bool,
) -> int:
    """Propose SCPs that deny what the accounts under a node never used: services, Regions, risky actions.

    With the evidence, what the same proposal would have denied had it been made a month earlier, and a replay of every
    observed request. Exit status 1 when anything would break.
    """
    catalogue, store = load_catalogue(workspace.catalogue), Store(workspace.usage)
    estate = estate_of(snapshot, workspace)
    nodes, node = node_named(estate, at)
    unknown = [name for name in keep if catalogue.service(name) is None]
    if unknown:
        raise InputError(f"no service `{unknown[0]}`", help="give the prefix of its actions, such as `s3`")
    left_out = [*map(exception_of, exceptions), *([ArnException(break_glass)] if break_glass else [])]
    seen = data_prefixes_seen(store, catalogue)
    with opened(store) as observed:
        window = window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes)
        usage = Usage(
            estate,
            nodes,
            node,
            account_uses(observed, window),
            catalogue,
            Margin(tuple(keep), margin == "organization", seen),
            tuple(left_out),
            tuple(risks) or RISKS,
        )
        several = tuple(proposed(usage, one) for one in dict.fromkeys(denied))
        trial = Trial(Candidate(scps=tuple(Placed(one.policy, node.id) for one in several)), estate)
        found = tried(replay(observed, trial, catalogue=catalogue, options=Options(window=window)), nodes, node)
    checks = tuple(checked_at(one.policy, nodes, node, kind="scp", estate=estate) for one in several)
    artefacts = tuple(Artefact(one.policy.name, one.policy, (node.id,), _PURPOSE[one.denied]) for one in several)
    made = Made(several, artefacts, checks, found)
    answer(json.dumps(_fields(made), indent=2, ensure_ascii=False) if as_json else written(artefacts, form))
    if page_path:
        page_path.write_text("\n".join(_page(made, place, left_out) for place in range(len(several))), encoding="utf-8")
        say(f"written: {safe(str(page_path))}")
    for line in _talk(made):
        say(line)
    return 1 if found.breaks or not all(one.is_sound for one in checks) else 0


def _talk(made: Made) -> Iterator[str]:
    for one, check in zip(made.several, made.checks, strict=True):
        yield safe(
            f"{one.policy.name}: {_counted(one)}; {number(check.characters)} of {number(check.limit)} characters"
        )
        yield from (f"  {line}" for line in _evidence(one))
        if check.characters > check.limit:
            yield "  too long: `leastwise scp merge` may shorten it; or deny fewer risks with `--risk`"
    held = made.tried
    yield (
        f"replay: {plural(sum(held.replay.calls.values()) - held.elsewhere, 'call')}, "
        f"{plural(len(held.breaks), 'group')} would break, {plural(len(held.undecided), 'group')} open"
    )
    for group in held.breaks[:_SHOWN]:
        yield safe(f"  {group.principal}: {why(group)}: {', '.join(list(group.actions)[:_SHOWN])}")
    yield "next: leastwise scp replay FILE --at NODE --plan    leastwise scp place FILE"


def _counted(one: Proposed) -> str:
    kept = _names(sorted(one.kept))
    if one.denied == "regions":
        return f"keeps {kept}"
    what = "service" if one.denied == "services" else "action"
    return f"denies {plural(len(one.names), what)}, keeps {plural(len(one.kept), what)}: {kept}"


def _names(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest


def _evidence(one: Proposed) -> Iterator[str]:
    held = one.evidence
    yield safe(
        f"evidence: {plural(held.calls, 'call')} in {plural(held.days, 'day')}, {moment(held.first)} to "
        f"{moment(held.last)}, of {held.accounts - len(held.silent)} of {plural(held.accounts, 'account')}"
    )
    if held.silent:
        yield safe(f"no call is known of {_names([node.name or node.id for node in held.silent])}")
    if one.holdout is None:
        yield "how sure: not known, the logs are too short to hold some of them out"
    elif one.holdout.denied:
        several = ", ".join(f"{name} ({number(calls)})" for name, calls in list(one.holdout.denied.items())[:_SHOWN])
        yield safe(
            f"how sure: made {one.holdout.days} days earlier, it would have denied "
            f"{plural(one.holdout.calls, 'call')} since: {several}"
        )
    else:
        yield f"how sure: made {one.holdout.days} days earlier, it would have denied nothing since"


def _page(made: Made, place: int, exceptions: Sequence[Exempt]) -> str:
    one, artefact, check = made.several[place], made.artefacts[place], made.checks[place]
    kept = Table(("kept", "why"), list(one.kept.items()))
    breaks = breaks_table(made.tried.breaks, list(map(why, made.tried.breaks)))
    tables = (kept, effect_table(check), breaks)
    told = page_of(one.policy, f"{artefact.told}.", artefact.targets, list(map(exception_text, exceptions)), tables, ())
    return page(replace(told, sections={"How sure": tuple(_evidence(one))}))


def _fields(made: Made) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "policies": [
            {
                **artefact_fields(artefact),
                "denies": one.denied,
                "names": list(one.names),
                "kept": dict(one.kept),
                "evidence": {
                    "calls": one.evidence.calls,
                    "first": iso(one.evidence.first),
                    "last": iso(one.evidence.last),
                    "accounts": one.evidence.accounts,
                    "silent_accounts": [node.id for node in one.evidence.silent],
                },
                "holdout": one.holdout
                and {"days": one.holdout.days, "calls": one.holdout.calls, "denied": dict(one.holdout.denied)},
                "is_sound": check.is_sound,
            }
            for one, artefact, check in zip(made.several, made.artefacts, made.checks, strict=True)
        ],
        "breaks": list(map(group_fields, made.tried.breaks)),
        "undecided": list(map(group_fields, made.tried.undecided)),
    }
