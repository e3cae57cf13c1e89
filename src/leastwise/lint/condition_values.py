"""Conditions as checks ask of them: what holds when the key is absent, and which values stay as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from leastwise.language.conditions import Clause, clauses_of
from leastwise.language.nodes import Flag, Items, Members, Number, Text
from leastwise.language.operators import OPERATORS
from leastwise.language.values import TooHard
from leastwise.language.values.addresses import inside
from leastwise.language.values.steps import Wildcard
from leastwise.language.variables import template, variables_of
from leastwise.lint.document import Condition, Document, Written, WrittenStatement
from leastwise.model.policy import Kind

GRANTING: Final[tuple[Kind, ...]] = ("identity", "session", "resource", "trust")
"""The policy types whose Allow grants, so that one too many opens something by itself."""

_WILDCARD = re.compile(r"[*?]")
_TO_FILL_IN = re.compile(r"[<\[{]")
_VARIABLE_START: Final = "${"


def clause_of(condition: Condition, document: Document) -> Clause | None:
    """What the condition asks; None where there is no such operator."""
    if condition.name is None:
        return None
    values = tuple(value.text for value in condition.values)
    return _clause(str(condition.name), condition.lowered, values, document.policy.has_variables)


@lru_cache(maxsize=4096)
def _clause(operator: str, key: str, values: tuple[str, ...], has_variables: bool) -> Clause:
    return clauses_of({operator: {key: values}}, has_variables=has_variables)[0]


def holds_when_absent(condition: Condition) -> bool:
    """Whether the condition holds where its key is absent; not so where there is no such operator."""
    name = condition.name
    if name is None or name.qualifier == "ForAnyValue":
        return False
    if name.base == "Null":
        return asks_for_absence(condition)
    return name.qualifier == "ForAllValues" or name.if_exists or OPERATORS[name.base].is_negated


def may_be_missing(statement: WrittenStatement, condition: Condition) -> bool:
    """Whether the statement may hold where the condition's key is missing, as far as its conditions on the key say."""
    return all(holds_when_absent(other) for other in statement.conditions if other.lowered == condition.lowered)


def asks_for_absence(condition: Condition) -> bool:
    """Whether it is `Null` with `true`."""
    return base_of(condition) == "Null" and any(value.text.lower() == "true" for value in condition.values)


def asks_for_presence(condition: Condition) -> bool:
    """Whether it is `Null` with `false` and nothing else."""
    return base_of(condition) == "Null" and all(value.text.lower() == "false" for value in condition.values)


def base_of(condition: Condition) -> str:
    """The operator without qualifier and `IfExists`; empty where there is no such operator."""
    return condition.name.base if condition.name else ""


def family_of(condition: Condition) -> str:
    """The family of the operator, such as `strings`; empty for `Null` and where there is no such operator."""
    operator = OPERATORS.get(base_of(condition))
    return operator.family if operator else ""


def is_negated(condition: Condition) -> bool:
    """Whether the operator holds where the values do not fit."""
    operator = OPERATORS.get(base_of(condition))
    return operator is not None and operator.is_negated


def is_allow(statement: WrittenStatement) -> bool:
    """Whether the statement allows."""
    return statement.said.effect == "Allow"


def has_variable(text: str, document: Document) -> bool:
    """Whether the text holds a policy variable other than the escapes of `*`, `?` and `$`."""
    if _VARIABLE_START not in text or not document.policy.has_variables:
        return False
    return bool(variables_of(template(text, has_variables=True, has_wildcards=False)))


def has_wildcard(text: str) -> bool:
    """Whether a `*` or `?` stands in the text outside variables and the escapes `${*}` and `${?}`."""
    if not _WILDCARD.search(text):
        return False
    return any(isinstance(step, Wildcard) for step in template(text, has_variables=True, has_wildcards=True))


def values_of(condition: Condition) -> Iterator[Written]:
    """The condition's values without policy variables and without what is plainly yet to be filled in, in brackets."""
    for value in condition.values:
        if isinstance(value.node, Text | Number | Flag) and not _TO_FILL_IN.search(value.text):
            yield value


def fixed_values(condition: Condition) -> Iterator[Written]:
    """The condition's values that hold neither variables nor wildcards."""
    yield from (value for value in values_of(condition) if not _WILDCARD.search(value.text))


def accepts(condition: Condition, document: Document, value: str) -> bool | None:
    """Whether the condition holds where its key has this one value; None where that is not known."""
    clause = clause_of(condition, document)
    if clause is None or clause.accepted is None or clause.reach == "never":
        return None
    try:
        return value in clause.accepted
    except TooHard:
        return None


def list_of(statement: WrittenStatement, condition: Condition) -> Items | None:
    """The list that holds the condition's values; None where they are no list."""
    element = statement.element("Condition").node
    for _, block in element.values if isinstance(element, Members) else ():
        for key, value in block.values if isinstance(block, Members) else ():
            if key is condition.key.node:
                return value if isinstance(value, Items) else None
    return None


def blocks_of(condition: Condition) -> Iterator[tuple[Written, IPv4Network | IPv6Network]]:
    """The condition's values that are blocks of addresses, under an operator for addresses, with the blocks."""
    for value in values_of(condition) if family_of(condition) == "addresses" else ():
        block = _block(value.text)
        if block is not None:
            yield value, block


@lru_cache(maxsize=4096)
def _block(text: str) -> IPv4Network | IPv6Network | None:
    if inside(text).is_empty():
        return None
    return ip_network(text, strict=False)


_SOURCE_IP: Final = "aws:sourceip"
_PRIVATE: Final = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)


def private_blocks(condition: Condition) -> list[Written]:
    """The values of a condition on the public address of the caller that no public address is in."""
    if condition.lowered != _SOURCE_IP:
        return []
    return [value for value, block in blocks_of(condition) if any(_is_within(block, one) for one in _PRIVATE)]


def _is_within(block: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    if isinstance(block, IPv4Network):
        return isinstance(other, IPv4Network) and block.subnet_of(other)
    return isinstance(other, IPv6Network) and block.subnet_of(other)
