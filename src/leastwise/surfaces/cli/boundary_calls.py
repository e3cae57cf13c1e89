"""What a boundary does to observed calls, as the commands of boundaries tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from leastwise.surfaces.cli.guard_replay import TITLES, group_fields, why
from leastwise.surfaces.cli.text import iso, moment, number, plural, safe, table
from leastwise.synthesize.guardrails.tried import TOLD, Group, Tried
from leastwise.synthesize.replay import VERDICTS, Replay, Verdict

_SHOWN: Final = 20
_LISTED: Final = 4


def call_lines(told: Tried, *, silent: int) -> Iterator[str]:
    """The counts, by account where there are several, then each group of requests that is not as it was.

    `silent` counts those who are to be bound and of whom no call is known.
    """
    found = told.replay
    span = f", {moment(found.first)} to {moment(found.last)}" if found.first else ""
    yield f"{plural(sum(found.calls.values()), 'call')}{span}"
    rows = [(TITLES[one], number(found.calls[one])) for one in VERDICTS if found.calls.get(one)]
    yield from table(rows, right=frozenset({1}))
    if silent:
        yield f"  without any call in the log: {plural(silent, 'principal')}"
    for reason, count in found.left_out.items():
        yield f"  left out: {plural(count, 'call')} {safe(reason)}"
    yield from _accounts(found)
    for verdict in TOLD:
        yield from _groups(TITLES[verdict], [one for one in told.groups if one.verdict == verdict])


def _accounts(found: Replay) -> Iterator[str]:
    accounts = sorted({account for account, _ in found.accounts})
    told: tuple[Verdict, ...] = ("allowed", "breaks", "undecided")
    if len(accounts) > 1:
        yield "accounts:"
        rows = [(one, *(number(found.accounts.get((one, verdict), 0)) for verdict in told)) for one in accounts]
        yield from table([("", "allowed", "break", "open"), *rows], right=frozenset({1, 2, 3}))


def _groups(title: str, groups: Sequence[Group]) -> Iterator[str]:
    if not groups:
        return
    yield f"{title}:"
    for one in groups[:_SHOWN]:
        yield safe(f"  {one.principal}")
        yield safe(f"    {why(one)}")
        actions = [f"{name} {number(calls)}" for name, calls in one.actions.items()]
        yield safe(f"    {plural(one.calls, 'call')}, last {moment(one.last)}: {_several(actions)}")
        if one.resources:
            yield safe(f"    on {_several(one.resources)}")
    if len(groups) > _SHOWN:
        yield f"  and {plural(len(groups) - _SHOWN, 'more group')}: `--json` has them all"


def _several(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + rest


def call_fields(told: Tried) -> dict[str, object]:
    """The same for programs."""
    found = told.replay
    return {
        "calls": {one.replace(" ", "_"): found.calls.get(one, 0) for one in VERDICTS},
        "accounts": [
            {
                "account": account,
                "calls": {one.replace(" ", "_"): found.accounts.get((account, one), 0) for one in VERDICTS},
            }
            for account in sorted({account for account, _ in found.accounts})
        ],
        "groups": list(map(group_fields, told.groups)),
        "first": iso(found.first),
        "last": iso(found.last),
        "left_out": dict(found.left_out),
        "not_considered": list(found.notes),
    }
