"""`leastwise who-can`: every principal of a snapshot that may do something, directly or through roles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click

from leastwise.estate.ask import Answer, who_can
from leastwise.estate.assemble import Estate
from leastwise.estate.assume import Chain, chains
from leastwise.estate.patterns import Amount, Reach, who_can_pattern
from leastwise.estate.people import assigned
from leastwise.model.decision import ALLOW, DEPENDS
from leastwise.model.errors import InputError
from leastwise.surfaces.cli.estates import (
    Names,
    estate_of,
    estate_options,
    fact_options,
    facts_of,
    held_in,
    masked,
    masked_fields,
    secrets_in,
)
from leastwise.surfaces.cli.policy_options import Given, switches_of
from leastwise.surfaces.cli.settings import Workspace
from leastwise.surfaces.cli.text import answer, plural, safe, say, table
from leastwise.surfaces.formats.requests import request_fields
from leastwise.usage.heap import no_collection

SCHEMA = 1


@click.command("who-can")
@click.argument("action")
@click.argument("resource", default="*")
@estate_options
@fact_options
@click.option("--via-assume-role", is_flag=True, help="Also who gets there by assuming roles, one after another.")
@click.option("--any", "is_any", is_flag=True, help="Who may do something of what the patterns take in.")
@click.option(
    "--all", "is_all", is_flag=True, help="Who may do everything that the patterns take in, whatever the context."
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_obj
def who_can_command(
    workspace: Workspace,
    /,
    action: str,
    resource: str,
    snapshot: str | None,
    show_sensitive: bool,
    via_assume_role: bool,
    is_any: bool,
    is_all: bool,
    as_json: bool,
    **given: object,
) -> None:
    """List the principals of a snapshot that may do ACTION on RESOURCE.

    All policy types count, in the principal's account and in the resource's. With `--any` or `--all`, ACTION and
    RESOURCE may hold wildcards, and are asked about as a whole.
    """
    options = Given(given)
    estate = estate_of(snapshot, workspace)
    if is_any or is_all:
        if is_any and is_all:
            raise InputError("`--any` and `--all` are two questions", help="give one of them")
        _patterns(estate, action, resource, "all" if is_all else "any", options, as_json=as_json)
        return
    facts, switches = facts_of(options), switches_of(options.texts("switches"))
    with no_collection():
        found = list(who_can(estate, action, resource, facts=facts, switches=switches))
        through = list(chains(estate, found, facts=facts, switches=switches)) if via_assume_role else []
    secrets = frozenset() if show_sensitive else _secrets(found, through)
    if as_json:
        fields = masked_fields(_fields(estate, action, resource, found, through), secrets)
        answer(json.dumps(fields, indent=2, ensure_ascii=False))
        return
    for line in _lines(estate, found, through):
        answer(masked(line, secrets))
    _say_doubts(found)


def _secrets(found: Sequence[Answer], through: Sequence[Chain]) -> frozenset[str]:
    steps = [step for chain in through for step in chain.steps]
    return secrets_in(policy for one in (*found, *steps) for policy in held_in(one.binding.policies))


def _lines(estate: Estate, found: Sequence[Answer], through: Sequence[Chain]) -> Iterator[str]:
    names = Names(estate)
    rows = [
        (one.decision.outcome.value, names.short(one.principal), f"{_when(one)}{_people(estate, one)}")
        for one in _ordered(found)
    ]
    rows += [
        ("ALLOW" if chain.is_certain else "DEPENDS", names.short(chain.principal), _through(chain, names))
        for chain in through
    ]
    yield from table(rows, indent="")
    certain = sum(one.decision.outcome is ALLOW for one in found)
    more = f"; {len(through)} more by assuming roles" if through else ""
    yield f"{plural(certain, 'principal')} may, {len(found) - certain} more if a condition holds{more}"


def _ordered(found: Sequence[Answer]) -> list[Answer]:
    return sorted(found, key=lambda one: (one.decision.outcome is DEPENDS, one.principal))


def _when(one: Answer) -> str:
    if one.decision.outcome is ALLOW:
        by = dict.fromkeys(found.policy for found in one.decision.determining if found.policy_type in _GRANTING)
        return f"by {', '.join(by)}" if by else one.decision.explanation.reason
    left = one.decision.residual
    return f"if {left}" if left is not None else "it turns on what is not known"


def _people(estate: Estate, one: Answer) -> str:
    told = [
        f"{each.kind} {each.name}{f' ({plural(len(each.people), _PERSON)})' if each.kind == 'group' else ''}"
        for each in assigned(estate.snapshot, one.principal)
    ]
    return f"; assigned to {', '.join(told)}" if told else ""


_PERSON = "member"
_GRANTING = ("identity", "resource", "trust")


def _through(chain: Chain, names: Names) -> str:
    return f"through {' then '.join(names.short(role) for role in chain.roles)}"


def _say_doubts(found: Sequence[Answer]) -> None:
    for doubt in dict.fromkeys(doubt for one in found for doubt in one.binding.doubts):
        say(f"not known: {safe(doubt)}")


def _fields(
    estate: Estate, action: str, resource: str, found: Sequence[Answer], through: Sequence[Chain]
) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "action": action,
        "resource": resource,
        "principals": [
            {
                "principal": one.principal,
                "outcome": one.decision.outcome.value,
                "residual": str(one.decision.residual) if one.decision.residual else None,
                "by": list(dict.fromkeys(each.policy for each in one.decision.determining)),
                "assigned_to": [
                    {"kind": each.kind, "name": each.name, "people": list(each.people)}
                    for each in assigned(estate.snapshot, one.principal)
                ],
                "not_known": list(one.binding.doubts),
            }
            for one in _ordered(found)
        ],
        "through_roles": [
            {"principal": chain.principal, "roles": list(chain.roles), "is_certain": chain.is_certain}
            for chain in through
        ],
    }


def _patterns(estate: Estate, action: str, resource: str, amount: Amount, options: Given, *, as_json: bool) -> None:
    facts, switches = facts_of(options), switches_of(options.texts("switches"))
    found = list(who_can_pattern(estate, action, resource, amount, facts=facts, switches=switches))
    if as_json:
        answer(json.dumps(_pattern_fields(action, resource, amount, found), indent=2, ensure_ascii=False))
        return
    names = Names(estate)
    rows = [(_HOLDS[one.holds], names.short(one.principal), _shown(one)) for one in found]
    for line in table(rows, indent=""):
        answer(line)
    answer(f"{plural(len(found), 'principal')} may do {_AMOUNT[amount]}")
    for doubt in dict.fromkeys(doubt for one in found for doubt in one.doubts):
        say(f"not known: {safe(doubt)}")


_AMOUNT = {"any": "some of it", "all": "all of it"}
_HOLDS = {True: "yes", False: "no", None: "unknown"}


def _shown(one: Reach) -> str:
    return f"such as {one.witness.action} on {one.witness.resource}" if one.witness is not None else ""


def _pattern_fields(action: str, resource: str, amount: Amount, found: Sequence[Reach]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "action": action,
        "resource": resource,
        "amount": amount,
        "principals": [
            {
                "principal": one.principal,
                "holds": one.holds,
                "witness": request_fields(one.witness) if one.witness is not None else None,
                "not_known": list(one.doubts),
            }
            for one in found
        ],
    }
