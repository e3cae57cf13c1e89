"""Conditions that every observed call satisfies: from where, through what, how protected, with which tags.

A condition is proposed for a statement only where the record of every call for its actions tells the key, where all of
them agree, and where there were enough of them on enough days. What the log does not tell is no evidence.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal, get_args

from leastwise.model.policy import Statement
from leastwise.model.request import ContextValue
from leastwise.synthesize.propose import Proposal, ProposedStatement
from leastwise.usage.distinct import Apart, Distinct
from leastwise.usage.told import context_told

Kind = Literal[
    "region",
    "source-ip",
    "vpc-endpoint",
    "mfa",
    "tls",
    "called-via",
    "request-tags",
    "principal-tags",
    "resource-tags",
    "until",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
KEYS: Final = (
    "aws:requestedregion",
    "aws:sourceip",
    "aws:sourcevpce",
    "aws:multifactorauthpresent",
    "aws:securetransport",
    "aws:calledvialast",
)
"""What has to be known of each call."""

LEAST_CALLS: Final = 20
LEAST_DAYS: Final = 7
_MOST_VALUES: Final = 10
_AFTER_LAST: Final = timedelta(days=30)
_TAG: Final = "aws:requesttag/"


@dataclass(frozen=True, slots=True)
class Condition:
    """An operator, a key and its values, and the evidence for it in words."""

    operator: str
    key: str
    values: tuple[str, ...]
    evidence: str


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of equal calls: the action, the context, how many, and on which days from and to."""

    action: str
    context: Mapping[str, ContextValue]
    one: Distinct


def calls_of(rows: Iterable[Distinct], apart: Apart) -> tuple[Call, ...]:
    """The calls with what their rows tell."""
    return tuple(Call(one.action, context_told(KEYS, apart.row(one)), one) for one in rows)


def conditioned(found: Proposal, calls: Sequence[Call], kinds: Iterable[Kind], days: Mapping[str, int]) -> Proposal:
    """The proposal with conditions of these kinds where the calls bear them out; `days` counts days of use by action.

    A policy that would grow over the limit stays as it is.
    """
    wanted = tuple(dict.fromkeys(kinds))
    return _each(found, lambda one: _statement(one, calls, wanted, days))


def with_tags(found: Proposal, tags: Mapping[str, str]) -> Proposal:
    """The proposal for none but principals with these tags; a policy that would grow over the limit stays as it is."""
    told = [
        Condition("StringEquals", f"aws:PrincipalTag/{name}", (value,), f"everyone who gets it bears `{name}`")
        for name, value in tags.items()
    ]
    return _each(found, lambda one: replace(one, statement=_with(one.statement, told)))


Tags = Mapping[str, str]


def with_resource_tags(
    found: Proposal, tags_of: Callable[[str], Tags], takes_tags: Callable[[str, str], bool], principal: Tags
) -> Proposal:
    """The proposal with conditions on the tags of resources.

    Only where all actions of a statement take them and all its resources are named and bear a tag with one value:
    that of the principal's own tag, where it has one of that name (attribute-based access control). `principal` are the
    tags of everyone who gets the policies. A policy that would grow over the limit stays as it is. Source: IAM User
    Guide, "Define permissions based on attributes with ABAC authorization".
    """
    return _each(found, lambda one: _of_tags(one, tags_of, takes_tags, principal))


def _each(found: Proposal, narrowed: Callable[[ProposedStatement], ProposedStatement]) -> Proposal:
    """The proposal with each statement narrowed, but for policies that would grow over the limit."""
    policies = []
    for policy in found.policies:
        changed = replace(policy, statements=tuple(map(narrowed, policy.statements)))
        policies.append(changed if changed.size <= found.limit else policy)
    return replace(found, policies=tuple(policies))


def _of_tags(
    proposed: ProposedStatement, tags_of: Callable[[str], Tags], takes_tags: Callable[[str, str], bool], principal: Tags
) -> ProposedStatement:
    statement = proposed.statement
    if not all(takes_tags(action, resource) for action in statement.actions for resource in statement.resources):
        return proposed
    shared = set.intersection(*(set(tags_of(resource).items()) for resource in statement.resources))
    told = []
    for name, value in sorted(shared):
        is_own = principal.get(name) == value
        wanted = f"${{aws:PrincipalTag/{name}}}" if is_own else value.replace("${", "${$}{")
        bears = (
            f"every resource of it bears the principal's `{name}`" if is_own else f"every resource of it bears `{name}`"
        )
        told.append(Condition("StringEquals", f"aws:ResourceTag/{name}", (wanted,), bears))
    return _noted(proposed, told)


def _statement(
    proposed: ProposedStatement, calls: Sequence[Call], kinds: Sequence[Kind], days: Mapping[str, int]
) -> ProposedStatement:
    statement = proposed.statement
    about = [one for one in calls if one.action in statement.actions]
    enough = min((days.get(action, 0) for action in statement.actions), default=0) >= LEAST_DAYS
    if not enough or sum(one.one.events for one in about) < LEAST_CALLS:
        return proposed
    return _noted(proposed, [one for kind in kinds if kind in _KINDS for one in _KINDS[kind](about)])


def _noted(proposed: ProposedStatement, found: Sequence[Condition]) -> ProposedStatement:
    """The statement under these conditions, which its evidence tells."""
    notes = (*proposed.evidence.notes, *(one.evidence for one in found))
    evidence = replace(proposed.evidence, notes=notes)
    return replace(proposed, statement=_with(proposed.statement, found), evidence=evidence)


def _with(statement: Statement, found: Iterable[Condition]) -> Statement:
    blocks = {operator: dict(block) for operator, block in statement.conditions.items()}
    for one in found:
        blocks.setdefault(one.operator, {}).setdefault(one.key, one.values)
    return replace(statement, conditions=blocks)


def _values(calls: Iterable[Call], key: str) -> tuple[str, ...] | None:
    """Every value of the key, sorted; None where some call has none that is known."""
    found: set[str] = set()
    for one in calls:
        value = one.context.get(key)
        if not isinstance(value, str):
            return None
        found.add(value)
    return tuple(sorted(found)) if len(found) <= _MOST_VALUES else None


def _told(calls: Sequence[Call], what: str) -> str:
    return f"every one of its {sum(one.one.events for one in calls):,} calls {what}"


def _equal(key: str, written: str, what: str) -> Callable[[Sequence[Call]], Iterator[Condition]]:
    def found(calls: Sequence[Call]) -> Iterator[Condition]:
        values = _values(calls, key)
        if values:
            yield Condition("StringEquals", written, values, _told(calls, f"{what} {', '.join(values)}"))

    return found


def _true(key: str, written: str, what: str) -> Callable[[Sequence[Call]], Iterator[Condition]]:
    def found(calls: Sequence[Call]) -> Iterator[Condition]:
        if _values(calls, key) == ("true",):
            yield Condition("Bool", written, ("true",), _told(calls, what))

    return found


def _addresses(calls: Sequence[Call]) -> Iterator[Condition]:
    """Networks of 256 addresses, or of the 64 bits of one IPv6 subnet, where more than one address of them was seen."""
    seen: set[str] = set()
    for one in calls:
        value = one.context.get("aws:sourceip")
        if not isinstance(value, str):
            return
        seen.add(value)
    networks = _networks(seen)
    if networks and len(networks) <= _MOST_VALUES:
        yield Condition("IpAddress", "aws:SourceIp", networks, _told(calls, f"came from {', '.join(networks)}"))


def _networks(addresses: Iterable[str]) -> tuple[str, ...]:
    inside: dict[str, set[str]] = {}
    for text in addresses:
        address = ipaddress.ip_address(text)
        network = ipaddress.ip_network(f"{text}/{24 if address.version == 4 else 64}", strict=False)
        inside.setdefault(str(network), set()).add(text)
    single = (
        (f"{next(iter(found))}/{128 if ':' in network else 32}", network, found) for network, found in inside.items()
    )
    return tuple(sorted(network if len(found) > 1 else alone for alone, network, found in single))


def _tags(calls: Sequence[Call]) -> Iterator[Condition]:
    """Tags that every request carried with one of a few values."""
    keys = (
        set.intersection(*({key for key in one.context if key.startswith(_TAG)} for one in calls)) if calls else set()
    )
    for key in sorted(keys):
        values = _values(calls, key)
        if values:
            name = key.removeprefix(_TAG)
            yield Condition("StringEquals", f"aws:RequestTag/{name}", values, _told(calls, f"set the tag `{name}`"))


def _until(calls: Sequence[Call]) -> Iterator[Condition]:
    """An end, a month after the last call: for work that is done once."""
    last = max((one.one.last for one in calls if one.one.last), default=None)
    if last is not None and all(one.one.last for one in calls):
        end = f"{last + _AFTER_LAST:%Y-%m-%dT00:00:00Z}"
        yield Condition("DateLessThan", "aws:CurrentTime", (end,), _told(calls, f"was before {last:%Y-%m-%d}"))


_KINDS: Final[Mapping[Kind, Callable[[Sequence[Call]], Iterator[Condition]]]] = {
    "region": _equal("aws:requestedregion", "aws:RequestedRegion", "was in"),
    "source-ip": _addresses,
    "vpc-endpoint": _equal("aws:sourcevpce", "aws:SourceVpce", "came through"),
    "mfa": _true("aws:multifactorauthpresent", "aws:MultiFactorAuthPresent", "was made with MFA"),
    "tls": _true("aws:securetransport", "aws:SecureTransport", "came over TLS"),
    "called-via": _equal("aws:calledvialast", "aws:CalledViaLast", "was made by"),
    "request-tags": _tags,
    "until": _until,
}
"""IAM User Guide, "AWS global condition context keys". No key tells the time of day."""
