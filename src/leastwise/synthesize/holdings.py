"""What every principal of an estate is granted, action by action: by name, or by a pattern within a service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from leastwise.catalogue.actions import expand, is_pattern
from leastwise.catalogue.load import Catalogue
from leastwise.estate.assemble import Estate, Holder
from leastwise.estate.held import User
from leastwise.model.policy import Policy
from leastwise.synthesize.accessed import day_of

Naming = Literal["by name", "by pattern"]
Kind = Literal["user", "role", "role for people", "role of AWS"]


@dataclass(frozen=True, slots=True)
class Holding:
    """What a principal is granted: each action with how it is named, and on which day the principal was made.

    What stands for a whole service is left out, and so is what a policy grants that could not be read. `created` is
    None where the snapshot does not tell it.
    """

    principal: str
    kind: Kind
    created: int | None
    actions: Mapping[str, Naming]

    @property
    def account(self) -> str:
        """The number of its account."""
        return self.principal.split(":")[4]


def holdings(estate: Estate, catalogue: Catalogue) -> list[Holding]:
    """What each user and role is granted."""
    known: dict[int, Mapping[str, Naming]] = {}
    return [_holding(estate, one, catalogue, known) for one in estate.holders.values()]


def _holding(estate: Estate, holder: Holder, catalogue: Catalogue, known: dict[int, Mapping[str, Naming]]) -> Holding:
    found: dict[str, Naming] = {}
    for parsed in estate.identity(holder):
        if parsed.fault:
            continue
        named = known.get(id(parsed.policy))  # the estate keeps each policy as long as it lasts
        if named is None:
            named = known[id(parsed.policy)] = dict(_named(parsed.policy, catalogue))
        found = {**named, **{key: how for key, how in found.items() if how == "by name" or key not in named}}
    return Holding(holder.arn, _kind(holder), day_of(holder.created), found)


def _kind(holder: Holder) -> Kind:
    if isinstance(holder, User):
        return "user"
    if holder.path.startswith("/aws-service-role/"):
        return "role of AWS"
    return "role for people" if holder.path.startswith("/aws-reserved/sso.amazonaws.com/") else "role"


def _named(policy: Policy, catalogue: Catalogue) -> Iterator[tuple[str, Naming]]:
    """The actions that the policy allows somewhere; what is named stands last, so that it counts."""
    allowing = [one for one in policy.statements if one.effect == "Allow" and not one.is_not_action]
    written = [action for one in allowing for action in one.actions if not is_wide(action)]
    for pattern in written:
        if is_pattern(pattern):
            yield from ((name, "by pattern") for name in _expanded(catalogue, pattern.lower()))
    for name in written:
        known = None if is_pattern(name) else catalogue.action(name)
        if known is not None:
            yield known.name, "by name"


def is_wide(pattern: str) -> bool:
    """Whether a pattern stands for whole services."""
    prefix, _, name = pattern.rpartition(":")
    return name.strip("*") == "" or is_pattern(prefix)


@lru_cache(maxsize=4_096)
def _expanded(catalogue: Catalogue, pattern: str) -> tuple[str, ...]:
    return tuple(one.name for one in expand(catalogue, pattern))
