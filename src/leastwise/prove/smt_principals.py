"""Who may ask, as far as two documents tell anyone apart: a choice among finitely many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from leastwise.model.policy import Statement
from leastwise.prove.smt_texts import Unsupported

Named = tuple[str, str]
"""A kind of Principal element, and a value; `Account` is the kind of what stands under `AWS` for an account."""

EVERYONE: Named = ("AWS", "*")
_ALL_FEDERATED: Named = ("Federated", "*")
_ACCOUNT = re.compile(r"(?:arn:[^:]+:iam::(?=[0-9]{12}:root$))?(?P<id>[0-9]{12})(?::root)?")
_ARN = re.compile(
    r"arn:[^:]+:(?:iam::(?P<account>[0-9]{12}):(?P<kind>user|role)/(?:.*/)?(?P<name>[^/]+)"
    r"|sts::(?P<of>[0-9]{12}):(?:assumed-role/(?P<role>[^/]+)/[^/]+|federated-user/.+))"
)
_ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class Who:
    """One who may ask: what a Principal element can name it by, the account first where it is of one."""

    identities: tuple[Named, ...]


def choices(statements: Iterable[Statement]) -> tuple[Who, ...]:
    """Everyone whom the statements may tell apart, and one whom none names."""
    listed = [one for statement in statements for one in named(statement)]
    accounts = dict.fromkeys(account for one in listed if (account := _account_of(one)))
    found = [Who((("AWS", _ANOTHER),)), *(who for account in (*accounts, _ANOTHER) for who in _of_account(account))]
    found += [who for one in listed for who in _of(one, listed)]
    owners = [one for one in listed if one[0] == "CanonicalUser"]
    found += [Who((who.identities[0], owner, *who.identities[1:])) for owner in owners for who in found if _is_in(who)]
    return tuple(dict.fromkeys(found))


def _of_account(account: str) -> Iterator[Who]:
    yield Who((("Account", account),))
    yield Who((("Account", account), ("AWS", _ANOTHER)))


def _is_in(who: Who) -> bool:
    return who.identities[0][0] == "Account"


def named(statement: Statement) -> Iterator[Named]:
    """What the statement's Principal or NotPrincipal lists."""
    for kind, values in (statement.principals or {}).items():
        for value in values:
            account = _ACCOUNT.fullmatch(value) if kind == "AWS" else None
            yield ("Account", account["id"]) if account else (kind, value)


def _account_of(one: Named) -> str | None:
    kind, value = one
    if kind == "Account":
        return value
    found = _ARN.fullmatch(value) if kind == "AWS" else None
    return (found["account"] or found["of"]) if found else None


def _of(one: Named, listed: Sequence[Named]) -> Iterator[Who]:
    kind, value = one
    found = _ARN.fullmatch(value)
    if kind in ("Service", "Federated"):
        yield Who((one if one != _ALL_FEDERATED else ("Federated", _ANOTHER),))
    if kind != "AWS" or found is None:
        return
    account = ("Account", found["account"] or found["of"])
    if found["kind"] == "role":
        yield Who((account, one, ("AWS", _ANOTHER)))
    elif found["role"]:
        yield from (Who((account, role, one)) for role in [("AWS", _ANOTHER), *_roles(found, listed)])
    else:
        yield Who((account, one))


def _roles(session: re.Match[str], listed: Sequence[Named]) -> Iterator[Named]:
    """The roles of which it may be a session: its name is theirs, their path is not in it."""
    for kind, value in listed:
        role = _ARN.fullmatch(value) if kind == "AWS" else None
        if role and role["kind"] == "role" and (role["account"], role["name"]) == (session["of"], session["role"]):
            yield kind, value


def names(statement: Statement, who: Who) -> bool:
    """Whether the statement is about who asks; raises Unsupported where AWS's page does not tell."""
    if statement.principals is None:
        return True
    listed = set(named(statement))
    if not statement.is_not_principal:
        return EVERYONE in listed or any(_is_listed(identity, listed) for identity in who.identities)
    covered = [_is_listed(identity, listed) for identity in who.identities]
    if EVERYONE in listed or all(covered):
        return False
    if any(covered) and statement.effect == "Deny":
        raise Unsupported("a NotPrincipal lists some identities of a principal and not all")
    return not any(covered)


def _is_listed(identity: Named, listed: set[Named]) -> bool:
    return identity in listed or (identity[0] == "Federated" and _ALL_FEDERATED in listed)
