"""A proposal as one document that carries all that it rests on, and the same worked out again from that alone.

The text is canonical: one rendering for one content, so that a changed byte is a changed document. `verified` does not
take the document's word for anything but its inputs: it decides every request again, proves again, lints again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from leastwise.catalogue.load import Catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.excerpt import excerpt
from leastwise.estate.gather import Snapshot
from leastwise.language.parse import parse_policy
from leastwise.lint.run import lint_policy
from leastwise.model.errors import InputError, LeastwiseError
from leastwise.model.policy import Policy, size
from leastwise.synthesize.documents import proof_document, replay_document, stem
from leastwise.synthesize.grants import Names
from leastwise.synthesize.judge import Judged, judged
from leastwise.synthesize.replay import Requests
from leastwise.synthesize.today import Granted, Today, today
from leastwise.usage.distinct import Apart, Distinct
from leastwise.usage.outcomes import DENIED, SUCCEEDED

KIND: Final = "leastwise-proposal"
SCHEMA: Final = 1


class Row(msgspec.Struct, frozen=True, array_like=True):
    """Equal requests: those of `Distinct`, times in seconds since 1970."""

    principal: str
    principal_type: str
    inferred: str
    action: str
    resource: str
    how: str
    denied_by: str
    denial: str
    denying_policy: str
    facts: tuple[str, ...]
    events: int
    first: int | None
    last: int | None


class Inputs(msgspec.Struct, frozen=True):
    """What was observed, and the part of the snapshot that bears on it; `columns` are those of the facts.

    With `by_hour`, calls of different hours are apart.
    """

    columns: tuple[str, ...]
    by_hour: bool
    needed: tuple[Row, ...]
    denied: tuple[Row, ...]
    failed: int
    entities: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    profile_roles: dict[str, tuple[str, ...]]
    estate: Snapshot | None


class Proposed(msgspec.Struct, frozen=True):
    """One policy; `in_place_of` is the name of the one of today's that goes for it."""

    name: str
    document: dict[str, object]
    in_place_of: str | None = None


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """The document. What is in `told` is said by who made it, and not worked out again."""

    kind: str
    schema: int
    made_with: dict[str, str]
    principal: str
    policies: tuple[Proposed, ...]
    inputs: Inputs
    result: dict[str, object]
    roll_back: dict[str, object]
    told: dict[str, object]
    digest: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What is wrong with a bundle; nothing where all of it follows from its inputs. `notes` say what differs here."""

    faults: tuple[str, ...]
    notes: tuple[str, ...]
    bundle: Bundle | None = None
    judged: Judged | None = None


def written(
    *,
    principal: str,
    policies: Sequence[Proposed],
    asked: Requests,
    estate: Estate | None,
    catalogue: Catalogue,
    version: str,
    told: Mapping[str, object],
) -> str:
    """The text of a bundle; its results are worked out from what goes into it, as they will be from what comes out."""
    named = {one.resource for one in (*asked.needed, *asked.denied)}
    part = excerpt(estate, principal, named) if estate is not None and principal in estate.holders else None
    inputs = _inputs(asked, part)
    held = _estate(inputs)
    result = _result(_judged(principal, policies, inputs, held, catalogue))
    body = {
        "kind": KIND,
        "schema": SCHEMA,
        "made_with": {"leastwise": version, "catalogue": catalogue.header.version},
        "principal": principal,
        "policies": msgspec.to_builtins(tuple(policies)),
        "inputs": msgspec.to_builtins(inputs),
        "result": result,
        "roll_back": _roll_back(principal, policies, _today(held, principal)),
        "told": dict(told),
    }
    return _rendered({**body, "digest": _digest(body)})


def proposed_in(text: str) -> tuple[str, tuple[Policy, ...]]:
    """The principal and the policies of a bundle, as they are; raises InputError where the text is none."""
    try:
        bundle = msgspec.json.decode(text, type=Bundle)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise InputError(f"it is no bundle: {str(error)[:200].lower()}") from None
    return bundle.principal, tuple(parse_policy(one.document, name=one.name) for one in bundle.policies)


def verified(text: str, *, catalogue: Catalogue, version: str) -> Verification:
    """What is wrong with the bundle that the text holds."""
    try:
        body = json.loads(text)
        bundle = msgspec.convert(body, Bundle)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        return Verification((f"it is no bundle: {str(error)[:200].lower()}",), ())
    if (bundle.kind, bundle.schema) != (KIND, SCHEMA):
        return Verification((f"it is {bundle.kind} of schema {bundle.schema}, and this version reads {SCHEMA}",), ())
    if _rendered(body) != text:
        return Verification(("it is not written as a bundle is: a byte was changed",), (), bundle)
    del body["digest"]
    if _digest(body) != bundle.digest:
        return Verification(("its digest is another one: it was changed after it was made",), (), bundle)
    try:
        held = _estate(bundle.inputs)
        found = _judged(bundle.principal, bundle.policies, bundle.inputs, held, catalogue)
    except (LeastwiseError, ValueError) as error:
        return Verification((f"its content cannot be worked out: {error}",), (), bundle)
    faults = list(_differences(bundle.result, json.loads(json.dumps(_result(found)))))
    if bundle.roll_back != json.loads(
        json.dumps(_roll_back(bundle.principal, bundle.policies, _today(held, bundle.principal)))
    ):
        faults.append("the way back does not lead to the policies that its snapshot holds")
    return Verification(tuple(faults), tuple(_notes(bundle, catalogue, version)), bundle, found)


def _notes(bundle: Bundle, catalogue: Catalogue, version: str) -> Iterator[str]:
    here = {"leastwise": version, "catalogue": catalogue.header.version}
    for name, made in bundle.made_with.items():
        if here.get(name) != made:
            yield f"made with {name} {made}, verified with {here.get(name)}"


def _differences(said: Mapping[str, object], found: Mapping[str, object]) -> Iterator[str]:
    for name in sorted({*said, *found}):
        if said.get(name) != found.get(name):
            yield f"`{name}` does not follow from its inputs"


def _rendered(body: Mapping[str, object]) -> str:
    return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _digest(body: Mapping[str, object]) -> str:
    return "sha256:" + hashlib.sha256(_rendered(body).encode()).hexdigest()


def _inputs(asked: Requests, part: Snapshot | None) -> Inputs:
    named = {one.resource.rpartition("/")[2] for one in (*asked.needed, *asked.denied)}
    profiles = {one.resource for one in (*asked.needed, *asked.denied)}
    return Inputs(
        asked.apart.columns,
        asked.apart.by_hour,
        tuple(map(_row, asked.needed)),
        tuple(map(_row, asked.denied)),
        asked.failed,
        tuple((*key, tuple(sorted(arns))) for key, arns in sorted(asked.names.entities.items()) if key[2] in named),
        {name: tuple(sorted(roles)) for name, roles in sorted(asked.names.profile_roles.items()) if name in profiles},
        part,
    )


def _row(one: Distinct) -> Row:
    return Row(
        one.principal,
        one.principal_type,
        one.inferred,
        one.action,
        one.resource,
        one.how,
        one.denied_by,
        one.denial,
        one.denying_policy,
        one.facts,
        one.events,
        None if one.first is None else int(one.first.timestamp()),
        None if one.last is None else int(one.last.timestamp()),
    )


def _distinct(one: Row, outcome: str) -> Distinct:
    return Distinct(
        one.principal,
        one.principal_type,
        one.inferred,
        one.action,
        one.resource,
        one.how,
        False,
        outcome,
        one.denied_by,
        one.denial,
        one.denying_policy,
        one.facts,
        one.events,
        None if one.first is None else datetime.fromtimestamp(one.first, UTC),
        None if one.last is None else datetime.fromtimestamp(one.last, UTC),
    )


def requests_in(inputs: Inputs) -> Requests:
    """The requests that a bundle holds."""
    apart = Apart(inputs.columns, None, inputs.by_hour)
    names = Names(
        {(account, kind, name): frozenset(arns) for account, kind, name, arns in inputs.entities},
        {name: frozenset(roles) for name, roles in inputs.profile_roles.items()},
    )
    needed = tuple(_distinct(one, SUCCEEDED) for one in inputs.needed)
    denied = tuple(_distinct(one, DENIED) for one in inputs.denied)
    return Requests(needed, denied, apart, names, inputs.failed)


def _estate(inputs: Inputs) -> Estate | None:
    return None if inputs.estate is None else Estate(inputs.estate)


def _today(estate: Estate | None, principal: str) -> Today | None:
    return today(estate, principal) if estate is not None and principal in estate.holders else None


def _judged(
    principal: str, policies: Iterable[Proposed], inputs: Inputs, estate: Estate | None, catalogue: Catalogue
) -> Judged:
    documents = [parse_policy(one.document, name=one.name) for one in policies]
    return judged(documents, requests_in(inputs), estate, _today(estate, principal), catalogue)


def _result(found: Judged) -> dict[str, object]:
    return {
        "replay": replay_document(found.replay),
        "proof": proof_document(found.proof),
        "within_boundary_and_scps": proof_document(found.bounded),
        "lint": [finding for policy in found.policies for finding in lint_document(policy)],
        "sizes": {policy.name: size(policy.document()) for policy in found.policies},
    }


def lint_document(policy: Policy) -> list[dict[str, object]]:
    """What lint finds in the policy, as JSON values."""
    found = lint_policy(policy.document(), kind="identity", name=policy.name)
    return [
        {"policy": policy.name, "code": one.code, "severity": one.severity, "path": one.path, "message": one.message}
        for one in found
    ]


def _roll_back(principal: str, policies: Sequence[Proposed], was: Today | None) -> dict[str, object]:
    """The policies of today as they were attached; what is to be undone and done to have them again."""
    granted = () if was is None else was.granted
    kept = {
        one.name for one in granted if any(one.name == new.in_place_of and _is_as_it_was(one, new) for new in policies)
    }
    new = [one for one in policies if one.in_place_of not in kept]
    old = [one for one in granted if one.name not in kept]
    return {
        "known": was is not None and was.is_known,
        "identity": [
            {"name": one.name, "standing": one.standing, "of": one.of, "document": _parsed(one.text)} for one in granted
        ],
        "attached_instead": [one.name for one in new],
        "commands": [*_detaching(principal, new), *_attaching(principal, old)],
    }


def _is_as_it_was(one: Granted, new: Proposed) -> bool:
    return one.policy is not None and one.policy.document() == new.document


def _detaching(principal: str, new: Iterable[Proposed]) -> Iterator[list[str]]:
    """The commands that take the proposal's policies away, which are attached as managed ones."""
    kind, name, account = _named(principal)
    if kind:
        for one in new:
            arn = f"{account}:policy/{one.name}"
            yield ["aws", "iam", f"detach-{kind}-policy", f"--{kind}-name", name, "--policy-arn", arn]


def _attaching(principal: str, old: Iterable[Granted]) -> Iterator[list[str]]:
    """The commands that put today's policies where they were; those of a group are the group's, and stay."""
    kind, name, _ = _named(principal)
    for one in old if kind else ():
        if one.standing == "inline":
            document = f"file://roll-back/{stem(one.name)}.json"
            yield [
                *("aws", "iam", f"put-{kind}-policy", f"--{kind}-name", name),
                *("--policy-name", one.name, "--policy-document", document),
            ]
        elif one.standing != "group":
            yield ["aws", "iam", f"attach-{kind}-policy", f"--{kind}-name", name, "--policy-arn", one.name]


def _named(principal: str) -> tuple[str, str, str]:
    """Whether a role or user, by which name, and how ARNs of its account's policies begin; empty for any other."""
    head, _, rest = principal.rpartition(":")
    kind = rest.partition("/")[0]
    return (kind, rest.rpartition("/")[2], head) if kind in ("role", "user") else ("", "", "")


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
