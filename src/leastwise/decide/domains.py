"""What a condition key that is not known may turn out to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from leastwise.decide.facts import SESSION_KEY, RequestFacts
from leastwise.decide.services import carries_resource_account
from leastwise.language.context import type_of_key
from leastwise.language.operators import OPERATORS
from leastwise.language.values import ValueSet
from leastwise.language.values.globs import glob_of
from leastwise.language.values.texts import Texts

ALWAYS: Final = frozenset(
    {
        "aws:securetransport",
        "aws:currenttime",
        "aws:epochtime",
        "aws:requestedregion",
        "aws:viaawsservice",
        "aws:userid",
        "aws:principaltype",
        "aws:resourceaccount",
        SESSION_KEY,
    }
)
"""Keys that are in every signed request. IAM User Guide, "AWS global condition context keys"."""


def absence_is_possible(key: str, facts: RequestFacts) -> bool:
    """Whether the key may turn out to be absent."""
    if key == "aws:resourceaccount" and carries_resource_account(facts.action) is None:
        return True
    return (
        key not in ALWAYS
        and key not in facts.either
        and not (key == "aws:principalarn" and facts.principal.kind == "role")
    )


def domain_of(key: str, facts: RequestFacts) -> list[ValueSet]:
    """The sets in which every value of the key lies, by its type and by who asks."""
    if key in facts.either:
        return [Texts.literals(facts.either[key])]
    own = _OWN.get(key)
    found = own(facts) if own else None
    return [found] if found is not None else of_type(type_of_key(key))


def _arn_of_role(facts: RequestFacts) -> ValueSet | None:
    """A session tells the name of its role and not the path."""
    principal = facts.principal
    if principal.kind != "role":
        return None
    start = f"arn:{principal.partition}:iam::{principal.account}:role/"
    return Texts.globs([glob_of(f"{start}{principal.name}"), glob_of(f"{start}*/{principal.name}")])


def _id_of_session(facts: RequestFacts) -> ValueSet | None:
    session = facts.principal.session
    return Texts.globs([glob_of(f"A*:{session}")]) if session else None


_OWN: Mapping[str, Callable[[RequestFacts], ValueSet | None]] = {
    "aws:principalarn": _arn_of_role,
    "aws:userid": _id_of_session,
}


@lru_cache(maxsize=16)
def of_type(name: str) -> list[ValueSet]:
    build = _TYPES.get(name)
    return [build()] if build else []


def _readable(family: str, below: str, from_: str, bound: str) -> Callable[[], ValueSet]:
    """Every value of a family: those below a bound and those from it on."""

    def build() -> ValueSet:
        lower: ValueSet = OPERATORS[f"{family}{below}"].set_of([bound])
        return lower | OPERATORS[f"{family}{from_}"].set_of([bound])

    return build


_TYPES: Mapping[str, Callable[[], ValueSet]] = {
    "Bool": lambda: Texts.literals(["true", "false"]),
    "Numeric": _readable("Numeric", "LessThan", "GreaterThanEquals", "0"),
    "Date": _readable("Date", "LessThan", "GreaterThanEquals", "2000-01-01"),
    "IPAddress": lambda: OPERATORS["IpAddress"].set_of(["0.0.0.0/0", "::/0"]),
    "ARN": lambda: Texts.globs([glob_of("arn:*:*:*:*:*")]),
}
