"""Whom and what an Allow reaches by name: accounts, principals, and the public addresses it may be used from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Final, Literal

from leastwise.language.conditions import Clause, clauses_of
from leastwise.language.context import Facts
from leastwise.language.matching import resource_pattern
from leastwise.language.values import addresses
from leastwise.language.values.ranges import Ranges
from leastwise.language.values.typed import Typed
from leastwise.model.policy import Kind, Policy, Principals, Statement

Public = Literal["no", "with conditions", "yes"]
"""Whether everyone may use an Allow: none of them, those with conditions only, or one without any."""
PUBLIC_LEVELS: Final[tuple[Public, ...]] = ("no", "with conditions", "yes")

_V6 = 1 << 32
_ACCOUNT = 4
_WILD = "\0"
_OWN_RESOURCE: Final[frozenset[Kind]] = frozenset({"resource", "trust"})
_SOURCE_IP = "aws:sourceip"

_NOT_PUBLIC = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
)
"""IANA, "IPv4 Special-Purpose Address Registry", but for the blocks of documentation, which stand for public ones."""

_PUBLIC_V6 = "2000::/3"
"""IANA, "Internet Protocol Version 6 Address Space": all that is given out as global unicast."""

_DIRECT: Final = Facts(
    {
        "aws:ViaAWSService": "false",
        "aws:PrincipalIsAWSService": "false",
        "aws:SourceVpc": None,
        "aws:SourceVpce": None,
        "aws:SourceVpcArn": None,
        "aws:VpcSourceIp": None,
        "aws:VpceAccount": None,
        "aws:VpceOrgID": None,
        "aws:VpceOrgPaths": None,
    },
    is_complete=False,
)
"""What is known of a request that comes straight from a public address. Global condition context keys."""


@dataclass(frozen=True, slots=True)
class Named:
    """Names in order; with `is_any`, all others as well."""

    names: tuple[str, ...]
    is_any: bool = False

    @property
    def number(self) -> int | None:
        """How many there are; None for any."""
        return None if self.is_any else len(self.names)


@dataclass(frozen=True, slots=True)
class PublicAddresses:
    """The number of public addresses; with `is_any`, that is all there are."""

    v4: int
    v6: int
    is_any: bool


def accounts(statements: Iterable[Statement], policy: Policy) -> Named:
    """The accounts that stand in the statements' resources and principals.

    The resources of a resource or trust policy are its own, so their account tells nothing. An ARN without an account,
    such as a bucket's, names none.
    """
    found = list(statements)
    principals = [account for statement in found for account in _accounts_of_principals(statement)]
    if policy.kind in _OWN_RESOURCE:
        return _named(principals)
    return _named([*principals, *(account for s in found for account in _accounts_of_resources(s, policy))])


def principals(statements: Iterable[Statement]) -> Named:
    """The principals that stand in the statements, each with its type."""
    found = list(statements)
    told = {_WILD if value == "*" and kind != "Service" else f"{kind} {value}" for kind, value in _principals(found)}
    return _named([*told, *(_WILD for statement in found if statement.is_not_principal)])


def public(statements: Iterable[Statement]) -> Public:
    """Whether the statements are for everyone, and whether each that is has conditions."""
    ours = [statement for statement in statements if is_for_everyone(statement) or statement.is_not_principal]
    if not ours:
        return "no"
    return "with conditions" if all(statement.conditions for statement in ours) else "yes"


def is_for_everyone(statement: Statement) -> bool:
    """Whether the statement's Principal is everyone; False where it has none."""
    return not statement.is_not_principal and "*" in (statement.principals or {}).get("AWS", ())


def binds_everyone(statement: Statement) -> bool:
    """Whether a statement asks nothing of who the principal is."""
    return statement.principals is None or is_for_everyone(statement)


def counted(region: Ranges[int]) -> PublicAddresses:
    """The number of addresses in a region of public ones."""
    sizes = [((piece.low or 0) < _V6, (piece.high or 0) - (piece.low or 0)) for piece in region.pieces()]
    v4, v6 = (sum(size for is_v4, size in sizes if is_v4 == wanted) for wanted in (True, False))
    return PublicAddresses(v4, v6, region == PUBLIC)


def usable_from(statement: Statement, policy: Policy) -> Ranges[int]:
    """The public addresses from which the conditions may hold, all that is not known taken for granted."""
    region = PUBLIC
    for clause in _clauses(statement, policy):
        limit = _limit(clause)
        if limit is not None:
            region &= limit
        elif clause.check(_DIRECT) is False:
            return Ranges()
    return region


def always_denied_from(statement: Statement, policy: Policy) -> Ranges[int]:
    """The public addresses from which the conditions hold for certain."""
    region = PUBLIC
    for clause in _clauses(statement, policy):
        limit = _limit(clause)
        if limit is not None:
            region &= limit
        elif clause.check(_DIRECT) is not True:
            return Ranges()
    return region


def _clauses(statement: Statement, policy: Policy) -> tuple[Clause, ...]:
    return clauses_of(statement.conditions, has_variables=policy.has_variables)


def _limit(clause: Clause) -> Ranges[int] | None:
    """The addresses that a test of `aws:SourceIp` lets through; None for any other test."""
    accepted = clause.accepted
    if clause.key != _SOURCE_IP or not isinstance(accepted, Typed) or accepted.kind is not addresses.KIND:
        return None
    region: Ranges[int] = accepted.region
    return region


def _public() -> Ranges[int]:
    known = addresses.inside("0.0.0.0/0").region & ~reduce(Ranges.__or__, map(_region, _NOT_PUBLIC))
    return known | _region(_PUBLIC_V6)


def _region(block: str) -> Ranges[int]:
    return addresses.inside(block).region


PUBLIC: Final = _public()
"""All public addresses."""


def _named(found: Iterable[str]) -> Named:
    names = set(found)
    return Named(tuple(sorted(names - {_WILD})), _WILD in names)


def _accounts_of_resources(statement: Statement, policy: Policy) -> Iterator[str]:
    if statement.is_not_resource or not statement.has_resource:
        yield _WILD
        return
    for text in statement.resources:
        pattern = resource_pattern(text, policy.kind, policy.has_variables)
        if pattern.glob is None and not pattern.template:
            continue
        glob = pattern.glob or pattern.widest()
        yield from _account_in("".join(step if isinstance(step, str) else _WILD for step in glob.steps))


def _accounts_of_principals(statement: Statement) -> Iterator[str]:
    if statement.is_not_principal:
        yield _WILD
        return
    for kind, value in _principals([statement]):
        if value.isdecimal():
            yield value
        elif kind in ("AWS", "Federated") and ("*" in value or value.startswith("arn:")):
            yield from _account_in(value.replace("*", _WILD))


def _account_in(arn: str) -> Iterator[str]:
    """The account part, nothing where it is empty; a wildcard in it stands for any."""
    parts = arn.split(":")
    account = parts[_ACCOUNT] if len(parts) > _ACCOUNT else _WILD
    if account:
        yield _WILD if _WILD in account else account


def _principals(statements: Iterable[Statement]) -> Iterator[tuple[str, str]]:
    for statement in statements:
        named: Principals = {} if statement.is_not_principal else statement.principals or {}
        yield from ((kind, value) for kind, values in named.items() for value in values)
