"""Cases of the area `decisions` in Markdown: named policies, then one request a row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from conformance.cases import Case
from conformance.cells import Row, context_of, rows, switches_of
from leastwise.decide.evaluate import Decision, evaluate
from leastwise.decide.policies import AccessPoint, AclGrant, KeyGrant, PolicySet
from leastwise.language.parse import parse_policy
from leastwise.model.decision import Outcome
from leastwise.model.errors import PolicyError, RequestError
from leastwise.model.policy import Kind, Policy
from leastwise.model.request import UNKNOWN, Principal, Request, Unknown
from leastwise.model.switches import Switches

COLUMNS = ("case", "principal", "action", "resource", "context", "policies", "facts", "decision", "by", "source")
NO_POLICY, NOT_KNOWN = "-", "?"

_Texts = Mapping[str, str]
_Levels = Sequence[tuple[Policy, ...] | Unknown]
_BLOCK = re.compile(r"^```json (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_KIND_OF: Mapping[str, Kind] = {
    "identity": "identity",
    "boundary": "boundary",
    "session": "session",
    "resource": "resource",
    "trust": "trust",
    "endpoint": "endpoint",
    "access-point": "resource",
    "scp": "scp",
    "rcp": "rcp",
}
_LEVELLED = ("scp", "rcp")
_FLAGS = ("open", "management-account", "resource-management-account", "public-access-block")
_FACTS = ("resource-account", "role-arn", "user-arn", "canonical-id", "bucket-resource", "grant", "acl")


@dataclass(frozen=True, slots=True)
class _Facts:
    """The `facts` cell: what stands behind each name, an empty text behind a flag."""

    told: Mapping[str, str]
    tags: Mapping[str, str] | None
    switches: Switches

    def is_told(self, name: str) -> bool:
        return name in self.told


@dataclass(frozen=True, slots=True)
class Asked:
    """One row: the request, what binds it, and how it is to be read."""

    row: Row
    request: Request
    policies: PolicySet
    switches: Switches


def decision_rows(data: bytes) -> list[Case]:
    """Named policies in fenced blocks, then rows of requests; raises MalformedCases."""
    return [_case(one) for one in asked_rows(data)]


def asked_rows(data: bytes) -> list[Asked]:
    """The rows as the decision engine takes them; raises MalformedCases."""
    texts = dict(_BLOCK.findall(data.decode("utf-8", "replace")))
    return [_asked(row, texts) for row in rows(data, COLUMNS)]


def _asked(row: Row, texts: _Texts) -> Asked:
    facts = _facts(row)
    return Asked(row, _request(row, facts), _policy_set(row, facts, texts), facts.switches)


def _case(one: Asked) -> Case:
    row = one.row
    expected = {"decision": _decision(row), **({"by": row["by"]} if row["by"] else {})}
    return Case(row["case"], expected, partial(_answer, one.request, one.policies, one.switches, row["by"]))


def _decision(row: Row) -> str:
    outcome, _, possible = row["decision"].partition(": ")
    named = sorted(possible.split(", ")) if possible else []
    if not {outcome, *named} <= set(Outcome.__members__) or (outcome == "DEPENDS") != bool(named):
        raise row.fault(f"`decision` is `{row['decision']}`, not an outcome")
    return f"{outcome}: {', '.join(named)}" if named else outcome


def _answer(request: Request, policies: PolicySet, switches: Switches, by: str) -> dict[str, str]:
    decision = evaluate(request, policies, switches=switches)
    possible = ", ".join(sorted(str(outcome) for outcome in decision.possible))
    told = f"DEPENDS: {possible}" if decision.outcome is Outcome.DEPENDS else str(decision.outcome)
    return {"decision": told, **({"by": _settled_by(decision, by)} if by else {})}


def _settled_by(decision: Decision, by: str) -> str:
    """The policy type that settled it, or the statement that the row names if it is among those that did."""
    if "#" not in by:
        return decision.settled_by
    named = [f"{one.policy_type}#{one.index}" for one in decision.determining]
    return by if by in named else ", ".join(named)


def _facts(row: Row) -> _Facts:
    told, tags, switches = {}, {}, ""
    for word in row["facts"].split():
        name, _, value = word.partition("=")
        if name.startswith("tag:"):
            tags[name.removeprefix("tag:")] = value
        elif name.startswith("switch:"):
            switches = word.removeprefix("switch:")
        elif (name in _FLAGS and not value) or (name in _FACTS and value):
            told[name] = value
        else:
            raise row.fault(f"`facts` has `{word}`, which is none")
    return _Facts(told, tags or None, switches_of(row, switches))


def _request(row: Row, facts: _Facts) -> Request:
    told = facts.told
    return Request(
        _principal(row, facts),
        row["action"],
        row["resource"],
        context_of(row),
        resource_account=told.get("resource-account"),
        context_is_complete=not facts.is_told("open"),
        resource_in_management_account=facts.is_told("resource-management-account"),
    )


def _principal(row: Row, facts: _Facts) -> Principal:
    try:
        return Principal.of(
            row["principal"],
            role_arn=facts.told.get("role-arn"),
            user_arn=facts.told.get("user-arn"),
            canonical_id=facts.told.get("canonical-id"),
            tags=facts.tags,
            in_management_account=facts.is_told("management-account"),
        )
    except RequestError as error:
        raise row.fault(error.message) from None


def _policy_set(row: Row, facts: _Facts, texts: _Texts) -> PolicySet:
    cell = _policies_cell(row)
    flat = {kind: _parsed(row, cell.get(kind, ""), kind, texts) for kind in _KIND_OF if kind not in _LEVELLED}
    scps, rcps = (_levels(row, cell.get(kind, ""), kind, texts) for kind in _LEVELLED)
    return PolicySet(
        identity=flat["identity"],
        boundary=_only(flat["boundary"]),
        session=flat["session"],
        resource=flat["trust"] or flat["resource"],
        endpoint=flat["endpoint"],
        scps=scps,
        rcps=rcps,
        access_point=_access_point(row, _only(flat["access-point"]), facts),
        grants=_grants(row, facts),
        acl=_acl(row, facts),
        public_access_block=facts.is_told("public-access-block"),
    )


def _policies_cell(row: Row) -> dict[str, str]:
    cell = dict(word.partition("=")[::2] for word in row["policies"].split())
    for kind, names in cell.items():
        if kind not in _KIND_OF or not names:
            raise row.fault(f"`policies` has `{kind}={names}`, which is no policy type with its policies")
    return cell


def _levels(row: Row, names: str, kind: str, texts: _Texts) -> _Levels | Unknown:
    if names == NOT_KNOWN:
        return UNKNOWN
    levels = names.split("/") if names else []
    return [() if level == NO_POLICY else _parsed(row, level, kind, texts) for level in levels]


def _parsed(row: Row, names: str, kind: str, texts: _Texts) -> tuple[Policy, ...] | Unknown:
    if names == NOT_KNOWN:
        return UNKNOWN
    return tuple(_policy(row, name, _KIND_OF[kind], texts) for name in names.split(",") if name)


def _policy(row: Row, name: str, kind: Kind, texts: _Texts) -> Policy:
    if name not in texts:
        raise row.fault(f"no policy is named `{name}`")
    try:
        return parse_policy(texts[name], kind=kind, name=name)
    except PolicyError as error:
        raise row.fault(error.message) from None


def _only(policies: tuple[Policy, ...] | Unknown) -> Policy | Unknown | None:
    return policies if isinstance(policies, Unknown) else next(iter(policies), None)


def _access_point(row: Row, policy: Policy | Unknown | None, facts: _Facts) -> AccessPoint | None:
    if policy is None:
        return None
    if not facts.is_told("bucket-resource"):
        raise row.fault("an access point needs the fact `bucket-resource`")
    return AccessPoint(policy, facts.told["bucket-resource"])


def _grants(row: Row, facts: _Facts) -> tuple[KeyGrant, ...] | Unknown:
    if facts.told.get("grant") == NOT_KNOWN:
        return UNKNOWN
    words = _to_whom(row, facts, "grant")
    return (_grant(row, words),) if words else ()


def _grant(row: Row, words: Sequence[str]) -> KeyGrant:
    grant = KeyGrant(words[1], tuple(words[0].split(",")))
    for word in words[2:]:
        constraint, _, pair = word.partition(":")
        key, _, value = pair.partition("=")
        if constraint not in ("equals", "subset") or not value:
            raise row.fault(f"`grant` has `{word}`, which is no constraint")
        grant = replace(grant, **{f"context_{constraint}": ((key, value),)})  # type: ignore[arg-type]
    return grant


def _acl(row: Row, facts: _Facts) -> tuple[AclGrant, ...] | Unknown:
    if facts.told.get("acl") == NOT_KNOWN:
        return UNKNOWN
    words = _to_whom(row, facts, "acl")
    return (AclGrant(words[1], words[0], is_on_object=words[2:] == ["object"]),) if words else ()


def _to_whom(row: Row, facts: _Facts, name: str) -> list[str]:
    text = facts.told.get(name, "")
    words = text.split("@") if text else []
    if len(words) == 1:
        raise row.fault(f"`{name}={text}` says not to whom")
    return words
