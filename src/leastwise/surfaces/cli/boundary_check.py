"""`leastwise boundary check`: whether those whom a permissions boundary binds can leave it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.model.errors import InputError
from leastwise.model.request import Request
from leastwise.surfaces.cli.boundary_targets import is_told, meant, policy_arns, target_options
from leastwise.surfaces.cli.estates import estate_of, estate_options, masked_fields, masked_lines, secrets_of
from leastwise.surfaces.cli.policy_files import policy_in
from leastwise.surfaces.cli.policy_options import Given
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, number, plural, safe, say
from leastwise.surfaces.formats.requests import asker, request_fields
from leastwise.synthesize.guardrails.bound import Bound, bound_by, boundaries_of, policy_of, with_boundary
from leastwise.synthesize.guardrails.boundaries import Aim, Checked, Checker, Needless, boundary_named
from leastwise.synthesize.guardrails.escapes import Escape, chosen
from leastwise.synthesize.guardrails.outside import Forbidden
from leastwise.synthesize.guardrails.reached import Step
from leastwise.synthesize.guardrails.stopped import stopped
from leastwise.synthesize.guardrails.ways import PASSES, VERBS
from leastwise.synthesize.replay import Replay
from leastwise.usage.heap import no_collection
from leastwise.usage.observed import EVERYTHING, opened
from leastwise.usage.outcomes import SUCCEEDED
from leastwise.usage.store import Store

SCHEMA = 1
_SHOWN: Final = 10
_LISTED: Final = 6


@dataclass(frozen=True)
class Told:
    """One boundary with what was found of it, and what it does to the observed calls, None where there are no logs."""

    checked: Checked
    calls: Replay | None


@click.command("check")
@click.argument("boundaries", metavar="[BOUNDARY]...", nargs=-1)
@click.option("-P", "--principal", "principals", multiple=True, metavar="PRINCIPAL", help="Whom a FILE is to bind.")
@target_options
@click.option("--name", metavar="NAME", help="What the policy of a FILE is to be called.  [default: the file's name]")
@click.option(
    "--allow-boundary", "allowed", multiple=True, metavar="ARN", help="Another boundary that will do as well."
)
@click.option("--protect", "protected", multiple=True, metavar="ARN", help="A policy that must not be changed either.")
@click.option("--forbid", "forbidden", multiple=True, metavar="ACTION[@RESOURCE]", help="What nobody bound may reach.")
@click.option("--limit", metavar="F", help="Nothing beyond this policy may be reached.  [default: the boundary]")
@estate_options
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@workspace_option
@click.pass_obj
def check_command(
    workspace: Workspace,
    /,
    boundaries: tuple[str, ...],
    principals: tuple[str, ...],
    name: str | None,
    limit: str | None,
    snapshot: str | None,
    show_sensitive: bool,
    as_json: bool,
    **given: object,
) -> int:
    """Prove that those whom a boundary binds cannot leave it, or show how they can.

    BOUNDARY is the ARN or the name of one in use, or an ARN or a file with `--principal` or others whom it is to
    bind; without any, all in use are checked. Nobody bound may make principals without it, take it off, change it or
    what is protected, or come to do more by any chain of roles that they assume, run code as, or take over.

    Exit status 1 when there is a way out, 2 when none was found and something could not be settled.
    """
    options = Given(given)
    estate = estate_of(snapshot, workspace)
    aim = Aim(
        policy_arns(options.texts("allowed"), "--allow-boundary"),
        policy_arns(options.texts("protected"), "--protect"),
        tuple(_forbidden(text) for text in options.texts("forbidden")),
        policy_in(limit, "boundary") if limit else None,
    )
    with no_collection():
        before = estate
        if is_told(options, principals):
            estate, called = _put_on(estate, boundaries, meant(estate, options, principals), name)
            bounds = boundary_named(boundaries_of(estate), called)
        else:
            bounds = _in_use(estate, boundaries)
        checker = Checker.of(estate, aim)
        found = [Told(checker.checked(one), _calls(workspace, one, before)) for one in bounds]
    secrets = frozenset() if show_sensitive else secrets_of(estate)
    if as_json:
        answer(json.dumps(masked_fields(_fields(found), secrets), indent=2, ensure_ascii=False))
    else:
        for line in masked_lines(_lines(found), secrets):
            answer(line)
    if not found:
        say("no user or role of the snapshot has a permissions boundary")
    answers = {one.checked.answer for one in found}
    return 1 if "FAIL" in answers else 2 if "UNKNOWN" in answers else 0


def _forbidden(text: str) -> Forbidden:
    action, _, resource = text.partition("@")
    if ":" not in action and action != "*":
        raise InputError(f"`{text}` names no action", help="write `--forbid iam:CreateUser` or `s3:*@arn:aws:s3:::b/*`")
    return Forbidden(action, resource or "*")


def _in_use(estate: Estate, texts: Sequence[str]) -> Sequence[Bound]:
    every = boundaries_of(estate)
    if not texts:
        return every
    found: list[Bound] = []
    for text in texts:
        named = boundary_named(every, text)
        if not named:
            is_file = Path(text).is_file()
            hint = (
                "say whom the file is to bind with `--principal`" if is_file else "give the ARN of one in use, or none"
            )
            raise InputError(f"no boundary `{text}` is in use", help=hint)
        found += [one for one in named if one not in found]
    return found


def _put_on(estate: Estate, texts: Sequence[str], bound: Sequence[str], name: str | None) -> tuple[Estate, str]:
    """The estate with the boundary on those whom it is to bind, and what it is called there."""
    if len(texts) != 1:
        raise InputError("there is one boundary for those whom it is to bind", help="give one FILE or ARN")
    if texts[0].startswith("arn:"):
        if policy_of(estate, texts[0]) is None:
            raise InputError(f"no policy `{texts[0]}` in the snapshot", help="give the file that holds it")
        return bound_by(estate, texts[0], bound), texts[0]
    called = name or Path(texts[0]).stem
    return with_boundary(estate, policy_in(texts[0], "boundary"), bound, name=called), called


def _calls(workspace: Workspace, bound: Bound, estate: Estate) -> Replay | None:
    """What the boundary does to the observed calls of those whom it binds; None where there is no usage store."""
    store = Store(workspace.usage)
    if bound.policy is None or not store.exists:
        return None
    with opened(store) as observed:
        return stopped(
            observed,
            bound.policy,
            bound.principals,
            estate=estate,
            catalogue=load_catalogue(workspace.catalogue),
            window=EVERYTHING,
            outcomes=frozenset({SUCCEEDED}),
        )


def _lines(found: Sequence[Told]) -> Iterator[str]:
    for one in found:
        checked = one.checked
        held = plural(len(checked.bound.principals), "principal")
        yield safe(f"{checked.answer:<7} {checked.bound.boundary}: binds {held}")
        yield from escape_lines(checked)
        yield from _doubt_lines(checked)
        yield from (safe(f"  binds nobody: {_needless(part)}") for part in checked.needless)
        yield from _call_lines(one.calls)


def _doubt_lines(checked: Checked) -> Iterator[str]:
    who: dict[str, list[str]] = {}
    for doubt in checked.doubts:
        who.setdefault(doubt.why, []).append(short(doubt.principal, checked.bound.account))
    for why, names in list(who.items())[:_SHOWN]:
        yield safe(f"  not known of {_several(names)}: {why}")
    if len(who) > _SHOWN:
        yield f"  and {number(len(who) - _SHOWN)} more that is not known: `--json` has it all"


def escape_lines(checked: Checked) -> Iterator[str]:
    """Each way out: its steps, and under each the requests that are all allowed."""
    account = checked.bound.account
    for one in checked.escapes[:_SHOWN]:
        yield safe(f"  {one.way.name}: {short(one.principal, account)} {one.way.told}")
        for place, step in enumerate(one.steps, 1):
            yield safe(f"    {place}. {_step(step, account)}")
            yield from (safe(f"         {_request(request, step, account)}") for request in step.requests)
        if one.also:
            yield safe(f"       and so by {_several(one.also)}")
    if len(checked.escapes) > _SHOWN:
        yield f"  and {plural(len(checked.escapes) - _SHOWN, 'more way')}: `--json` has them all"


def _step(step: Step, account: str) -> str:
    who = short(step.by, account)
    if step.way is PASSES:
        return f"{who} runs code as {short(step.to, account)}, by {step.service}"
    verb = VERBS.get(step.way)
    return f"{who} {verb} {short(step.to, account)}" if verb else who


def _request(request: Request, step: Step, account: str) -> str:
    who = asker(request)
    by = f"  by {who.arn}" if who.arn != step.by else ""
    return f"{request.action} on {short(request.resource, account)}{chosen(request, '  ')}{by}"


def short(arn: str, account: str) -> str:
    """The ARN, without what is the same for all of the account's IAM."""
    head, found, rest = arn.partition(f":iam::{account}:")
    return rest if found and head.startswith("arn:") and rest else arn


def _needless(one: Needless) -> str:
    name = f"statement {one.index}{f' ({one.sid})' if one.sid else ''}, {one.effect}"
    return f"{_several(one.actions)} of {name}" if one.actions else f"the whole of {name}"


def _several(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + rest


def _call_lines(found: Replay | None) -> Iterator[str]:
    if found is None:
        return
    calls = sum(found.calls.values())
    breaks = found.calls.get("breaks", 0)
    yield f"  observed: {plural(calls, 'call')}, of which it stops {number(breaks)}"
    for row in found.breaks[:_LISTED]:
        request = row.request
        yield safe(f"    {request.principal}  {request.action}  {request.resource}: {plural(request.events, 'call')}")


def _fields(found: Sequence[Told]) -> dict[str, object]:
    return {"schema": SCHEMA, "boundaries": [checked_fields(one.checked, one.calls) for one in found]}


def checked_fields(checked: Checked, calls: Replay | None = None) -> dict[str, object]:
    """What was found of a boundary as JSON answers have it."""
    return {
        "boundary": checked.bound.boundary,
        "answer": checked.answer,
        "principals": list(checked.bound.principals),
        "allowed_boundaries": list(checked.allowed),
        "escapes": [escape_fields(one) for one in checked.escapes],
        "not_known": [{"principal": one.principal, "reason": one.why} for one in checked.doubts],
        "needless": [
            {"statement": one.index, "sid": one.sid, "effect": one.effect, "actions": list(one.actions)}
            for one in checked.needless
        ],
        "calls": None if calls is None else _call_fields(calls),
    }


def escape_fields(one: Escape) -> dict[str, object]:
    """An escape as JSON answers have it."""
    return {
        "way": one.way.name,
        "told": one.way.told,
        "principal": one.principal,
        "also": list(one.also),
        "steps": [
            {
                "way": step.way.name,
                "by": step.by,
                "gains": step.to,
                "service": step.service or None,
                "requests": [request_fields(request) for request in step.requests],
            }
            for step in one.steps
        ],
    }


def _call_fields(found: Replay) -> Mapping[str, object]:
    return {
        "observed": sum(found.calls.values()),
        "stops": found.calls.get("breaks", 0),
        "not_decided": found.calls.get("undecided", 0),
        "stopped": [
            {
                "principal": row.request.principal,
                "action": row.request.action,
                "resource": row.request.resource,
                "calls": row.request.events,
            }
            for row in found.breaks
        ],
    }
