"""`leastwise starter`, `template` and `nearest`: policies to start from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.services import AccessLevel
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy, Statement
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.policy_formats import format_option
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, number, plural, safe, say
from leastwise.surfaces.formats import NamedPolicy
from leastwise.surfaces.formats.discover import FORMATS
from leastwise.synthesize.nearest import Match, Nearest, pruned
from leastwise.synthesize.nearest import nearest as found_nearest
from leastwise.synthesize.propose import Options
from leastwise.synthesize.propose import propose as proposed
from leastwise.synthesize.starting import by_level
from leastwise.synthesize.starting import starter as made_starter
from leastwise.usage.coverage import data_prefixes_seen
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

SCHEMA = 1
_LEVELS: Final[dict[str, AccessLevel]] = {
    "read": "Read",
    "write": "Write",
    "list": "List",
    "tagging": "Tagging",
    "permissions": "Permissions management",
}


def _print(policies: Sequence[Policy], form: str) -> None:
    answer(FORMATS[form]([NamedPolicy(one.name, one.document()) for one in policies]).rstrip("\n"))


@click.command()
@click.argument("services", metavar="SERVICE...", nargs=-1, required=True)
@format_option
@workspace_option
@click.pass_obj
def starter(workspace: Workspace, services: tuple[str, ...], form: str) -> None:
    """Print a policy for whole services, such as `s3`, and the permissions boundary that caps it.

    Attach both, let the principal work, and tighten with `leastwise propose`.
    """
    made = made_starter(services, catalogue=load_catalogue(workspace.catalogue))
    _print((made.policy, made.boundary), form)
    say("the first is the policy, the second its permissions boundary; both grant whole services")
    say("next: leastwise logs add PATH    leastwise propose PRINCIPAL")


@click.command()
@click.argument("arns", metavar="ARN...", nargs=-1, required=True)
@click.option("--level", type=click.Choice(list(_LEVELS)), required=True, help="Access level of the actions.")
@format_option
@workspace_option
@click.pass_obj
def template(workspace: Workspace, arns: tuple[str, ...], level: str, form: str) -> None:
    """Print a policy with the actions of one access level that work on the resources named by ARN.

    Actions that take no resource are told and left out: they could only be granted on everything.
    """
    made = by_level(_LEVELS[level], arns, catalogue=load_catalogue(workspace.catalogue))
    _print((made.policy,), form)
    if made.unscoped:
        say(f"left out, because they take no resource: {', '.join(made.unscoped)}")


@click.command()
@click.argument("principal")
@click.option("--most", type=click.IntRange(min=1), default=3, show_default=True, help="Managed policies at most.")
@window_options
@format_option
@click.option("--json", "as_json", is_flag=True, help="Print matches and pruned copies as one JSON answer.")
@workspace_option
@click.pass_obj
def nearest(
    workspace: Workspace,
    principal: str,
    most: int,
    days: int | None,
    since: str | None,
    until: str | None,
    regions: tuple[str, ...],
    excludes: tuple[str, ...],
    form: str,
    as_json: bool,
) -> None:
    """Find the AWS managed policies that cover what PRINCIPAL used, and print their copies, pruned to it.

    Those with the least unused risk for what they cover come first; a copy holds the used actions that its policy
    covers, on the resources that were used.
    """
    store, catalogue = Store(workspace.usage), load_catalogue(workspace.catalogue)
    data_seen = data_prefixes_seen(store, catalogue)
    with opened(store) as observed:
        window = window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes)
        name = observed.resolve(principal)
        options = Options(window=window)
        proposal = proposed(observed, name, catalogue=catalogue, data_seen=data_seen, options=options)
    statements = [one.statement for policy in proposal.policies for one in policy.statements]
    used = {action for statement in statements for action in statement.actions}
    if not used:
        raise InputError(f"no call by `{name}` in this window succeeded", help=f"leastwise used {name}")
    found = found_nearest(used, catalogue=catalogue, most=most)
    copies = [_copy(statements, match) for match in found.matches]
    if as_json:
        answer(json.dumps(_fields(name, found, copies), indent=2))
    elif copies:
        _print(copies, form)
    _tell(found, len(used))


def _copy(statements: Sequence[Statement], match: Match) -> Policy:
    return Policy(pruned(statements, match), name=f"{match.name}-pruned")


def _tell(found: Nearest, used: int) -> None:
    for match in found.matches:
        say(
            f"{match.name}: covers {number(len(match.covers))} of {plural(used, 'used action')}; grants "
            f"{plural(len(match.surplus), 'unused action')} besides, of risk weight {number(match.weight)}"
        )
    if found.left:
        say(f"in none of them: {safe(', '.join(found.left))}")


def _fields(principal: str, found: Nearest, copies: Sequence[Policy]) -> dict[str, object]:
    """What `nearest --json` prints."""
    return {
        "schema": SCHEMA,
        "principal": principal,
        "policies": [
            {
                "name": match.name,
                "covers": list(match.covers),
                "surplus": list(match.surplus),
                "surplus_weight": match.weight,
                "pruned": copy.document(),
            }
            for match, copy in zip(found.matches, copies, strict=True)
        ],
        "left": list(found.left),
    }
