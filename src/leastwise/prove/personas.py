"""Who may ask: finitely many kinds of principal that no statement tells apart, each with one that stands for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from leastwise.decide.facts import RequestFacts
from leastwise.decide.policies import Entry
from leastwise.language.context import Fact
from leastwise.language.values.globs import arn_glob, glob_of
from leastwise.language.values.texts import Texts
from leastwise.model.arn import parse_arn
from leastwise.model.errors import RequestError
from leastwise.model.request import Principal, Request, principal_of
from leastwise.model.switches import DEFAULT
from leastwise.prove.accounts import EXAMPLE_ACCOUNT, OTHER_ACCOUNTS

_NAME: Final = "example"
_ACCOUNT = re.compile(r"(?:arn:([^:]+):iam::)?([0-9]{12})(?::root)?")
_ARN_KINDS: Final = {
    "user": "arn:aws*:iam::{account}:user/?*",
    "role": "arn:aws*:iam::{account}:role/?*",
    "root": "arn:aws*:iam::{account}:root",
    "federated-user": "arn:aws*:sts::{account}:federated-user/?*",
}
_OF_AN_ARN: Final = frozenset(
    {"aws:principalarn", "aws:principalaccount", "kms:calleraccount", "aws:username", "aws:userid"}
)
"""Keys that differ between the principals of one persona."""
_OF_A_CALLER: Final = frozenset({"aws:principalarn", "aws:principalaccount", "kms:calleraccount"})
"""Keys that a call by a service on its own does not have."""


@dataclass(frozen=True, slots=True)
class Persona:
    """Principals that every statement names alike. `arns` are patterns of which `aws:PrincipalArn` fits one, and
    `other_than` patterns that it does not fit; `arns` is None where it is that of `principal` alone, or absent.
    """

    told: str
    principal: Principal
    arns: tuple[str, ...] | None = None
    other_than: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether it stands for itself alone."""
        return self.arns is None

    @property
    def is_of_any_account(self) -> bool:
        """Whether its principals may be of several accounts."""
        return self.arns is not None and f":{self.principal.account}:" not in self.arns[0]

    def fixed(self, key: str) -> tuple[bool, Fact]:
        """Whether the key follows from who asks, and then its value, None for absent."""
        if self.principal.kind == "service" and key in _OF_A_CALLER:
            return True, None
        if key in _OF_AN_ARN and not self.is_exact and self._may_vary(key):
            return False, None
        fact = _fact(self.principal, key)
        return (fact is None or isinstance(fact, str)), fact

    def _may_vary(self, key: str) -> bool:
        return key != "aws:username" or self.principal.kind == "user"

    @property
    def arn_set(self) -> Texts | None:
        """The values of aws:PrincipalArn; None when it follows from the principal."""
        if self.arns is None:
            return None
        within = _arns(self.arns)
        return within & ~_arns(self.other_than) if self.other_than else within


@lru_cache(maxsize=4096)
def _arns(patterns: tuple[str, ...]) -> Texts:
    return Texts.globs(found for text in patterns if (found := arn_glob(glob_of(text).steps)))


@lru_cache(maxsize=16_384)
def _fact(principal: Principal, key: str) -> Fact:
    facts = RequestFacts(Request(principal, "none:none", "*", {}), DEFAULT)
    return facts[key]


def keys_in(entry: Entry) -> Iterator[str]:
    """The condition keys that the statement speaks of, those of its policy variables among them."""
    for clause in entry.clauses:
        yield clause.key
        yield from (variable.key for variable in clause.variables)
    for pattern in entry.patterns:
        yield from (variable.key for variable in pattern.variables)


def personas(entries: Iterable[Entry], *, keys: frozenset[str], is_document: bool) -> list[Persona]:
    """A partition of everyone who may ask, for statements that name principals and conditions on these keys.

    For a document that names no principals these are users and roles, whom identity policies bind, and of an SCP the
    root user, whom it binds as well. Whole policy sets treat root and federated users otherwise than roles, so that
    each kind is looked at.
    """
    entries = list(entries)
    named = _Named(entries)
    has_kinds = not is_document or _tells_kinds(keys) or named.has_not_principal
    if named.has_principals:
        return list(named.personas(has_kinds))
    if not is_document:
        return [_others(kind, "*", (), number=EXAMPLE_ACCOUNT) for kind in _ARN_KINDS]
    of_scp = ("root",) if any(entry.policy.kind == "scp" for entry in entries) else ()
    kinds = ("role", "user", *of_scp) if has_kinds else ("role",)
    return [_others(kind, "*", (), number=EXAMPLE_ACCOUNT) for kind in kinds]


def outsiders(entries: Iterable[Entry], *, keys: frozenset[str], accounts: tuple[str, ...]) -> list[Persona]:
    """A partition of everyone but the principals of these accounts."""
    named = _Named(entries)
    named.accounts |= dict.fromkeys(one for one in accounts if one.isdigit())
    kinds = _tells_kinds(keys) or named.has_not_principal
    return [one for one in named.personas(kinds) if one.is_of_any_account or one.principal.account not in accounts]


def named_accounts(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The accounts that statements name as principals, by themselves or in an ARN."""
    named = _Named(entries)
    return tuple(dict.fromkeys((*named.accounts, *(text.split(":")[4] for text in named.arns))))


def _tells_kinds(keys: frozenset[str]) -> bool:
    """Whether a condition may tell a user from a role."""
    return any(key in _TELLING or key.startswith("aws:multifactor") for key in keys)


_TELLING: Final = frozenset(
    {
        "aws:principalarn",
        "aws:principaltype",
        "aws:userid",
        "aws:username",
        "aws:tokenissuetime",
        "aws:assumedroot",
        "aws:federatedprovider",
    }
)


class _Named:
    """The principals that statements name."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.arns: dict[str, None] = {}
        self.accounts: dict[str, None] = {}
        self.services: dict[str, None] = {}
        self.providers: dict[str, None] = {}
        self.has_principals = False
        self.has_not_principal = False
        for entry in entries:
            for kind, values in (entry.statement.principals or {}).items():
                self.has_principals = True
                self.has_not_principal |= entry.statement.is_not_principal
                for value in values:
                    self._add(kind, value)

    def _add(self, kind: str, value: str) -> None:
        if kind == "Service":
            self.services[value] = None
        elif kind == "Federated":
            self.providers[value] = None
        elif kind == "AWS" and value != "*":
            account = _ACCOUNT.fullmatch(value)
            if account:
                self.accounts[account.group(2)] = None
                return
            arn = parse_arn(value)
            if arn is not None:
                self.arns[value] = None
                if arn.account.isdigit():
                    self.accounts[arn.account] = None

    def personas(self, has_kinds: bool) -> Iterator[Persona]:
        exact = [one for text in self.arns for one in _exact(text)]
        yield from exact
        kinds = tuple(_ARN_KINDS) if has_kinds else ("role",)
        outside = next((one for one in OTHER_ACCOUNTS if one not in self.accounts), EXAMPLE_ACCOUNT)
        for account in self.accounts:
            taken = tuple(one.principal.entity or "" for one in exact if one.principal.account == account)
            for kind in kinds:
                yield _others(kind, account, taken, number=account)
        elsewhere = tuple(f"arn:*:*::{account}:*" for account in self.accounts)
        for kind in kinds:
            yield _others(kind, "*", elsewhere, number=outside)
        yield Persona("anonymous callers", principal_of("anonymous"))
        yield from _services(self.services)
        yield from _providers(self.providers, outside)


def _exact(text: str) -> Iterator[Persona]:
    try:
        principal = principal_of(text)
    except RequestError:
        return
    if principal.session is not None:
        role = f"arn:{principal.partition}:iam::{principal.account}:role/{principal.name}"
        principal = Principal.of(text, role_arn=role)
    yield Persona(f"`{text}`", principal)


def _others(kind: str, account: str, other_than: tuple[str, ...], *, number: str) -> Persona:
    """Everyone of the kind in the account, or in any for `*`, but the ARNs of `other_than`; `number` stands for it."""
    representative = {
        "user": f"arn:aws:iam::{number}:user/{_NAME}",
        "role": f"arn:aws:iam::{number}:role/{_NAME}",
        "root": f"arn:aws:iam::{number}:root",
        "federated-user": f"arn:aws:sts::{number}:federated-user/{_NAME}",
    }[kind]
    where = f"of account {account}" if account != "*" else "of any other account" if other_than else "of any account"
    other = "another " if other_than and account != "*" else "a "
    arns = (_ARN_KINDS[kind].format(account="?" * 12 if account == "*" else account),)
    return Persona(f"{other}{kind} {where}", principal_of(representative), arns, other_than)


def _services(named: Iterable[str]) -> Iterator[Persona]:
    taken = list(named)
    for text in taken:
        try:
            yield Persona(f"the service `{text}`", principal_of(text))
        except RequestError:
            continue
    other = next(name for name in _OTHER_SERVICES if name not in taken)
    yield Persona("another AWS service", principal_of(other))


_OTHER_SERVICES: Final = tuple(f"{name}.amazonaws.com" for name in ("example", "another", "third"))


def _providers(named: Iterable[str], outside: str) -> Iterator[Persona]:
    for text in named:
        try:
            yield Persona(f"users of `{text}`", principal_of(text))
        except RequestError:
            continue
    yield Persona("users of another SAML provider", principal_of(f"arn:aws:iam::{outside}:saml-provider/{_NAME}"))
    yield Persona("users of another OIDC provider", principal_of(f"arn:aws:iam::{outside}:oidc-provider/{_NAME}.test"))
