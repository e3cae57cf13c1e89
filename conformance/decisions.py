"""Cases of the area `decisions` in JSON: one request and every policy that binds it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Struct

from conformance.cases import Case, Document, document_of, json_cases, one_of
from conformance.estates import snapshot_of
from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.estate.ask import Facts, who_can
from leastwise.estate.assemble import Estate
from leastwise.language.context import text_of
from leastwise.language.parse import parse_draft
from leastwise.model.decision import Outcome
from leastwise.model.errors import PolicyError
from leastwise.model.policy import Kind, Policy
from leastwise.model.request import ContextValue, Principal, Request

_Levels = list[list[Document | None] | None]
_WHOLE_ESTATE = re.compile(r"iamspy:(who_can|batch)#\d+(?=:)")
"""Ids of cases whose source asks them of all principals of an estate at once."""

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
    identity_policies: list[Document | None] | None = None
    resource_policy: Document | None = None
    permission_boundary: Document | None = None
    session_policy: Document | None = None
    scps: _Levels | None = None
    rcps: _Levels | None = None
    unknown_context: str | None = None
    principal_in_management_account: bool | None = None


def decision_cases(data: bytes) -> list[Case]:
    """Cases that give a request and its policies and expect an outcome; raises MalformedCases."""
    numbered = list(json_cases(data, _Asked))
    together: dict[str, list[_Asked]] = {}
    for _, asked in numbered:
        together.setdefault(_question(asked), []).append(asked)
    return [_case(asked, number, together[_question(asked)]) for number, asked in numbered]


def _question(asked: _Asked) -> str:
    """What the cases of one question to a whole estate share; a case of its own has its id."""
    found = _WHOLE_ESTATE.match(asked.id)
    return found[0] if found else asked.id


def _case(asked: _Asked, number: int, together: Sequence[_Asked]) -> Case:
    ask = partial(_among_all, asked, together) if _WHOLE_ESTATE.match(asked.id) else partial(_answer, asked)
    return Case(asked.id, one_of(asked.expected, _EXPECTED, number), ask)


def _among_all(asked: _Asked, together: Sequence[_Asked]) -> str:
    """Whether the principal is among those who can, asked of an estate that holds what all these cases tell."""
    request = _request(asked)
    estate = Estate(snapshot_of([(_request(one), _policy_set(one)) for one in together]))
    facts = Facts(request.context, request.context_is_complete)
    found = {answer.principal for answer in who_can(estate, request.action, request.resource, facts=facts)}
    return "Allowed" if asked.request.principal in found else "Denied"


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


def _policies(documents: Sequence[Document | None], kind: Kind) -> list[Policy]:
    return [_policy(document, kind) for document in documents if document is not None]


def _policy(document: Document, kind: Kind) -> Policy:
    """The policy as it is written: what AWS would refuse for its values alone is decided all the same."""
    return parse_draft(document_of(document), kind=kind)[0]
