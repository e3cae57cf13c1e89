"""Condition keys that calls of services do not have."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from leastwise.language.wording import shown
from leastwise.lint.document import Condition, Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.trust import services_of
from leastwise.model.request import principal_of
from leastwise.prove.personas import Persona

_SERVICE = Persona("an AWS service", principal_of("example.amazonaws.com"))


@check_statements(
    "LW207",
    "key-without-service-principal",
    severity="error",
    aws=("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",),
    kinds=("resource", "trust"),
    source='IAM User Guide, "AWS global condition context keys"',
)
def key_without_service_principal(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A condition on a key that calls of the statement's principals, all of them AWS services, do not have.

    A service has no account, no organisation, no tags and no ARN of its own. A condition on such a key never holds, or
    always where it is negated. To say for whom a service may call, use `aws:SourceAccount`, `aws:SourceOrgID` or
    `aws:SourceArn`. Operators with `IfExists`, and `Null`, are passed over.
    """
    services = services_of(statement)
    if statement.said.is_not_principal or not services or len(services) < len(statement.principals):
        return
    for condition in statement.conditions:
        if _is_lacking(condition.lowered) and not _asks_presence(condition):
            message = f"a call of {shown(services[0].text)} does not have {shown(condition.key.text)}"
            yield Found(message, condition.key, "use `aws:SourceAccount`, `aws:SourceOrgID` or `aws:SourceArn`")


@lru_cache(maxsize=1024)
def _is_lacking(key: str) -> bool:
    return _SERVICE.fixed(key) == (True, None)


def _asks_presence(condition: Condition) -> bool:
    return condition.name is None or condition.name.if_exists or condition.name.base == "Null"
