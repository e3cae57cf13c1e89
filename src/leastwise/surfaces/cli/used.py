"""`leastwise used`: the principals, or what one of them did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import click

from leastwise.model.errors import StoreError
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, iso, moment, number, plural, safe, say, table
from leastwise.usage.observed import Principal, Use, opened
from leastwise.usage.outcomes import DENIED, FAILED, SUCCEEDED
from leastwise.usage.resources import UNNAMED
from leastwise.usage.store import Store

SCHEMA = 1


@click.command()
@click.argument("principal", required=False)
@window_options
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@workspace_option
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
        window = window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes)
        if principal is None:
            _show_principals(observed.principals(window), as_json=as_json)
            return
        name = observed.resolve(principal)
        uses = observed.uses(name, window)
    if as_json:
        answer(
            json.dumps(
                {"schema": SCHEMA, "principal": name, "requests": [r.fields() for r in requests_of(uses)]},
                indent=2,
            )
        )
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


@dataclass(slots=True)
class Request:
    """One action on one resource with the counts of how its calls ended."""

    action: str
    resource: str
    how: str
    inferred: str
    kind: str
    is_guess: bool
    counts: Counter[str] = field(default_factory=Counter)
    times: list[datetime] = field(default_factory=list)
    events: set[str] = field(default_factory=set)
    denied_by: set[str] = field(default_factory=set)
    denying_policies: set[str] = field(default_factory=set)

    def add(self, use: Use) -> None:
        """The use's calls are among this request's."""
        self.counts[use.outcome] += use.count
        self.times += [moment for moment in (use.first, use.last) if moment]
        self.events.add(f"{use.event_source}:{use.event_name}")
        self.denied_by |= {use.denied_by} - {""}
        self.denying_policies |= {use.denying_policy} - {""}

    def fields(self) -> dict[str, object]:
        """The request as `used --json` has it."""
        return {
            "action": self.action or None,
            "resource": self.resource or None,
            "count": self.counts.total(),
            "first": iso(min(self.times, default=None)),
            "last": iso(max(self.times, default=None)),
            "succeeded": self.counts[SUCCEEDED],
            "denied": self.counts[DENIED],
            "failed": self.counts[FAILED],
            "inferred": bool(self.inferred),
            "inferred_from": self.inferred or None,
            "resource_known_by": self.how or None,
            "kind": self.kind,
            "guess": self.is_guess,
            "events": sorted(self.events),
            "denied_by": sorted(self.denied_by),
            "denying_policies": sorted(self.denying_policies),
        }


def requests_of(uses: Iterable[Use]) -> list[Request]:
    """One request for each action, resource and way of knowing it, sorted."""
    merged: dict[tuple[str, str, str, str, str], Request] = {}
    for use in uses:
        action, resource = _asked(use)
        key = (action, resource, use.inferred, use.how, use.kind)
        if key not in merged:
            merged[key] = Request(action, resource, use.how, use.inferred, use.kind, use.is_guess)
        merged[key].add(use)
    return [request for _, request in sorted(merged.items(), key=lambda item: item[0])]


def _asked(use: Use) -> tuple[str, str]:
    """What was asked for; a denial names it better than the event does."""
    if use.outcome == DENIED and use.denied_action:
        return use.denied_action, use.denied_resource or use.resource or "*"
    return use.action, use.resource


def _show_uses(name: str, uses: Sequence[Use]) -> None:
    answer(safe(name))
    requests = requests_of(uses)
    mapped = [r for r in requests if r.kind == "mapped"]
    parts = (
        ("succeeded", [r for r in mapped if r.counts[SUCCEEDED]], SUCCEEDED),
        ("denied", [r for r in requests if r.counts[DENIED]], DENIED),
        ("failed for another reason", [r for r in requests if r.counts[FAILED]], FAILED),
        ("no IAM action is known", [r for r in requests if r.kind == "unmapped"], ""),
        ("no permission needed", [r for r in requests if r.kind in ("no-permission", "not-a-call")], ""),
    )
    for title, entries, outcome in parts:
        if entries:
            answer(f"{title}:")
            for line in table([_row(r, outcome) for r in entries], right=frozenset({0})):
                answer(line)
    say(f"{plural(len(requests), 'request')} in all; next: leastwise propose {safe(name)} --explain")


def _row(request: Request, outcome: str) -> list[str]:
    count = request.counts[outcome] if outcome else request.counts.total()
    marks = [
        *(["inferred"] if request.inferred else []),
        *(["guess"] if request.is_guess else []),
        *(["named none"] if request.how == UNNAMED else []),
        *([f"by {', '.join(sorted(request.denied_by))}"] if request.denied_by else []),
    ]
    told = f"{request.resource}{'  (' + ', '.join(marks) + ')' if marks else ''}"
    last = moment(max(request.times, default=None))
    return [number(count), last, request.action or ", ".join(sorted(request.events)), told]
