"""`leastwise boundary propose`: a permissions boundary from use, with the guards that keep it on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.snapshot import read_snapshot
from leastwise.model.policy import MANAGED_POLICY_LIMIT, size
from leastwise.surfaces.cli.boundary_calls import call_fields
from leastwise.surfaces.cli.boundary_check import checked_fields, escape_lines
from leastwise.surfaces.cli.boundary_replay import Asked, asked_of
from leastwise.surfaces.cli.boundary_targets import policy_arns, target_options
from leastwise.surfaces.cli.estates import estate_options, masked_fields, masked_lines, secrets_of, snapshot_path
from leastwise.surfaces.cli.guard_replay import why
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.policy_options import Given
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, iso, moment, number, plural, safe, say
from leastwise.surfaces.formats.decision_page import DecisionPage, Table, page
from leastwise.surfaces.formats.guards import FORMS, Artefact, artefact_fields, written
from leastwise.synthesize.guardrails.boundaries import Checked
from leastwise.synthesize.guardrails.designed import Brief, Designed, designed, proved, wider
from leastwise.synthesize.guardrails.needs import Needs, needs_of
from leastwise.synthesize.guardrails.stopped import stopped, together
from leastwise.synthesize.guardrails.tried import Tried, tried
from leastwise.synthesize.guardrails.width import LEVELS, Level, Width
from leastwise.usage.heap import no_collection
from leastwise.usage.observed import Observed, Window, opened
from leastwise.usage.outcomes import SUCCEEDED
from leastwise.usage.store import Store

SCHEMA = 1
_SHOWN: Final = 8
_PURPOSE: Final = "What these principals used at most, and nobody of them may leave it"
_TOLD: Final[dict[Level, str]] = {
    "actions": "by action",
    "same": "by patterns of no other action",
    "reading": "reading by verb",
    "verbs": "by verb",
    "service": "whole",
}
_NEEDED: Final = frozenset({SUCCEEDED})


@dataclass(frozen=True)
class Made:
    """The boundary, what it rests on, what it does to the observed calls, and whether its guards hold.

    `checks` are None where no snapshot tells who else there is.
    """

    design: Designed
    needs: Needs
    artefacts: tuple[Artefact, ...]
    tried: Tried
    checks: tuple[Checked, ...] | None


@click.command("propose")
@click.argument("principals", metavar="[PRINCIPAL]...", nargs=-1)
@target_options
@click.option("--allow", "services", multiple=True, metavar="SERVICE", help="A service that is allowed whole.")
@click.option("--name", default="leastwise-boundary", show_default=True, help="What the policy is to be called.")
@click.option("--guards/--no-guards", "has_guards", default=True, show_default=True, help="Deny what would leave it.")
@click.option("--protect", "protected", multiple=True, metavar="ARN", help="A policy that must not be changed either.")
@click.option(
    "--level",
    type=click.Choice([one for one in LEVELS if one != "same"]),
    default="actions",
    show_default=True,
    help="The narrowest that is tried; wider ones where the quota leaves no room.",
)
@window_options
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(sorted(FORMS)),
    default="json",
    show_default=True,
    help="Format of the policies.",
)
@click.option("--page", "page_path", type=click.Path(path_type=Path), help="Write a page to decide on, in Markdown.")
@estate_options
@click.option("--json", "as_json", is_flag=True, help="Print policies and evidence as one JSON answer.")
@workspace_option
@click.pass_obj
def propose_command(
    workspace: Workspace,
    /,
    principals: tuple[str, ...],
    services: tuple[str, ...],
    name: str,
    has_guards: bool,
    protected: tuple[str, ...],
    level: Level,
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
    **given: object,
) -> int:
    """Propose one boundary for principals from what they used, and prove that it holds.

    It lets through every action that a call needed, those that are granted and that no log can show, and the services
    that are allowed; as narrow as one policy has room for. Its guards keep it on. Every observed request is decided
    again under it. Exit status 1 when anything would break, or when there is a way out of it; 2 when neither is so and
    something of it could not be settled.
    """
    path = snapshot_path(snapshot, workspace)
    estate = None if path is None else Estate(read_snapshot(path))
    brief = Brief(name, services, policy_arns(protected, "--protect"), has_guards, level)
    with no_collection(), opened(Store(workspace.usage)) as observed:
        window = window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes)
        asked = asked_of(observed, estate, Given(given), principals)
        made = _made(observed, asked, brief, window, workspace)
    secrets = frozenset() if show_sensitive or estate is None else secrets_of(estate)
    if as_json:
        answer(json.dumps(masked_fields(_fields(made), secrets), indent=2, ensure_ascii=False))
    else:
        answer(written(made.artefacts, form))
    if page_path:
        text = "\n".join(_page(made, one) for one in made.artefacts)
        page_path.write_text("\n".join(masked_lines(text.splitlines(), secrets)) + "\n", encoding="utf-8")
        say(f"written: {safe(str(page_path))}")
    for line in masked_lines(_talk(made), secrets):
        say(line)
    answers = {one.answer for one in made.checks or ()}
    if made.tried.breaks or "FAIL" in answers:
        return 1
    return 2 if made.tried.undecided or "UNKNOWN" in answers else 0


def _made(observed: Observed, asked: Asked, brief: Brief, window: Window, workspace: Workspace) -> Made:
    catalogue, estate = load_catalogue(workspace.catalogue), asked.estate
    needs = needs_of(observed, asked.principals, estate=estate, catalogue=catalogue, window=window, outcomes=_NEEDED)
    design = designed(needs, asked.principals, brief, catalogue=catalogue)
    replays = [
        stopped(
            observed,
            policy,
            design.of_account(account),
            estate=estate,
            catalogue=catalogue,
            window=window,
            outcomes=_NEEDED,
        )
        for account, policy in design.policies.items()
    ]
    artefacts = tuple(
        Artefact(design.name, policy, design.of_account(account), _PURPOSE)
        for account, policy in design.policies.items()
    )
    checks = proved(design, estate, brief.protected) if estate is not None and brief.has_guards else None
    return Made(design, needs, artefacts, tried(together(replays)), checks)


def _talk(made: Made) -> Iterator[str]:
    needs, most = made.needs, max(size(policy.document()) for policy in made.design.policies.values())
    yield safe(
        f"{made.design.name}: for {plural(len(made.design.principals), 'principal')}, {number(most)} of "
        f"{number(MANAGED_POLICY_LIMIT)} characters"
    )
    yield from (f"  {line}" for line in _evidence(needs))
    for one in wider(made.design)[:_SHOWN]:
        yield safe(f"  wider than needed: {_width(one)}")
    if len(wider(made.design)) > _SHOWN:
        yield f"  and {plural(len(wider(made.design)) - _SHOWN, 'more service')}: `--json` has them all"
    held = made.tried
    yield (
        f"replay: {plural(sum(held.replay.calls.values()), 'call')}, "
        f"{plural(len(held.breaks), 'group')} would break, {plural(len(held.undecided), 'group')} open"
    )
    for group in (*held.breaks, *held.undecided)[:_SHOWN]:
        yield safe(f"  {group.principal}: {why(group)}: {_names(tuple(group.actions))}")
    yield from _proof(made.checks)


def _evidence(needs: Needs) -> Iterator[str]:
    span = f", {moment(needs.first)} to {moment(needs.last)}" if needs.first else ""
    yield f"evidence: {plural(needs.calls, 'call')} for {plural(len(needs.used), 'action')}{span}"
    if needs.hidden:
        names = _names(tuple(needs.hidden))
        yield safe(f"kept without a call, for no log can show it: {plural(len(needs.hidden), 'action')}: {names}")
    if needs.silent:
        yield safe(f"no call is known of {_names(needs.silent)}")


def _width(one: Width) -> str:
    return f"{one.service} {_TOLD[one.level]}, {number(one.needed)} needed, {plural(len(one.more), 'more action')}"


def _names(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest


def _proof(checks: Sequence[Checked] | None) -> Iterator[str]:
    if checks is None:
        yield "not proved to hold: that takes a snapshot, and guards"
        return
    for one in checks:
        yield safe(f"{one.answer} {one.bound.boundary}: {_ANSWERS[one.answer]}")
        yield from escape_lines(one)
        yield from (safe(f"  not known: {why}") for why in dict.fromkeys(doubt.why for doubt in one.doubts))


_ANSWERS: Final = {
    "PASS": "nobody bound can leave it",
    "FAIL": "it can be left",
    "UNKNOWN": "no way out was found, and something is not known",
}


def _page(made: Made, artefact: Artefact) -> str:
    rows = [
        (one.action, number(one.calls), number(one.principals), moment(one.last))
        for one in sorted(made.needs.used, key=lambda one: -one.calls)
    ]
    checks = [one for one in made.checks or () if set(one.bound.principals) == set(artefact.targets)]
    return page(
        DecisionPage(
            artefact.name,
            artefact.policy,
            f"{_PURPOSE}.",
            artefact.targets,
            Table(("action", "calls", "principals", "last"), rows),
            (),
            Table(
                ("question", "answer"),
                [("whether those bound can leave it", one.answer) for one in checks],
                "Not proved: that takes a snapshot, and guards.",
            ),
            Table(
                ("principal", "calls", "by"),
                [(one.principal, number(one.calls), why(one)) for one in made.tried.breaks],
                "Nobody, of all observed requests.",
            ),
            {
                "Wider than needed": tuple(map(_width, wider(made.design))) or ("nowhere",),
                "Kept without a call": tuple(f"{name}: {reason}" for name, reason in made.needs.hidden.items())
                or ("nothing",),
                "Ways out": tuple(line.strip() for one in checks for line in escape_lines(one)) or ("none found",),
            },
        )
    )


def _fields(made: Made) -> dict[str, object]:
    needs = made.needs
    return {
        "schema": SCHEMA,
        "policies": [artefact_fields(one) for one in made.artefacts],
        "evidence": {
            "calls": needs.calls,
            "first": iso(needs.first),
            "last": iso(needs.last),
            "actions": [
                {
                    "action": one.action,
                    "calls": one.calls,
                    "principals": one.principals,
                    "first": iso(one.first),
                    "last": iso(one.last),
                }
                for one in needs.used
            ],
            "kept_without_call": dict(needs.hidden),
            "without_calls": list(needs.silent),
        },
        "services": [
            {"service": one.service, "level": one.level, "patterns": list(one.patterns), "more": list(one.more)}
            for one in made.design.widths
        ],
        "replay": call_fields(made.tried),
        "proof": None if made.checks is None else [checked_fields(one) for one in made.checks],
    }
