"""`leastwise what-can`: the effective permissions of a principal of a snapshot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click

from leastwise.estate.consolidate import Consolidated, consolidated
from leastwise.estate.effective import Cited, Layers, Permission, layers_of, permissions
from leastwise.estate.named import Named, named_by_resources
from leastwise.model.policy import Statement
from leastwise.prove.verdict import Verdict
from leastwise.surfaces.cli.estates import estate_of, estate_options, held_in, masked, masked_fields, secrets_in
from leastwise.surfaces.cli.settings import Workspace
from leastwise.surfaces.cli.text import answer, number, plural, safe, say
from leastwise.surfaces.formats.requests import request_fields

SCHEMA = 1
_SHOWN = 6
_SHOWN_GROUPS = 12


@click.command("what-can")
@click.argument("principal")
@estate_options
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["text", "json", "policy"]),
    default="text",
    show_default=True,
    help="`policy` is one policy that means the same as all layers.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON: `-f json`.")
@click.pass_obj
def what_can(
    workspace: Workspace, principal: str, snapshot: str | None, show_sensitive: bool, form: str, as_json: bool
) -> None:
    """Show what PRINCIPAL, an ARN or `role/NAME`, may do: what its policies grant, its boundary and SCPs let through.

    `-f policy` prints one identity policy of the same effect; whether it was proved equal, or where it is only near, is
    said beside it.
    """
    estate = estate_of(snapshot, workspace)
    layers = layers_of(estate, principal)
    secrets = frozenset() if show_sensitive else secrets_in(held_in(layers.policies))
    for doubt in layers.doubts:
        say(f"not known: {safe(doubt)}")
    if form == "policy":
        _policy(consolidated(layers))
        return
    found, named = permissions(layers), tuple(named_by_resources(estate, layers.principal))
    if as_json or form == "json":
        answer(json.dumps(masked_fields(_fields(layers, found, named), secrets), indent=2, ensure_ascii=False))
        return
    for line in _lines(layers, found, named):
        answer(masked(safe(line), secrets))


def _policy(found: Consolidated) -> None:
    answer(json.dumps(found.policy.document(), indent=2, ensure_ascii=False))
    for told in found.approximations:
        say(f"nearly: {safe(told)}")
    for proof, word in (
        (found.gained, "allows more than the layers do"),
        (found.lost, "allows less than the layers do"),
    ):
        if proof.verdict is Verdict.FAIL:
            shown = f", such as {json.dumps(request_fields(proof.witness))}" if proof.witness else ""
            say(f"it {word}{safe(shown)}")
        elif proof.verdict is Verdict.UNKNOWN:
            say(f"it was not settled whether it {word}: {safe('; '.join(proof.undecided))}")
    if found.is_equal:
        is_of_known = Verdict.PASS_FOR_KNOWN_ACTIONS in (found.gained.verdict, found.lost.verdict)
        rest = ", for the actions that are known today" if is_of_known else ""
        say(f"proved: it has the same effect as the layers{rest}")


def _lines(layers: Layers, found: Sequence[Permission], named: Sequence[Named]) -> Iterator[str]:
    actions = {action for one in found for action in one.actions}
    services = {action.partition(":")[0] for action in actions}
    certain = {action for one in found if one.is_certain for action in one.actions}
    yield f"{layers.principal.arn}"
    of_services = f"{plural(len(actions), 'action')} of {plural(len(services), 'service')}"
    yield f"{of_services}; {number(len(certain))} without a condition"
    for one in found[:_SHOWN_GROUPS]:
        yield f"  {plural(len(one.actions), 'action')}: {_few(one.actions)}"
        for cited in one.allows:
            yield f"    on {_of(cited.statement)}   {cited.policy}#{cited.index}"
        yield from (f"    but not {_of(cited.statement)}   {cited.policy}#{cited.index}" for cited in one.denies)
        for layer in one.limits:
            told = [_of(cited.statement) for cited in layer.statements]
            yield f"    within {layer.name}: {'; '.join(told)}"
    if len(found) > _SHOWN_GROUPS:
        left = sum(len(one.actions) for one in found[_SHOWN_GROUPS:])
        yield f"  … {plural(left, 'action')} more in {len(found) - _SHOWN_GROUPS} groups; `-f json` has them all"
    for each in named:
        yield f"  by the policy of {each.resource}: {_few(each.statement.actions)}{_when(each.statement)}"
    yield "not considered: session policies, VPC endpoint policies, RCPs of the resources asked for"


def _of(statement: Statement) -> str:
    return f"{'all but ' if statement.is_not_resource else ''}{_few(statement.resources)}{_when(statement)}"


def _when(statement: Statement) -> str:
    told = [
        f"{operator} {key} {_few(values)}"
        for operator, block in statement.conditions.items()
        for key, values in block.items()
    ]
    return f" when {' and '.join(told)}" if told else ""


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} … and {number(len(names) - _SHOWN)} more" if len(names) > _SHOWN else shown


def _fields(layers: Layers, found: Sequence[Permission], named: Sequence[Named]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "principal": layers.principal.arn,
        "permissions": [
            {
                "actions": list(one.actions),
                "is_certain": one.is_certain,
                "allows": [_cited(each) for each in one.allows],
                "denies": [_cited(each) for each in one.denies],
                "limits": [{"layer": each.name, "allows": [_cited(c) for c in each.statements]} for each in one.limits],
            }
            for one in found
        ],
        "by_resource_policies": [{"resource": one.resource, "statement": one.statement.document()} for one in named],
        "not_known": list(layers.doubts),
    }


def _cited(one: Cited) -> dict[str, object]:
    return {"policy": one.policy, "index": one.index, "statement": one.statement.document()}
