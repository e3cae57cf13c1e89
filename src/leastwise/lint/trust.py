"""Who is let in by a statement that names principals, and what its conditions ask of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from leastwise.decide.services import ASSUME_ACTIONS
from leastwise.language.matching import names_action
from leastwise.lint.document import Condition, Document, Written, WrittenStatement

GITHUB: Final = "token.actions.githubusercontent.com"
SOURCE_KEYS: Final = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})
"""What a service says of the resource for which it calls. IAM User Guide, "The confused deputy problem"."""

SUBSTITUTES: Final = frozenset({"aws:referer", "aws:sourceowner", "aws:useragent", "aws:sourceip", "aws:sourcevpce"})
"""What was asked of services before these keys, and is asked still."""

_POSITIVE: Final = frozenset(
    {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress", "Bool"}
)
_LIKE: Final = frozenset({"StringLike", "ArnLike", "ArnEquals"})

IsKey = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider as a principal: its kind, and the prefix of its condition keys in lower case."""

    kind: Literal["saml", "oidc"]
    prefix: str

    def has_key(self, key: str) -> bool:
        """Whether the key, given in lower case, is one of the provider's."""
        return key.startswith(self.prefix)


def provider_of(principal: str) -> Provider | None:
    """The provider that a federated principal is; None for what is none."""
    head, _, name = principal.partition("-provider/")
    if head.startswith("arn:") and head.endswith(":saml"):
        return Provider("saml", "saml:")
    if head.startswith("arn:") and head.endswith(":oidc"):
        return Provider("oidc", f"{name.lower()}:")
    return None if principal.startswith("arn:") or "." not in principal else Provider("oidc", f"{principal.lower()}:")


def providers(statement: WrittenStatement, kind: str) -> Iterator[tuple[Written, Provider]]:
    """The statement's identity providers of the kind."""
    for name, written in statement.principals:
        provider = provider_of(written.text) if name == "Federated" else None
        if provider is not None and provider.kind == kind:
            yield written, provider


def lets(statement: WrittenStatement, action: str) -> bool:
    """Whether the statement allows the action, given in lower case, to principals that it names."""
    return is_granting(statement) and names_action(statement.said, action)


def lets_assume(statement: WrittenStatement) -> bool:
    """Whether the statement allows to assume the role in some way."""
    return is_granting(statement) and any(names_action(statement.said, action) for action in ASSUME_ACTIONS)


def is_granting(statement: WrittenStatement) -> bool:
    """Whether the statement allows, and names whom."""
    return statement.said.effect == "Allow" and not statement.said.is_not_principal


def services_of(statement: WrittenStatement) -> list[Written]:
    """The service principals of the statement."""
    return [written for name, written in statement.principals if name == "Service"]


def asks(statement: WrittenStatement, is_key: IsKey) -> bool:
    """Whether a condition asks for some value of such a key, be it only where the request has the key."""
    return any(is_key(one.lowered) and _is_positive(one) for one in statement.conditions)


def needs(statement: WrittenStatement, is_key: IsKey) -> bool:
    """Whether the statement is about requests alone that have such a key, with a value that it asks for."""
    return any(is_key(one.lowered) and _is_positive(one) and not _is_lax(one) for one in statement.conditions)


def is_denied_by(document: Document, is_key: IsKey) -> bool:
    """Whether some Deny of the document turns on such a key, so that it may take back what others allow."""
    return any(
        statement.said.effect == "Deny" and any(is_key(one.lowered) for one in statement.conditions)
        for statement in document.statements
    )


def _is_positive(condition: Condition) -> bool:
    is_positive = condition.name is not None and condition.name.base in _POSITIVE
    return is_positive and not any(_takes_all(condition, value.text) for value in condition.values)


def _takes_all(condition: Condition, value: str) -> bool:
    return condition.name is not None and condition.name.base in _LIKE and bool(value) and not value.strip("*")


def _is_lax(condition: Condition) -> bool:
    """Whether the condition holds where the key is absent."""
    name = condition.name
    return name is not None and (name.if_exists or name.qualifier == "ForAllValues")
