"""`leastwise used`: the principals, or what one of them did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

import click

from leastwise.model.errors import StoreError
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.settings import Workspace
from leastwise.surfaces.cli.text import answer, iso, moment, number, plural, safe, say, table
from leastwise.usage.observed import Principal, Use, opened
from leastwise.usage.outcomes import DENIED, SUCCEEDED
from leastwise.usage.store import Store

SCHEMA = 1


@click.command()
@click.argument("principal", required=False)
@window_options
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_obj
def used(
    workspace: Workspace,
    principal: str | None,
    days: int | None,
    since: str | None,
    until: str | None,
    regions: tuple[str, ...],
    excludes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show what PRINCIPAL did: action and resource, counts, first and last; denied calls apart.

    PRINCIPAL is an ARN or a short name such as `role/deploy`. Without one, the principals are listed.
    """
    with opened(Store(workspace.usage)) as observed:
        window = window_of(
            observed, days=days, since=since, until=until, regions=regions, excludes=excludes
        )
        if principal is None:
            _show_principals(observed.principals(window), as_json=as_json)
            return
        name = observed.resolve(principal)
        uses = observed.uses(name, window)
    if as_json:
        answer(json.dumps({"schema": SCHEMA, "principal": name, "requests": _requests(uses)}, indent=2))
        return
    if not uses:
        raise StoreError(f"no call by `{name}` in this window")
    _show_uses(name, uses)


def _show_principals(principals: Sequence[Principal], *, as_json: bool) -> None:
    if as_json:
        answer(json.dumps({"schema": SCHEMA, "principals": [_principal_fields(p) for p in principals]}, indent=2))
        return
    for line in principal_lines(principals):
        answer(line)
    say("next: leastwise used PRINCIPAL    leastwise propose PRINCIPAL --explain")


def principal_lines(principals: Sequence[Principal]) -> list[str]:
    """The principals as a table, the busiest first."""
    rows = [["events", "denied", "last", "type", "principal"]]
    rows += [
        [number(p.events), number(p.denied), moment(p.last), p.principal_type, p.name or "(not named)"]
        for p in principals
    ]
    return table(rows, right=frozenset({0, 1}), indent="")


def _principal_fields(principal: Principal) -> dict[str, object]:
    return {
        "principal": principal.name,
        "type": principal.principal_type,
        "account": principal.account,
        "permission_set": principal.permission_set,
        "events": principal.events,
        "succeeded": principal.succeeded,
        "denied": principal.denied,
        "first": iso(principal.first),
        "last": iso(principal.last),
    }


def _requests(uses: Iterable[Use]) -> list[dict[str, object]]:
    """One entry for each action, resource and way of knowing it, with the counts of how its calls ended."""
    merged: dict[tuple[str, str, bool, str, str], dict[str, object]] = {}
    for use in uses:
        action, resource = _asked(use)
        key = (action, resource, bool(use.inferred), use.how, use.kind)
        entry = merged.setdefault(key, _request(use, action, resource))
        entry["count"] = int(str(entry["count"])) + use.count
        for outcome in (SUCCEEDED, DENIED, "failed"):
            entry[outcome] = int(str(entry[outcome])) + (use.count if use.outcome == outcome else 0)
        _extend(entry, use)
    return [_closed(entry) for _, entry in sorted(merged.items())]


def _asked(use: Use) -> tuple[str, str]:
    """What was asked for; a denial names it better than the event does."""
    if use.outcome == DENIED and use.denied_action:
        return use.denied_action, use.denied_resource or use.resource or "*"
    return use.action, use.resource


def _request(use: Use, action: str, resource: str) -> dict[str, object]:
    return {
        "action": action or None,
        "resource": resource or None,
        "count": 0,
        "first": None,
        "last": None,
        SUCCEEDED: 0,
        DENIED: 0,
        "failed": 0,
        "inferred": bool(use.inferred),
        "inferred_from": use.inferred or None,
        "resource_known_by": use.how or None,
        "kind": use.kind,
        "guess": use.is_guess,
        "events": set(),
        "denied_by": set(),
        "denying_policies": set(),
    }


def _extend(entry: dict[str, object], use: Use) -> None:
    entry["first"] = _least(entry["first"], use.first)
    entry["last"] = _most(entry["last"], use.last)
    entry["events"].add(f"{use.event_source}:{use.event_name}")  # type: ignore[attr-defined]
    if use.denied_by:
        entry["denied_by"].add(use.denied_by)  # type: ignore[attr-defined]
    if use.denying_policy:
        entry["denying_policies"].add(use.denying_policy)  # type: ignore[attr-defined]


def _least(one: object, other: datetime | None) -> datetime | None:
    known = [m for m in (one, other) if isinstance(m, datetime)]
    return min(known, default=None)


def _most(one: object, other: datetime | None) -> datetime | None:
    known = [m for m in (one, other) if isinstance(m, datetime)]
    return max(known, default=None)


def _closed(entry: dict[str, object]) -> dict[str, object]:
    times = {k: iso(v) if isinstance(v := entry[k], datetime) else None for k in ("first", "last")}
    sets = {k: sorted(entry[k]) for k in ("events", "denied_by", "denying_policies")}  # type: ignore[call-overload]
    return {**entry, **times, **sets}


def _show_uses(name: str, uses: Sequence[Use]) -> None:
    answer(safe(name))
    requests = _requests(uses)
    parts = (
        ("succeeded", [r for r in requests if r[SUCCEEDED] and r["kind"] == "mapped"], SUCCEEDED),
        ("denied", [r for r in requests if r[DENIED]], DENIED),
        ("failed for another reason", [r for r in requests if r["failed"]], "failed"),
        ("no IAM action is known", [r for r in requests if r["kind"] == "unmapped"], "count"),
        ("no permission needed", [r for r in requests if r["kind"] in ("no-permission", "not-a-call")], "count"),
    )
    for title, entries, counted in parts:
        if entries:
            answer(f"{title}:")
            for line in table([_row(r, counted) for r in entries], right=frozenset({0})):
                answer(line)
    say(f"{plural(len(requests), 'request')} in all; next: leastwise propose {safe(name)} --explain")


def _row(entry: dict[str, object], counted: str) -> list[str]:
    action = str(entry["action"] or ", ".join(entry["events"]))  # type: ignore[call-overload]
    marks = [
        *(["inferred"] if entry["inferred"] else []),
        *(["guess"] if entry["guess"] else []),
        *(["named none"] if entry["resource_known_by"] == "unnamed" else []),
        *([f"by {', '.join(entry['denied_by'])}"] if entry["denied_by"] else []),  # type: ignore[call-overload]
    ]
    told = f"{entry['resource'] or ''}{'  (' + ', '.join(marks) + ')' if marks else ''}"
    return [number(int(str(entry[counted]))), str(entry["last"] or "time unknown")[:16], action, told]
