"""Whether a statement's Principal element takes in who asks, and what an Allow to that form of principal is worth.

========  =========================================================================  =======================
form      a resource policy of the same account allows                              and is still limited by
========  =========================================================================  =======================
direct    the user, the session, the federated user, the service, or everyone       nothing
role      the role behind the session, or the user behind the federated user        boundary, session policy
account   the account: it hands the decision on                                     identity policies, and both
========  =========================================================================  =======================

Source: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access"; "Principal".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from leastwise.decide.facts import CANONICAL_KEY, SESSION_KEY
from leastwise.language.conditions import Clause, clauses_of
from leastwise.model.arn import parse_arn
from leastwise.model.errors import RequestError
from leastwise.model.policy import Statement
from leastwise.model.request import Principal, principal_of
from leastwise.model.switches import Switches

Form = Literal["direct", "role", "account"]
_ACCOUNT = re.compile(r"(?:arn:[^:]+:iam::)?([0-9]{12})(?::root)?")
_IN_AN_ACCOUNT = ("user", "role", "root", "federated-user")


@dataclass(frozen=True, slots=True)
class Naming:
    """One way in which a statement names who asks; `given` must hold besides, where that turns on an unknown fact."""

    form: Form
    given: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """Something that no policy or key can tell: `told` says what, in words."""

    told: str


def namings(
    statement: Statement, principal: Principal, *, is_bounded: bool, switches: Switches
) -> tuple[Naming | Open, ...]:
    """Every way in which the statement's Principal or NotPrincipal takes in who asks; none when it does not.

    A statement without the element takes in everyone.
    """
    if statement.principals is None:
        return (Naming("direct"),)
    if statement.is_not_principal:
        return tuple(_not_named(statement, principal, is_bounded))
    bare_star = _worth_of_star(statement, switches)
    return tuple(
        Naming(bare_star) if value == "*" and found.form == "direct" else found
        for kind, values in statement.principals.items()
        for value in values
        for found in _NAMED.get(kind, _nobody)(value, principal)
    )


def _worth_of_star(statement: Statement, switches: Switches) -> Form:
    """`*` alone bypasses the ceilings by the switch; `*` with `aws:PrincipalArn` always does."""
    if switches.star_bypasses_ceilings:
        return "direct"
    asks_arn = any(key.lower() == "aws:principalarn" for block in statement.conditions.values() for key in block)
    return "direct" if asks_arn else "role"


def _nobody(value: str, principal: Principal) -> Iterator[Naming]:
    return iter(())


def _aws(value: str, principal: Principal) -> Iterator[Naming]:
    if value == "*":
        yield Naming("direct")
        return
    account = _ACCOUNT.fullmatch(value)
    if account:
        if principal.kind in _IN_AN_ACCOUNT and principal.account == account.group(1):
            yield Naming("account")
        return
    named = _principal(value)
    if named is None or named.account != principal.account:
        return
    yield from _entity(value, named, principal)


def _entity(value: str, named: Principal, principal: Principal) -> Iterator[Naming]:
    if principal.kind == "federated-user":
        if value == principal.arn:
            yield Naming("direct")
        elif named.kind == "user" and value == principal.issuer:
            yield Naming("role")
    elif named.kind == "user":
        if value == principal.arn:
            yield Naming("direct")
    elif named.kind == "role" and principal.kind == "role":
        yield from _role(named, principal)


def _role(named: Principal, principal: Principal) -> Iterator[Naming]:
    """A role, or one session of it."""
    if named.session is None:
        if _is_role_of(named, principal):
            yield Naming("role")
    elif named.name == principal.name:
        if named.session == principal.session:
            yield Naming("direct")
        elif principal.session is None:
            yield Naming("direct", _given(SESSION_KEY, named.session))


def named_by(value: str, principal: Principal) -> Iterator[Naming]:
    """The ways in which one ARN names who asks."""
    return _aws(value, principal)


def _service(value: str, principal: Principal) -> Iterator[Naming]:
    if principal.kind == "service" and value == principal.arn:
        yield Naming("direct")


def _federated(value: str, principal: Principal) -> Iterator[Naming]:
    if principal.kind == "federated" and value in (principal.arn, "*"):
        yield Naming("direct")


def _canonical_user(value: str, principal: Principal) -> Iterator[Naming]:
    """The account that owns a canonical user id. Amazon S3 alone takes these."""
    if principal.kind not in _IN_AN_ACCOUNT:
        return
    if principal.canonical_id is None:
        yield Naming("account", _given(CANONICAL_KEY, value))
    elif principal.canonical_id == value:
        yield Naming("account")


_NAMED: Mapping[str, Callable[[str, Principal], Iterator[Naming]]] = {
    "AWS": _aws,
    "Service": _service,
    "Federated": _federated,
    "CanonicalUser": _canonical_user,
}


def _given(key: str, value: str) -> tuple[Clause, ...]:
    return clauses_of({"StringEquals": {key: (value,)}}, has_variables=False)


def _not_named(statement: Statement, principal: Principal, is_bounded: bool) -> Iterator[Naming | Open]:
    """NotPrincipal exempts who is covered in every identity that the service tests; one with a boundary never.

    Source: IAM User Guide, "NotPrincipal"; "Permissions boundaries for IAM entities".
    """
    listed = {(kind, value) for kind, values in (statement.principals or {}).items() for value in values}
    if ("AWS", "*") in listed:
        return
    covered = [_is_covered(identity, listed, principal) for identity in _identities(principal)]
    is_any, is_every = any(one is not False for one in covered), all(one is True for one in covered)
    if not is_any or (is_bounded and statement.effect == "Deny"):
        yield Naming("direct")
    elif statement.effect == "Deny" and not is_every:
        yield Open(f"NotPrincipal lists some identities of `{principal.arn}` and not all: it may be denied")


def _identities(principal: Principal) -> tuple[str, ...]:
    return {"role": ("account", "role", "session"), "root": ("account",)}.get(
        principal.kind, ("account", "self") if principal.kind in _IN_AN_ACCOUNT else ("self",)
    )


def _is_covered(identity: str, listed: set[tuple[str, str]], principal: Principal) -> bool | None:
    """Whether the list names this identity; None when that is not known."""
    if identity == "account":
        return _is_account_covered(listed, principal)
    if identity == "self":
        own = {"service": "Service", "federated": "Federated"}.get(principal.kind, "AWS")
        return (own, principal.arn) in listed
    named = [found for kind, value in listed if kind == "AWS" and (found := _principal(value))]
    roles = [found for found in named if found.kind == "role" and found.account == principal.account]
    if identity == "role":
        return any(one.session is None and _is_role_of(one, principal) for one in roles)
    sessions = {one.session for one in roles if one.session is not None and one.name == principal.name}
    return principal.session in sessions if principal.session is not None or not sessions else None


def _is_account_covered(listed: set[tuple[str, str]], principal: Principal) -> bool | None:
    if any(kind == "AWS" and _account_of(value) == principal.account for kind, value in listed):
        return True
    canonical = {value for kind, value in listed if kind == "CanonicalUser"}
    if not canonical:
        return False
    return None if principal.canonical_id is None else principal.canonical_id in canonical


def _is_role_of(named: Principal, principal: Principal) -> bool:
    """By the whole ARN; by name where the role's path is not known, as names are unique in an account."""
    return named.arn == principal.entity or (principal.entity is None and named.name == principal.name)


def _account_of(value: str) -> str | None:
    found = _ACCOUNT.fullmatch(value)
    return found.group(1) if found else None


def _principal(value: str) -> Principal | None:
    """The principal of an ARN in a policy; None for what names none, such as the unique id of what was deleted."""
    if parse_arn(value) is None:
        return None
    try:
        return principal_of(value)
    except RequestError:
        return None
