"""`leastwise propose`: policies from use, in the format of the tool that will apply them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from leastwise import __version__
from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.snapshot import read_snapshot
from leastwise.model.errors import InputError
from leastwise.surfaces.cli.bundles import sign as sign_bundle
from leastwise.surfaces.cli.bundles import signing_is_here, written_to
from leastwise.surfaces.cli.estates import masked_fields, secrets_of, snapshot_path
from leastwise.surfaces.cli.options import window_of, window_options
from leastwise.surfaces.cli.policy_formats import format_option
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, iso, moment, number, plural, safe, say
from leastwise.surfaces.cli.tightened import (
    confidence_fields,
    confidence_lines,
    diff_lines,
    shown_lines,
    tightened_fields,
)
from leastwise.surfaces.formats import NamedPolicy
from leastwise.surfaces.formats.discover import FORMATS
from leastwise.synthesize.broaden import Extra
from leastwise.synthesize.buffer import Buffered, Setting
from leastwise.synthesize.bundle import Proposed, written
from leastwise.synthesize.conditions import KINDS, Kind
from leastwise.synthesize.confidence import Confidence, confidences
from leastwise.synthesize.propose import (
    GRANTED_OUTCOMES,
    Options,
    Proposal,
    ProposedStatement,
)
from leastwise.synthesize.tighten import Ground, Tightened, Way, tightened
from leastwise.synthesize.widen import Widening
from leastwise.usage.coverage import data_prefixes_seen
from leastwise.usage.heap import no_collection
from leastwise.usage.observed import Observed, Window, opened
from leastwise.usage.outcomes import FAILED
from leastwise.usage.store import Store

SCHEMA = 1
_DAY = 86_400


@click.command()
@click.argument("principal")
@window_options
@format_option
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the policy to this file.")
@click.option("--diff", "as_diff", is_flag=True, help="Show what changes of today's policies, with its evidence.")
@click.option("--from-current", is_flag=True, help="Prune and scope today's policies instead of writing anew.")
@click.option("--snapshot", metavar="F", help="Where today's policies are.  [default: the newest of the workspace]")
@click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    help="Write all that the proposal rests on: to this file, if it ends in `.json`, or into this new folder.",
)
@click.option(
    "--sign",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Sign the bundle with this Ed25519 private key, in PEM.",
)
@click.option("--explain", is_flag=True, help="Tell the evidence of each statement, and all that is not known.")
@click.option("--json", "as_json", is_flag=True, help="Print policies, evidence and unknowns as one JSON answer.")
@click.option(
    "--instance-profile",
    "profiles",
    multiple=True,
    metavar="NAME=ROLE_ARN",
    help="The role in an instance profile that was passed and that no log names; may be repeated.",
)
@click.option("--include-failed", is_flag=True, help="Count calls that failed for a reason other than a denial.")
@click.option("--group", multiple=True, metavar="PRINCIPAL", help="Another one who is to share the policy.")
@click.option(
    "--buffer",
    type=click.Choice(["off", "strict", "default", "relaxed"]),
    default="off",
    show_default=True,
    help="Grant unused actions that are probably needed next.",
)
@click.option("--accept", multiple=True, metavar="ACTION", help="A sensitive action that the buffer may grant.")
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    type=click.Choice(KINDS),
    help="Add conditions of this kind wherever every call bears them out; may be repeated.",
)
@click.option("--exact-resources", is_flag=True, help="No pattern for resources that came up one after the other.")
@click.option("--no-widen", is_flag=True, help="Keep resources exact however many policies that takes.")
@click.option(
    "--attachable",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Managed policies that may be attached; the account's own quota.",
)
@workspace_option
@click.pass_obj
def propose(
    workspace: Workspace,
    principal: str,
    days: int | None,
    since: str | None,
    until: str | None,
    regions: tuple[str, ...],
    excludes: tuple[str, ...],
    form: str,
    output: Path | None,
    as_diff: bool,
    from_current: bool,
    snapshot: str | None,
    bundle: Path | None,
    sign: Path | None,
    explain: bool,
    as_json: bool,
    profiles: tuple[str, ...],
    include_failed: bool,
    group: tuple[str, ...],
    buffer: Setting,
    accept: tuple[str, ...],
    conditions: tuple[Kind, ...],
    exact_resources: bool,
    no_widen: bool,
    attachable: int,
) -> None:
    """Propose a least-privilege policy for PRINCIPAL from the calls that it made with success.

    Denied calls are never granted. What the log could not show is said on standard error; --explain tells
    all of it, with the calls that each statement rests on.
    """
    store, catalogue = Store(workspace.usage), load_catalogue(workspace.catalogue)
    path = snapshot_path(snapshot, workspace)
    estate = None if path is None else Estate(read_snapshot(path))
    ground = Ground(catalogue, data_prefixes_seen(store, catalogue), estate)
    with no_collection(), opened(store) as observed:
        options = Options(
            window=window_of(observed, days=days, since=since, until=until, regions=regions, excludes=excludes),
            outcomes=GRANTED_OUTCOMES | ({FAILED} if include_failed else frozenset()),
            instance_profiles=_profile_roles(profiles),
            attachable=attachable,
            may_widen=not no_widen,
            may_generalise=not exact_resources,
            buffer=buffer,
            accepted=frozenset(accept),
            group=tuple(dict.fromkeys(observed.resolve(one) for one in group)),
        )
        name = observed.resolve(principal)
        way: Way | None = "pruned" if from_current else None if as_diff else "written"
        tight = tightened(observed, name, ground=ground, options=options, way=way, conditions=conditions)
        newest = observed.newest()
        sure = _confidence(observed, name, options.window) if explain or as_json or bundle else None
    if from_current and tight.today is None:
        raise InputError(f"today's policies of `{name}` are not known", help="take a snapshot that holds it")
    found = tight.proposal
    if as_json:
        fields = _all_fields(tight, sure)
        applied = {name: fields[name] for name in ("policies", "documents")}  # masked, they would be other policies
        secrets = secrets_of(estate) if estate else frozenset()
        told = {name: masked_fields(value, secrets) for name, value in fields.items()}
        _deliver(json.dumps(told | applied, indent=2) + "\n", output)
    elif as_diff:
        _deliver("\n".join(diff_lines(tight, newest)), output)
    elif tight.policies:
        _deliver(FORMATS[form]([NamedPolicy(one.name, one.policy.document()) for one in tight.policies]), output)
    for line in explained(found) if explain else summary_lines(found):
        say(line)
    for line in confidence_lines(sure):
        say(line)
    for line in () if as_diff else shown_lines(tight):
        say(line)
    if bundle is not None and found.policies:
        _bundle(bundle, sign, tight, ground, sure)
    if not found.policies:
        raise InputError(f"no call by `{name}` in this window succeeded", help=f"leastwise used {name}")


def _confidence(observed: Observed, name: str, window: Window) -> Confidence | None:
    """How likely the next month holds something that the window did not, judged by the fleet."""
    newest = window.until or observed.newest()
    days = (newest - window.since).days if newest and window.since else None
    until = int(window.until.timestamp()) // _DAY if window.until else None
    return confidences(observed.daily(), principals=[name], until=until, days=days).get(name)


def _all_fields(tight: Tightened, sure: Confidence | None) -> dict[str, object]:
    return proposal_fields(tight.proposal) | tightened_fields(tight) | {"confidence": confidence_fields(sure)}


def _bundle(path: Path, key: Path | None, tight: Tightened, ground: Ground, sure: Confidence | None) -> None:
    """The bundle is written, and signed where a key is given."""
    if key is not None:
        signing_is_here()
    policies = [
        Proposed(one.name, one.policy.document(), one.source.name if one.source else None) for one in tight.policies
    ]
    text = written(
        principal=tight.proposal.principal,
        policies=policies,
        asked=tight.asked,
        estate=ground.estate,
        catalogue=ground.catalogue,
        version=__version__,
        told=_all_fields(tight, sure),
    )
    files = written_to(path, text)
    say(f"written: {safe(str(path))} ({plural(len(files), 'file')})")
    if key is not None:
        say(f"signed: {safe(str(sign_bundle(path, key)))}")


def rendered(found: Proposal, form: str) -> str:
    """The policies in one of the formats."""
    return FORMATS[form]([NamedPolicy(p.name, p.document) for p in found.policies])


def _deliver(text: str, output: Path | None) -> None:
    if output is None:
        answer(text.rstrip("\n"))
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write `{output}`: {(error.strerror or str(error)).lower()}") from None
    say(f"written: {safe(str(output))}")


def _profile_roles(texts: tuple[str, ...]) -> Mapping[str, str]:
    roles: dict[str, str] = {}
    for text in texts:
        name, _, role = text.partition("=")
        if not name or ":role/" not in role:
            raise InputError(
                f"cannot read `--instance-profile {text}`", help="write NAME=arn:aws:iam::ACCOUNT:role/ROLE"
            )
        roles[name] = role
    return roles


def summary_lines(found: Proposal) -> list[str]:
    """What to know before using the policies, in a few lines."""
    lines = headlines(found)
    kinds: dict[str, int] = {}
    for unknown in found.unknown:
        kinds[unknown.code] = kinds.get(unknown.code, 0) + 1
    lines += [f"note: {safe(u.text)}" for u in found.unknown if u.code in ("not-editable", "passed-role-unknown")]
    if kinds:
        told = ", ".join(f"{code} ({count})" for code, count in kinds.items())
        lines.append(f"not known: {told}")
        lines.append("next: --explain tells each of them, and the calls that each statement rests on")
    return lines


def headlines(found: Proposal) -> list[str]:
    """How many policies of what size from how many calls, and whether they fit."""
    return [_headline(found), *_fit_lines(found)]


def _headline(found: Proposal) -> str:
    sizes = ", ".join(number(p.size) for p in found.policies)
    return (
        f"{plural(len(found.policies), 'policy') if len(found.policies) == 1 else f'{len(found.policies)} policies'} "
        f"({sizes} of {number(found.limit)} characters) from {plural(found.calls, 'call')}, "
        f"{moment(found.first)} to {moment(found.last)}"
    )


def _fit_lines(found: Proposal) -> list[str]:
    lines: list[str] = []
    widenings = {w.pattern: w for p in found.policies for s in p.statements for w in s.widenings}
    for widening in widenings.values():
        lines.append(
            f"{'pattern' if widening.reason else 'widened to fit'}: `{safe(widening.pattern)}` stands for "
            f"{plural(widening.observed, 'observed resource')}{_because(widening)} and adds {safe(widening.adds)}"
        )
    if found.too_many:
        lines.append(
            f"warning: these are {len(found.policies)} policies and {found.attachable} can be attached by default: "
            "raise the quota and say so with `--attachable`, narrow the window, or split the principal's work"
        )
    lines += [f"warning: `{name}` alone is over the limit of characters" for name in found.oversized]
    return lines


def _because(widening: Widening) -> str:
    return f" ({safe(widening.reason)})" if widening.reason else ""


def explained(found: Proposal) -> list[str]:
    """The evidence of every statement, and everything that the log could not show."""
    lines = headlines(found)
    for policy in found.policies:
        lines.append(f"{policy.name}: {number(policy.size)} of {number(found.limit)} characters")
        for statement in policy.statements:
            lines += [f"  {line}" for line in statement_lines(statement)]
    lines += [f"worth asking about: {_asked(one)}" for one in found.to_ask]
    lines += [
        f"worth a look: `{safe(one.pattern)}` for {plural(len(one.members), 'resource')}: {safe(one.reason)}"
        for one in found.suggested
    ]
    if found.unknown:
        lines.append("what the log could not show:")
        lines += [f"  {u.code}: {safe(u.text)}" for u in found.unknown]
    return lines


def _asked(one: Buffered) -> str:
    return f"{one.action} ({one.probability:.0%} likely; {'; '.join(one.reasons)}): grant it with `--accept`"


def _extra_line(one: Extra) -> str:
    until = f", look at it again by {one.recheck:%Y-%m-%d}" if one.recheck else ""
    return f"  {one.action}: unused, {one.probability:.0%} likely to be needed: {safe('; '.join(one.reasons))}{until}"


def statement_lines(proposed_statement: ProposedStatement) -> list[str]:
    """One statement's evidence: its calls, times and sessions, then action by action."""
    statement, evidence = proposed_statement.statement, proposed_statement.evidence
    sessions = f"{number(evidence.sessions)}{' or more' if evidence.sessions_are_more else ''}"
    told = f", {sessions} session{'' if evidence.sessions == 1 else 's'}" if evidence.sessions else ""
    span = f"{moment(evidence.first)} to {moment(evidence.last)}"
    lines = [
        f"{statement.sid}: {plural(evidence.calls, 'call')}, {span}{told}, such as event {evidence.example}",
        f"  on {_few(statement.resources)}",
    ]
    if proposed_statement.extras:
        return [f"{statement.sid}: on {_few(statement.resources)}", *map(_extra_line, proposed_statement.extras)]
    for action in evidence.actions:
        inferred = f" (inferred: {action.inferred})" if action.inferred else ""
        lines.append(
            f"  {action.action}: {plural(action.calls, 'call')}, last {moment(action.last)}, "
            f"logged as {', '.join(map(safe, action.events))}{inferred}"
        )
    lines += [f"  note: {safe(note)}" for note in evidence.notes]
    return lines


def _few(resources: tuple[str, ...]) -> str:
    shown = ", ".join(safe(r) for r in resources[:3])
    return shown + (f" and {len(resources) - 3} more" if len(resources) > 3 else "")


def proposal_fields(found: Proposal) -> dict[str, object]:
    """The proposal as `propose --json` has it."""
    return {
        "schema": SCHEMA,
        "principal": found.principal,
        "calls": found.calls,
        "first": iso(found.first),
        "last": iso(found.last),
        "policies": [
            {
                "name": policy.name,
                "size": policy.size,
                "document": policy.document,
                "statements": [_statement_fields(s) for s in policy.statements],
            }
            for policy in found.policies
        ],
        "too_many": found.too_many,
        "worth_asking": [_buffered_fields(one) for one in found.to_ask],
        "suggested_patterns": [
            {"pattern": one.pattern, "resources": list(one.members), "rule": one.rule, "reason": one.reason}
            for one in found.suggested
        ],
        "unknown": [{"code": u.code, "subject": u.subject, "calls": u.calls, "text": u.text} for u in found.unknown],
    }


def _statement_fields(proposed_statement: ProposedStatement) -> dict[str, object]:
    evidence = proposed_statement.evidence
    return {
        "sid": proposed_statement.statement.sid,
        "evidence": {
            "calls": evidence.calls,
            "first": iso(evidence.first),
            "last": iso(evidence.last),
            "example_event_id": evidence.example,
            "sessions": evidence.sessions,
            "sessions_are_more": evidence.sessions_are_more,
            "actions": [
                {
                    "action": a.action,
                    "calls": a.calls,
                    "first": iso(a.first),
                    "last": iso(a.last),
                    "events": list(a.events),
                    "inferred": bool(a.inferred),
                }
                for a in evidence.actions
            ],
            "notes": list(evidence.notes),
        },
        "widenings": [
            {"pattern": w.pattern, "observed": w.observed, "adds": w.adds, "reason": w.reason}
            for w in proposed_statement.widenings
        ],
        "unused": [
            {
                "action": one.action,
                "probability": round(one.probability, 4),
                "weight": one.weight,
                "reasons": list(one.reasons),
                "recheck": iso(one.recheck),
            }
            for one in proposed_statement.extras
        ],
    }


def _buffered_fields(one: Buffered) -> dict[str, object]:
    return {
        "action": one.action,
        "probability": round(one.probability, 4),
        "weight": one.weight,
        "reasons": list(one.reasons),
    }
