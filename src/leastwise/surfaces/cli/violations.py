"""`leastwise violations`: what guard rails denied, how often, and whether somebody needs it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.snapshot import read_snapshot
from leastwise.surfaces.cli.estates import estate_options, masked_fields, masked_lines, secrets_of, snapshot_path
from leastwise.surfaces.cli.options import window_of
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, iso, moment, number, plural, safe, say, table
from leastwise.synthesize.guardrails.violation_changes import Change, Granted, NoChange, change_for
from leastwise.synthesize.guardrails.violation_needs import Judgement, judged, successes
from leastwise.synthesize.guardrails.violations import Violation, Violations, violations
from leastwise.usage.heap import no_collection
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

SCHEMA = 1
_SHOWN: Final = 20
_FEW: Final = 3
_MEASURED: Final = 50
"""Changes that are measured, of the needs with most calls."""
_LIMIT: Final = NoChange(f"it is not among the {_MEASURED} needs with most calls, whose changes are measured")
_NO_SNAPSHOT: Final = NoChange("there is no snapshot: the policy is not known")
_TITLES: Final = {
    "scp": "SCP",
    "rcp": "RCP",
    "boundary": "permissions boundary",
    "session": "session policy",
    "identity": "identity policy",
    "resource": "resource policy",
    "trust": "trust policy",
    "endpoint": "endpoint policy",
    "": "not known",
}


@dataclass(frozen=True, slots=True)
class _Told:
    """A violation, whether it is a need, and the change that a need asks for."""

    violation: Violation
    judgement: Judgement
    change: Change | NoChange | None


@click.command("violations")
@click.option("--days", type=click.IntRange(min=1), help="Only the last N days before the newest call.")
@click.option("-P", "--principal", metavar="P", help="Only this principal's calls.")
@click.option("--all-types", is_flag=True, help="Denials by other policy types too, and those of which none is known.")
@estate_options
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@workspace_option
@click.pass_obj
def violations_command(
    workspace: Workspace,
    /,
    days: int | None,
    principal: str | None,
    all_types: bool,
    snapshot: str | None,
    show_sensitive: bool,
    as_json: bool,
) -> None:
    """Show the calls that a boundary, an SCP, an RCP or a session policy denied, and whether somebody needs them.

    Where the log does not say which policy type it was, the snapshot's policies decide the call again. Days count back
    from the newest call in the store.
    """
    path = snapshot_path(snapshot, workspace)
    estate = None if path is None else Estate(read_snapshot(path))
    with no_collection(), opened(Store(workspace.usage)) as observed:
        window = window_of(observed, days=days, since=None, until=None, regions=(), excludes=())
        found = violations(
            observed,
            window,
            catalogue=load_catalogue(workspace.catalogue),
            estate=estate,
            principal=observed.resolve(principal) if principal else "",
            has_all_types=all_types,
        )
        used = successes(observed, found.found)
    told = tuple(_told(found, estate, [judged(one, found.found, used) for one in found.found]))
    secrets = frozenset() if show_sensitive or estate is None else secrets_of(estate)
    if as_json:
        answer(json.dumps(masked_fields(_fields(found, told), secrets), indent=2, ensure_ascii=False))
        return
    for line in masked_lines(_lines(found, told), secrets):
        answer(line)
    for kind, calls in found.others.items():
        say(f"left out: {plural(calls, 'call')} denied by: {_TITLES[kind]}; `--all-types` shows them")


def _told(found: Violations, estate: Estate | None, judgements: Sequence[Judgement]) -> Iterator[_Told]:
    measured = 0
    for one, judgement in zip(found.found, judgements, strict=True):
        change: Change | NoChange | None = None
        if judgement.verdict == "need":
            change = _NO_SNAPSHOT if estate is None else _LIMIT
            if estate is not None and measured < _MEASURED:
                change, measured = change_for(one, estate), measured + 1
        yield _Told(one, judgement, change)


def _lines(found: Violations, told: Sequence[_Told]) -> Iterator[str]:
    calls = sum(one.calls for one in found.found)
    principals = len({one.principal for one in found.found})
    yield f"{plural(len(found.found), 'pattern')}, {plural(calls, 'call')} by {plural(principals, 'principal')}"
    rows = [(_TITLES[kind], number(count)) for kind, count in found.by_type.items()]
    rows.append(("new in the last 7 days", number(len(found.new))))
    yield from table(rows, right=frozenset({1}))
    for verdict in ("need", "no need"):
        some = [one for one in told if one.judgement.verdict == verdict]
        if some:
            yield f"{verdict}:"
        for one in some[:_SHOWN]:
            yield from _one(one)
        if len(some) > _SHOWN:
            yield f"  and {number(len(some) - _SHOWN)} more: `--json` has them all"


def _one(one: _Told) -> Iterator[str]:
    held = one.violation
    reason = held.reason
    yield safe(f"  {held.principal}  {held.action}  {held.shape}")
    how = f"{reason.denial} deny, " if reason.denial else ""
    policy = f" {reason.policy}" if reason.policy else ""
    yield safe(f"    {_TITLES[reason.policy_type]}{policy} ({how}by {reason.by})")
    if not reason.policy_type:
        yield safe(f"    {reason.told}")
    yield f"    {plural(held.calls, 'call')}, {moment(held.first)} to {moment(held.last)}"
    weeks = [(f"week of {week:%Y-%m-%d}", number(calls)) for week, calls in held.weeks.items()]
    yield from table(weeks[-_FEW:], right=frozenset({1}), indent="    ")
    for sign, texts in (("+", one.judgement.reasons), ("-", one.judgement.against)):
        yield from (safe(f"    {sign} {text}") for text in texts)
    if isinstance(one.change, NoChange):
        yield safe(f"    no change is proposed: {one.change.reason}")
    if isinstance(one.change, Change):
        yield from _change(one.change)


def _change(one: Change) -> Iterator[str]:
    word = "an exception" if one.kind == "exception" else "an Allow more"
    yield safe(f"    smallest change: {word} in {one.policy}")
    for statement in one.statements:
        yield safe(f"      {json.dumps(statement.document(), ensure_ascii=False)}")
    for granted in one.grants[:_FEW]:
        when = f" when {' and '.join(granted.when)}" if granted.when else ""
        yield safe(f"      would grant {_actions(granted)}{when}")
    if len(one.grants) > _FEW:
        yield f"      and {plural(len(one.grants) - _FEW, 'difference')} more: `--json` has them all"
    if not one.grants and not one.undecided:
        yield "      would grant nothing by itself: another policy still denies it"
    yield from (safe(f"      not known: {text}") for text in one.undecided[:_FEW])


def _actions(one: Granted) -> str:
    more = f" and {number(len(one.actions) - _FEW)} more" if len(one.actions) > _FEW else ""
    return f"{', '.join(one.actions[:_FEW])}{more}"


def _fields(found: Violations, told: Sequence[_Told]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "newest": iso(found.newest),
        "summary": {
            "patterns": len(found.found),
            "calls": sum(one.calls for one in found.found),
            "calls_by_type": {kind or "unknown": calls for kind, calls in found.by_type.items()},
            "principals": len({one.principal for one in found.found}),
            "principals_by_type": _principals_by_type(found),
            "new_in_last_7_days": len(found.new),
            "needs": sum(one.judgement.verdict == "need" for one in told),
            "left_out_calls": {kind or "unknown": calls for kind, calls in found.others.items()},
        },
        "violations": [_violation_fields(one, found) for one in told],
    }


def _principals_by_type(found: Violations) -> dict[str, int]:
    pairs = {(one.reason.policy_type, one.principal) for one in found.found}
    return dict(sorted(Counter(kind or "unknown" for kind, _ in pairs).items()))


def _violation_fields(one: _Told, found: Violations) -> dict[str, object]:
    held = one.violation
    return {
        "principal": held.principal,
        "action": held.action,
        "resource": held.shape,
        "resources": list(held.resources),
        "policy_type": held.reason.policy_type or None,
        "denial": held.reason.denial or None,
        "policy": held.reason.policy or None,
        "statement": held.reason.statement,
        "reason": held.reason.by,
        "told": held.reason.told or None,
        "calls": held.calls,
        "first": iso(held.first),
        "last": iso(held.last),
        "is_new": held in found.new,
        "days": {day.isoformat(): calls for day, calls in held.days.items()},
        "weeks": {week.isoformat(): calls for week, calls in held.weeks.items()},
        "verdict": one.judgement.verdict,
        "speaks_for_it": list(one.judgement.reasons),
        "speaks_against_it": list(one.judgement.against),
        "change": _change_fields(one.change),
    }


def _change_fields(one: Change | NoChange | None) -> dict[str, object] | None:
    if one is None:
        return None
    if isinstance(one, NoChange):
        return {"kind": "none", "reason": one.reason}
    return {
        "kind": one.kind,
        "policy": one.policy,
        "instead_of": one.instead.document() if one.instead is not None else None,
        "statements": [statement.document() for statement in one.statements],
        "would_grant": [{"actions": list(each.actions), "when": list(each.when)} for each in one.grants],
        "undecided": list(one.undecided),
    }
