"""`leastwise fit`: a policy that is too long, made to fit its quota without a change of meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from leastwise.catalogue.load import Catalogue, load_catalogue
from leastwise.language.quotas import DOCUMENT_QUOTAS, INLINE_QUOTAS
from leastwise.model.errors import InputError, UnknownAction
from leastwise.model.policy import ATTACHED_POLICIES_LIMIT, Kind, Policy
from leastwise.prove.verdict import Verdict
from leastwise.surfaces.cli.policy_files import policy_in
from leastwise.surfaces.cli.policy_formats import format_option
from leastwise.surfaces.cli.settings import Workspace, workspace_option
from leastwise.surfaces.cli.text import answer, number, safe, say
from leastwise.surfaces.formats import NamedPolicy
from leastwise.surfaces.formats.discover import FORMATS
from leastwise.synthesize.fitting import Fitted, fit_policy
from leastwise.synthesize.pattern_drift import Drift
from leastwise.synthesize.pattern_exact import is_installed
from leastwise.synthesize.wildcards import Wildcard

SCHEMA = 1
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class _Type:
    """What a policy is attached as: its kind, its quota, how many there may be, and whether white space counts."""

    kind: Kind
    limit: int
    attachable: int = 1
    counts_space: bool = False


def _type(kind: Kind, attachable: int = 1) -> _Type:
    quota = DOCUMENT_QUOTAS[kind]
    return _Type(kind, quota.default, attachable, quota.counts_space)


_TYPES: Final[Mapping[str, _Type]] = {
    "managed": _type("identity", ATTACHED_POLICIES_LIMIT),
    **{f"inline-{who}": _Type("identity", quota.default) for who, quota in INLINE_QUOTAS.items()},
    "boundary": _type("boundary"),
    "session": _type("session"),
    "scp": _type("scp"),
    "rcp": _type("rcp"),
}
_MANAGED: Final = ("managed", "boundary")


@click.command()
@click.argument("file")
@click.option(
    "--type",
    "attached_as",
    type=click.Choice(list(_TYPES)),
    default="managed",
    show_default=True,
    help="What the policy is attached as.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Characters of one policy.  [default: the quota of the type]")
@click.option(
    "--attachable",
    type=click.IntRange(min=1),
    help="Policies that may take its place.  [default: 10 managed policies, one of any other type]",
)
@click.option("--accept", "accepted", multiple=True, metavar="ACTION", help="An action that a wildcard may take in.")
@click.option(
    "--exact", is_flag=True, help="Prove that no other choice of wildcards drifts less; needs the extra `exact`."
)
@format_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the policies to this file."
)
@click.option("--json", "as_json", is_flag=True, help="Print policies, wildcards and proof as one JSON answer.")
@workspace_option
@click.pass_obj
def fit(
    workspace: Workspace,
    file: str,
    attached_as: str,
    limit: int | None,
    attachable: int | None,
    accepted: tuple[str, ...],
    exact: bool,
    form: str,
    output: Path | None,
    as_json: bool,
) -> int:
    """Make the policy in FILE fit its quota; `-` reads standard input.

    What it repeats is left out, statements are put together, and it is split over as many policies as may be attached.
    Only when that is not enough, action wildcards take the place of names: none that matches another known action,
    those least likely to match one that AWS has yet to release. The result is proved to mean the same. Exit 1 when it
    does not fit, 2 when the work could not be done.
    """
    kind = _TYPES[attached_as]
    if form in ("hcl", "cfn") and attached_as not in _MANAGED:
        raise InputError(f"`-f {form}` writes managed policies", help="write this one with `-f json`")
    if exact and not is_installed():
        raise InputError("the solver for `--exact` is not installed", help="pip install 'leastwise[exact]'")
    catalogue = load_catalogue(workspace.catalogue)
    policy = policy_in(file, kind.kind)
    found = fit_policy(
        policy,
        limit=limit or kind.limit,
        attachable=attachable or kind.attachable,
        catalogue=catalogue,
        slack=_known(accepted, catalogue),
        exact=exact,
    )
    text = json.dumps(fitted_fields(found), indent=2) if as_json else _rendered(found, form, kind)
    _deliver(text, output)
    for line in fitted_lines(found, policy):
        say(line)
    return 0 if found.fits else 1


def _known(names: tuple[str, ...], catalogue: Catalogue) -> frozenset[str]:
    found = {name: catalogue.action(name) for name in names}
    for name, action in found.items():
        if action is None:
            raise UnknownAction(name)
    return frozenset(action.name for action in found.values() if action)


def _rendered(found: Fitted, form: str, kind: _Type) -> str:
    """The policies as the format has them; without white space where that would count."""
    if form == "json" and kind.counts_space:
        documents = [policy.document() for policy in found.policies]
        return json.dumps(documents[0] if len(documents) == 1 else documents, separators=(",", ":"))
    return FORMATS[form]([NamedPolicy(_name(policy), policy.document()) for policy in found.policies])


def _name(policy: Policy) -> str:
    """The file's name without its folder and ending."""
    path = Path(policy.name)
    return policy.name.removeprefix(f"{path.parent}/").replace(".json", "") or "policy"


def _deliver(text: str, output: Path | None) -> None:
    if output is None:
        answer(text.rstrip("\n"))
        return
    try:
        output.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write `{output}`: {(error.strerror or str(error)).lower()}") from None
    say(f"written: {safe(str(output))}")


def fitted_lines(found: Fitted, policy: Policy) -> Iterator[str]:
    """What was done, what each wildcard matches, and what is proved."""
    sizes = ", ".join(map(number, found.sizes))
    count = f"{len(found.policies)} {'policy' if len(found.policies) == 1 else 'policies'}"
    yield f"{safe(policy.name)}: {number(found.before)} characters; now {count} ({sizes} of {number(found.limit)})"
    yield from (f"done: {step}" for step in found.steps)
    for wildcard in found.wildcards:
        yield from _wildcard_lines(wildcard)
    if found.wildcards:
        yield f"all wildcards together: {_chance(found.drift)}"
    yield f"proof: {found.verdict.value}: {_proved(found)}"
    if not found.fits:
        yield (
            f"warning: it does not fit {found.attachable} x {number(found.limit)} characters, even with action "
            "wildcards that match nothing else: name fewer resources, raise `--attachable`, or split the work"
        )


def _wildcard_lines(wildcard: Wildcard) -> Iterator[str]:
    shown = ", ".join(wildcard.matches[:_SHOWN])
    more = f" and {len(wildcard.matches) - _SHOWN} more" if len(wildcard.matches) > _SHOWN else ""
    yield f"wildcard `{wildcard.pattern}`: {shown}{more}; {_chance(wildcard.drift)}"
    if wildcard.beyond:
        yield f"  accepted besides: {', '.join(wildcard.beyond)}"


def _chance(drift: Drift) -> str:
    return (
        f"{_share(drift.changing)} to match a new action that writes or manages permissions within two years, "
        f"{_share(drift.any)} any new one"
    )


def _share(chance: float) -> str:
    return f"{chance:.1%}" if chance >= 0.001 else "under 0.1%"


def _proved(found: Fitted) -> str:
    accepted = any(one.beyond for one in found.wildcards)
    allowed = "nothing more than the document and what is accepted" if accepted else "exactly what the document does"
    known = "" if found.verdict is Verdict.PASS else ", for the actions known today"
    if found.is_by_parts:
        known += "; told by comparing statements part by part, because of a policy variable"
    return f"{'it allows' if len(found.policies) == 1 else 'together they allow'} {allowed}{known}"


def fitted_fields(found: Fitted) -> dict[str, object]:
    """What `fit --json` prints."""
    return {
        "schema": SCHEMA,
        "fits": found.fits,
        "before": found.before,
        "limit": found.limit,
        "attachable": found.attachable,
        "policies": [
            {"name": _name(policy), "size": size, "document": policy.document()}
            for policy, size in zip(found.policies, found.sizes, strict=True)
        ],
        "steps": list(found.steps),
        "wildcards": [
            {
                "pattern": one.pattern,
                "matches": list(one.matches),
                "accepted": list(one.beyond),
                "drift": _drift_fields(one.drift),
            }
            for one in found.wildcards
        ],
        "drift": _drift_fields(found.drift),
        "verdict": found.verdict.value,
        "by_parts": found.is_by_parts,
    }


def _drift_fields(drift: Drift) -> dict[str, float]:
    return {"write_or_permissions": round(drift.changing, 4), "any": round(drift.any, 4)}
