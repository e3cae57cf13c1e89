"""Principals that a Deny with NotPrincipal denies although they are listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.model.arn import parse_arn

_ACCOUNT = re.compile(r"(?:arn:[^:]+:iam::)?(\d{12})(?::root)?")
_HELP = "write `Principal` as `*`, and name who is exempt under `ArnNotEquals` of `aws:PrincipalArn`"


@dataclass(frozen=True, slots=True)
class _Named:
    """A user, role or session: its account, and its name without path."""

    kind: str
    account: str
    name: str


@check_statements(
    "LW204",
    "deny-with-not-principal-trap",
    severity="warning",
    kinds=("resource", "endpoint"),
    source='IAM User Guide, "AWS JSON policy elements: NotPrincipal"',
)
def deny_with_not_principal_trap(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A principal that a Deny with NotPrincipal may deny although it is listed.

    Who asks is a session, its role and its account at once, or a user and its account, and all of them have to be
    listed. A user or role without its account is denied, and so is a session of a role where the session is not listed.
    Whoever has a permissions boundary is denied in any case. A condition on `aws:PrincipalArn` has none of this.
    """
    if statement.said.effect != "Deny" or not statement.said.is_not_principal:
        return
    texts = [written for kind, written in statement.principals if kind == "AWS"]
    accounts = {found[1] for written in texts if (found := _ACCOUNT.fullmatch(written.text))}
    named = [(written, one) for written in texts if (one := _named(written.text))]
    listed = {one for _, one in named}
    for written, one in named:
        told = _missing(one, accounts, listed)
        if told:
            yield Found(f"{shown(written.text)} may be denied all the same: {told}", written, _HELP)


def _missing(one: _Named, accounts: set[str], listed: set[_Named]) -> str | None:
    if one.account not in accounts:
        return "its account is not listed"
    if one.kind == "role" and _Named("assumed-role", one.account, one.name) not in listed:
        return "none of its sessions is listed"
    if one.kind == "assumed-role" and _Named("role", one.account, one.name) not in listed:
        return "its role is not listed"
    return None


def _named(text: str) -> _Named | None:
    arn = parse_arn(text)
    kind, _, path = arn.resource.partition("/") if arn else ("", "", "")
    if arn is None or kind not in ("user", "role", "assumed-role"):
        return None
    return _Named(kind, arn.account, path.split("/")[0] if kind == "assumed-role" else path.split("/")[-1])
