"""Cases of the area `decisions` in JSON: one request and every policy that binds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec
from msgspec import Raw, Struct

from conformance.cases import Case, MalformedCases, json_cases
from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.language.context import text_of
from leastwise.language.parse import parse_draft
from leastwise.model.decision import Outcome
from leastwise.model.errors import PolicyError
from leastwise.model.policy import Kind, Policy
from leastwise.model.request import ContextValue, Principal, Request

_Document = dict[str, object]
_Levels = list[list[_Document | None] | None]
_TRUST_ACTIONS = "sts:assumerole"
_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.ALLOW: "Allowed",
    Outcome.IMPLICIT_DENY: "ImplicitlyDenied",
    Outcome.EXPLICIT_DENY: "ExplicitlyDenied",
    Outcome.DEPENDS: "Depends",
}
_EXPECTED = ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied", "Denied")


class _Request(Struct):
    action: str
    resource: str
    principal: str
    context: dict[str, str | bool | int | float | list[str | bool | int | float] | None] | None = None
    resource_account: str | None = None


class _Asked(Struct):
    id: str
    request: _Request
    expected: str
    identity_policies: list[_Document | None] | None = None
    resource_policy: _Document | None = None
    permission_boundary: _Document | None = None
    session_policy: _Document | None = None
    scps: _Levels | None = None
    rcps: _Levels | None = None
    unknown_context: str | None = None
    principal_in_management_account: bool | None = None


def decision_cases(data: bytes) -> list[Case]:
    """Cases that give a request and its policies and expect an outcome; raises MalformedCases."""
    return [_case(raw, number) for number, raw in enumerate(json_cases(data), 1)]


def _case(raw: Raw, number: int) -> Case:
    try:
        asked = msgspec.json.decode(raw, type=_Asked)
    except msgspec.MsgspecError as error:
        raise MalformedCases(f"case {number}: {str(error)[:1].lower()}{str(error)[1:]}") from None
    if asked.expected not in _EXPECTED:
        raise MalformedCases(f"case {number}: `{asked.expected}` is not one of {', '.join(_EXPECTED)}")
    return Case(asked.id, asked.expected, partial(_answer, asked))


def _answer(asked: _Asked) -> str:
    """Our outcome in the words of the case; where a key may have any value, whether it can be allowed at all."""
    try:
        decision = evaluate(_request(asked), _policy_set(asked))
    except PolicyError as error:
        return f"no policy: {error.faults[0].message}"
    if _is_open(asked) and Outcome.ALLOW in decision.possible:
        return "Allowed"
    told = _OUTCOMES[decision.outcome]
    return "Denied" if asked.expected == "Denied" and Outcome.ALLOW not in decision.possible else told


def _is_open(asked: _Asked) -> bool:
    return (asked.unknown_context or "").startswith("any")


def _request(asked: _Asked) -> Request:
    told = asked.request
    return Request(
        Principal.of(told.principal, in_management_account=bool(asked.principal_in_management_account)),
        told.action,
        told.resource,
        _context(told),
        resource_account=told.resource_account,
        context_is_complete=not _is_open(asked),
    )


def _context(told: _Request) -> dict[str, ContextValue]:
    found = (told.context or {}).items()
    return {key: [text_of(one) for one in value] if isinstance(value, list) else value for key, value in found}


def _policy_set(asked: _Asked) -> PolicySet:
    is_trust = asked.request.action.lower().startswith(_TRUST_ACTIONS)
    boundary = _policies([asked.permission_boundary], "boundary")
    return PolicySet(
        identity=_policies(asked.identity_policies or (), "identity"),
        boundary=boundary[0] if boundary else None,
        session=_policies([asked.session_policy], "session"),
        resource=_policies([asked.resource_policy], "trust" if is_trust else "resource"),
        scps=[_policies(level or (), "scp") for level in asked.scps or ()],
        rcps=[_policies(level or (), "rcp") for level in asked.rcps or ()],
    )


def _policies(documents: Sequence[_Document | None], kind: Kind) -> list[Policy]:
    return [_policy(document, kind) for document in documents if document is not None]


def _policy(document: _Document, kind: Kind) -> Policy:
    """The policy as it is written: what AWS would refuse for its values alone is decided all the same."""
    raw = document.get("$raw")
    return parse_draft(raw if isinstance(raw, str) else document, kind=kind)[0]
