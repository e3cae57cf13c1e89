"""`leastwise matrix`: risk scenarios against policy types, for every principal of a snapshot."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from leastwise.estate.assemble import Estate
from leastwise.model.errors import InputError
from leastwise.model.request import Request
from leastwise.surfaces.cli.estates import estate_of, estate_options, masked_fields, secrets_of, snapshot_path
from leastwise.surfaces.cli.matrix_work import Told, Wanted, worked
from leastwise.surfaces.cli.policy_files import policy_in
from leastwise.surfaces.cli.policy_options import Given, pair
from leastwise.surfaces.cli.settings import Workspace
from leastwise.surfaces.cli.text import answer, number, plural, safe, say, table
from leastwise.surfaces.formats.matrix_html import page
from leastwise.surfaces.formats.requests import request_fields
from leastwise.synthesize.guardrails.matrix import LAYERS, Answer, Row
from leastwise.synthesize.guardrails.nodes import node_named
from leastwise.synthesize.guardrails.risks import LeftOut, Risk, risks_in
from leastwise.synthesize.guardrails.standings import ORDER, Group, Standings, worst
from leastwise.usage.heap import no_collection

SCHEMA = 1
_SHOWN: Final = 3
_SHIPPED: Final = "risks.toml"
_EXITS: Final[Mapping[str | None, int]] = {"gap": 1, "unknown": 2}


@click.command("matrix")
@estate_options
@click.option("--scenario", "names", multiple=True, metavar="NAME", help="Only this scenario; may be repeated.")
@click.option("--scenarios", "file", metavar="FILE", help="Scenarios of your own, beside the library.")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="A parameter's value; again for another.")
@click.option("--principal", "principals", multiple=True, metavar="P", help="Only this principal; may be repeated.")
@click.option("--ou", "node", metavar="NODE", help="Only the accounts at or under this root, OU or account.")
@click.option("--tag", "tags", multiple=True, metavar="K=V", help="Only principals with this tag.")
@click.option("--root", "has_root", is_flag=True, help="Root users too.")
@click.option("--session", metavar="F", help="A session policy that roles' sessions have.")
@click.option("--vpc-endpoint", "endpoint", metavar="ID", help="The VPC endpoint of the snapshot that requests go by.")
@click.option("-f", "--format", "shape", type=click.Choice(("text", "json", "html")), default="text", help="Form.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON, every principal by itself.")
@click.option("--fail-on", type=click.Choice(("gap",)), help="Exit 1 where there is a gap, 2 where it is not known.")
@click.option(
    "--processes", type=click.IntRange(min=1), help="How many processes work. Default: one a core, 8 at most."
)
@click.pass_obj
def matrix(
    workspace: Workspace,
    /,
    snapshot: str | None,
    show_sensitive: bool,
    fail_on: str | None,
    processes: int | None,
    shape: str,
    as_json: bool,
    **given: object,
) -> int:
    """Show which policy types stop which risk scenarios, by themselves and together, and where none does.

    Every cell is decided over all requests of a scenario. A gap is shown by a request that the snapshot's policies
    allow. Without `--fail-on` the exit status is 0.
    """
    options = Given(given)
    estate = estate_of(snapshot, workspace)
    path = snapshot_path(snapshot, workspace)
    assert path is not None  # there is an estate
    wanted = _wanted(estate, options, path)
    with no_collection():
        found = worked(estate, wanted, processes or min(8, os.cpu_count() or 1))
    secrets = frozenset() if show_sensitive or not _has_external_id(found) else secrets_of(estate)
    if as_json or shape == "json":
        answer(json.dumps(_fields(found, secrets), ensure_ascii=False))
    elif shape == "html":
        answer(page(found.of_principals, found.of_outsiders, notes=_notes(found), secrets=secrets))
    else:
        for line in _lines(found):
            answer(line)
        for note in _notes(found):
            say(f"note: {safe(note)}")
    return _EXITS.get(worst((*found.of_principals, *found.of_outsiders)), 0) if fail_on else 0


def _wanted(estate: Estate, options: Given, path: Path) -> Wanted:
    values, notes = _values(estate, options.texts("values"))
    risks, left_out = _risks(options, values)
    accounts = _accounts(estate, options.text("node"))
    principals = _principals(estate, options, accounts)
    is_whole = not options.has("principals") and not options.has("tags")
    session = options.text("session")
    return Wanted(
        path,
        risks,
        left_out,
        tuple(principals.items()),
        accounts if is_whole else (),
        policy_in(session, "session") if session else None,
        options.text("endpoint"),
        notes,
    )


def _values(estate: Estate, texts: Sequence[str]) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """The values of the parameters, and what was taken where none was given."""
    values: dict[str, list[str]] = {}
    for text in texts:
        name, value = pair(text, "parameter")
        values.setdefault(name, []).append(value)
    notes = []
    if "sensitive" not in values:
        values["sensitive"] = ["*"]
        notes.append("`sensitive` is not set: all resources count as sensitive")
    regions = sorted({one.region for one in estate.resources.values() if one.region})
    if "regions" not in values and regions:
        values["regions"] = regions
        notes.append(f"`regions` is not set: those where the snapshot holds resources are taken: {', '.join(regions)}")
    return values, tuple(notes)


def _risks(options: Given, values: Mapping[str, Sequence[str]]) -> tuple[tuple[Risk, ...], tuple[LeftOut, ...]]:
    """The scenarios of the library and of the file that is given, or those that are named."""
    risks, left_out = risks_in(shipped(), values, source=_SHIPPED)
    path = options.text("file")
    if path is not None:
        own, own_left = risks_in(_tables(Path(path)), values, source=path)
        names = {one.name for one in own}
        risks, left_out = (*(one for one in risks if one.name not in names), *own), (*left_out, *own_left)
    names_given = options.texts("names")
    known = [*(one.name for one in risks), *(one.name for one in left_out)]
    for name in names_given:
        if name not in known:
            raise InputError(f"there is no scenario `{name}`", help=f"there are: {', '.join(known)}")
    if not names_given:
        return risks, left_out
    return (
        tuple(one for one in risks if one.name in names_given),
        tuple(one for one in left_out if one.name in names_given),
    )


def shipped() -> Mapping[str, object]:
    """The library of scenarios, as it is written."""
    held = files("leastwise.synthesize.guardrails").joinpath(_SHIPPED)
    return tomllib.loads(held.read_text(encoding="utf-8"))


def _tables(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read `{path}`: {error}") from None


def _accounts(estate: Estate, node: str | None) -> tuple[str, ...]:
    held = estate.snapshot.accounts
    if node is None:
        return held
    nodes, top = node_named(estate, node)
    under = {one.id for one in nodes.accounts(top)}
    return tuple(one for one in held if one in under)


def _principals(estate: Estate, options: Given, accounts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The principals that are asked about, by account."""
    tags = [pair(text, "tag") for text in options.texts("tags")]
    named = [estate.role_of(estate.principal(text).arn) for text in options.texts("principals")]
    arns = named or [arn for arn, one in estate.holders.items() if all(one.tags.get(k) == v for k, v in tags)]
    if options.flag("has_root") and not named and not tags:
        arns += [f"arn:aws:iam::{account}:root" for account in estate.snapshot.accounts]
    found: dict[str, list[str]] = {}
    for arn in sorted(arns):
        found.setdefault(arn.split(":")[4], []).append(arn)
    return {account: tuple(held) for account, held in sorted(found.items()) if account in accounts}


def _has_external_id(found: Told) -> bool:
    witnesses = (one.witness for row in (*found.principals, *found.outsiders) for one in row.answers if one.witness)
    return any(map(_has_secret, witnesses))


def _has_secret(witness: Request) -> bool:
    return any(key.lower() == "sts:externalid" for key in witness.context)


def _notes(found: Told) -> tuple[str, ...]:
    left = (f"scenario `{one.name}` was left out: {one.reason}" for one in found.left_out)
    return (*found.notes, *left, _FREE)


_FREE: Final = "SCPs and RCPs do not bind service-linked roles, the management account's principals, or its resources"


def _lines(found: Told) -> Iterator[str]:
    yield from _table(found.of_principals, "principal", len(found.principals))
    yield from _table(found.of_outsiders, "account, asked of everybody outside", len(found.outsiders))


def _table(held: Sequence[Standings], noun: str, count: int) -> Iterator[str]:
    if not held:
        return
    first, found, rest = noun.partition(",")
    yield f"{plural(count, first)}{found}{rest}"
    rows = [["scenario", "gap", "unknown", "one layer", "together", "several", ""]]
    for one in held:
        alone = ", ".join(f"only {layer} {number(many)}" for layer, many in one.alone.items())
        rows.append([one.risk.name, *(number(one.counts.get(standing, 0)) for standing in ORDER), alone])
    yield from table(rows, right=frozenset(range(1, 6)))
    for one in held:
        yield from _gaps(one)


def _gaps(one: Standings) -> Iterator[str]:
    groups = (*one.of("gap"), *one.of("unknown"))
    if groups:
        yield f"{one.risk.name}: {one.risk.title.lower()}"
    for group in groups[:_SHOWN]:
        yield from _group(group)
    if len(groups) > _SHOWN:
        yield f"  and {plural(len(groups) - _SHOWN, 'group')} more: `--json` has them all"


def _group(one: Group) -> Iterator[str]:
    places = ", ".join(f"{name} {number(count)}" for name, count in list(one.places.items())[:_SHOWN])
    more = f", and {plural(len(one.places) - _SHOWN, 'place')} more" if len(one.places) > _SHOWN else ""
    accounts = plural(len(one.accounts), "account")
    yield safe(f"  {one.answer.standing}: {number(len(one.members))} in {accounts}: {places}{more}")
    yield f"    {cells(one.answer)}"
    if one.answer.witness is not None:
        request = request_fields(one.answer.witness)
        yield safe(f"    allowed: {request['principal']}  {request['action']}  {request['resource']}")
    for why in one.answer.why[:_SHOWN]:
        yield safe(f"    {'not known' if one.answer.standing == 'unknown' else 'because'}: {why}")


def cells(one: Answer) -> str:
    """What each layer stops, in words; layers without a policy are left out."""
    held = zip(LAYERS, one.cells, strict=True)
    return ", ".join(f"{layer} {_WORDS.get(cell, cell)}" for layer, cell in held if cell != "no policy")


_WORDS: Final = {"all": "stops all", "part": "stops part", "nothing": "stops nothing", "unknown": "is not known"}


def _fields(found: Told, secrets: frozenset[str]) -> dict[str, object]:
    principals, outsiders = found.asked("principals"), found.asked("outsiders")
    return {
        "schema": SCHEMA,
        "layers": list(LAYERS),
        "scenarios": [_risk_fields(one) for one in found.risks],
        "left_out": [{"scenario": one.name, "reason": one.reason} for one in found.left_out],
        "notes": list(_notes(found)),
        "summary": [_summary(one) for one in (*found.of_principals, *found.of_outsiders)],
        "principals": [_row_fields(row, principals, found.places, secrets) for row in found.principals],
        "outsiders": [_row_fields(row, outsiders, found.places, secrets) for row in found.outsiders],
    }


def _risk_fields(one: Risk) -> dict[str, object]:
    return {
        "name": one.name,
        "title": one.title,
        "why": one.why,
        "asked_of": one.asked_of,
        "sources": list(one.sources),
        "requests": [statement.document() for statement in one.requests],
    }


def _summary(one: Standings) -> dict[str, object]:
    return {
        "scenario": one.risk.name,
        **{standing.replace(" ", "_"): one.counts.get(standing, 0) for standing in ORDER},
        "stopped_by_one_alone": dict(one.alone),
    }


def _row_fields(
    row: Row, risks: Sequence[Risk], places: Mapping[str, str], secrets: frozenset[str]
) -> dict[str, object]:
    return {
        "principal": row.principal,
        "account": row.account,
        "place": places.get(row.account),
        "answers": {risk.name: _answer_fields(one, secrets) for risk, one in zip(risks, row.answers, strict=True)},
    }


def _answer_fields(one: Answer, secrets: frozenset[str]) -> dict[str, object]:
    """An answer; what is secret can stand in the context of a request, or in a condition that is told."""
    witness = one.witness
    return {
        "standing": one.standing,
        "stopped_by": list(one.stopping),
        "cells": dict(zip(LAYERS, one.cells, strict=True)),
        "witness": masked_fields(request_fields(witness), secrets if _has_secret(witness) else ()) if witness else None,
        "why": masked_fields(list(one.why), secrets),
    }
