"""`leastwise measure`: how permissive policies are, in numbers, and what changed between two."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import get_args

import click

from leastwise.model.errors import InputError
from leastwise.model.policy import KINDS, Kind
from leastwise.prove.actions import action_index
from leastwise.prove.exposure import Named, PublicAddresses
from leastwise.prove.measure import ALPHABET, LENGTH, Change, Headline, Measure, compare
from leastwise.prove.measure import measure as measured
from leastwise.surfaces.cli.policy_files import policy_in
from leastwise.surfaces.cli.text import answer, number, plural, safe, table

SCHEMA = 1
_SHOWN_NAMES = 8
_TITLES: dict[Headline, str] = {
    "actions": "actions",
    "services": "services",
    "accounts": "accounts",
    "public": "for everyone",
    "ipv4": "public IPv4",
    "ipv6": "public IPv6",
    "unknown_actions": "unknown actions",
    "pairs": "log2",
}
assert _TITLES.keys() == set(get_args(Headline))


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--type", "kind", type=click.Choice(KINDS), default="identity", show_default=True, help="What the policies are."
)
@click.option("--against", metavar="OLD", help="Show what changed from this policy to FILE.")
@click.option("--fail-if-wider", is_flag=True, help="Exit 1 when a number grew from OLD to FILE.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def measure(files: tuple[str, ...], kind: Kind, against: str | None, fail_if_wider: bool, as_json: bool) -> int:
    """Measure how permissive each policy is: actions by access level, services, accounts, public addresses, and the
    logarithm of the number of action and resource pairs that it allows.

    FILE may be `-` for standard input. No number is below what the policy grants: conditions of Allows are taken to
    hold, Denies with conditions are left out.
    """
    _check(files, against, fail_if_wider)
    measures = [(path, measured(policy_in(path, kind))) for path in files]
    change = compare(measured(policy_in(against, kind)), measures[0][1]) if against else None
    if as_json:
        answer(json.dumps(_fields(measures, kind, change), indent=2, ensure_ascii=False))
    else:
        for line in _change_lines(change) if change else _all_lines(measures):
            answer(line)
    return _code(change) if fail_if_wider else 0


def _check(files: Sequence[str], against: str | None, fail_if_wider: bool) -> None:
    if against and len(files) > 1:
        raise InputError("`--against` compares one policy with another", help="give one FILE")
    if fail_if_wider and not against:
        raise InputError("`--fail-if-wider` needs a policy to compare with", help="give it with `--against OLD`")
    if [*files, against].count("-") > 1:
        raise InputError("standard input can be read once", help="give a file in the place of one `-`")


def _code(change: Change | None) -> int:
    """0 when no number grew, 1 when one did, 2 when that is not known."""
    if change is None or change.is_wider is False:
        return 0
    return 1 if change.is_wider else 2


def _all_lines(measures: Sequence[tuple[str, Measure]]) -> Iterator[str]:
    for place, (path, found) in enumerate(measures):
        if place:
            yield ""
        yield "standard input" if path == "-" else safe(path)
        yield from table(_rows(found))
        yield from (f"  {line}" for line in _reservations(found))


def _rows(found: Measure) -> Iterator[tuple[str, str]]:
    yield "actions", f"{number(len(found.actions))} of {number(len(action_index().names))}"
    for level, names in found.levels.items():
        yield f"  {level}", number(len(names))
    yield "services", _counted(found.services)
    if found.unknown_actions:
        yield "unknown actions", _counted(found.unknown_actions)
    yield "accounts", _named(found.accounts)
    if found.principals != Named(()):
        yield "principals", _named(found.principals)
        yield "for everyone", found.public
    yield "public addresses", _addresses(found.addresses)
    yield "log2", f"{_log2(found)} of action and resource pairs, resources of up to {LENGTH} letters"


def _reservations(found: Measure) -> Iterator[str]:
    if found.conditional_allows:
        yield f"conditions taken to hold: {plural(found.conditional_allows, 'Allow')}"
    if found.conditional_denies:
        yield f"left out, with conditions or for some principals: {_times(found.conditional_denies, 'Deny', 'Denies')}"
    if found.variables:
        yield f"resources with policy variables, read as widely as can be: {number(found.variables)}"


def _times(count: int, one: str, many: str) -> str:
    return f"{number(count)} {one if count == 1 else many}"


def _counted(names: Sequence[str]) -> str:
    return f"{number(len(names))}: {_few(names)}" if names else "0"


def _named(found: Named) -> str:
    if not found.is_any:
        return _counted(found.names)
    return f"any, by name {_few(found.names)}" if found.names else "any"


def _few(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN_NAMES
    shown = ", ".join(names[:_SHOWN_NAMES])
    return f"{shown} … and {number(more)} more" if more > 0 else shown


def _addresses(found: PublicAddresses) -> str:
    return "any" if found.is_any else f"{number(found.v4)} IPv4, {number(found.v6)} IPv6"


def _log2(found: Measure) -> str:
    if found.pairs is None:
        return "not known: too much to count"
    return "none" if found.log2 is None else f"{found.log2:,.3f}"


def _change_lines(change: Change) -> Iterator[str]:
    yield {True: "wider", False: "no number grew", None: "not known"}[change.is_wider]
    yield from table((_TITLES[name], *_told(change, name), _turn(change, name)) for name in _TITLES)
    for sign, moved in (("gained", change.gained), ("lost", change.lost)):
        for what, names in moved.items():
            if names:
                yield f"{sign} {what.replace('_', ' ')}: {safe(_few(names))}"
    for title, found in (("old", change.old), ("new", change.new)):
        yield from (f"{title}, {line}" for line in _reservations(found))


def _told(change: Change, name: Headline) -> tuple[str, str]:
    return _value(change.old, name), _value(change.new, name)


def _value(found: Measure, name: Headline) -> str:
    if name == "pairs":
        return _log2(found)
    if name == "public":
        return found.public
    counts: dict[Headline, int | None] = {
        "actions": len(found.actions),
        "services": len(found.services),
        "accounts": found.accounts.number,
        "ipv4": None if found.addresses.is_any else found.addresses.v4,
        "ipv6": None if found.addresses.is_any else found.addresses.v6,
        "unknown_actions": len(found.unknown_actions),
    }
    count = counts[name]
    return "any" if count is None else number(count)


def _turn(change: Change, name: Headline) -> str:
    if name in change.not_known:
        return "not known"
    return "wider" if name in change.wider else "narrower" if name in change.narrower else "same"


def _fields(measures: Sequence[tuple[str, Measure]], kind: Kind, change: Change | None) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "type": kind,
        "resource_length": LENGTH,
        "alphabet": ALPHABET,
        "policies": [{"name": path, **_measure_fields(found)} for path, found in measures],
        "change": _change_fields(change) if change else None,
    }


def _measure_fields(found: Measure) -> dict[str, object]:
    return {
        "actions": len(found.actions),
        "levels": {level: list(names) for level, names in found.levels.items()},
        "services": list(found.services),
        "unknown_actions": list(found.unknown_actions),
        "accounts": {"any": found.accounts.is_any, "names": list(found.accounts.names)},
        "principals": {"any": found.principals.is_any, "names": list(found.principals.names)},
        "for_everyone": found.public,
        "public_addresses": {
            "any": found.addresses.is_any,
            "ipv4": found.addresses.v4,
            "ipv6": str(found.addresses.v6),
        },
        "log2": found.log2,
        "pairs": None if found.pairs is None else str(found.pairs),
        "conditional_allows": found.conditional_allows,
        "conditional_denies": found.conditional_denies,
        "variables": found.variables,
    }


def _change_fields(change: Change) -> dict[str, object]:
    return {
        "is_wider": change.is_wider,
        "wider": list(change.wider),
        "narrower": list(change.narrower),
        "not_known": list(change.not_known),
        "gained": {what: list(names) for what, names in change.gained.items()},
        "lost": {what: list(names) for what, names in change.lost.items()},
        "old": _measure_fields(change.old),
    }
