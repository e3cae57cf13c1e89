"""The AWS managed policies that cover what a principal uses with the least that it does not use."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.managed import Allowed, allowed_by_managed
from leastwise.catalogue.risks import weight_of
from leastwise.model.policy import Statement

_ONE_POLICY_MORE: Final = 20
"""What a further policy weighs, in the weights of actions, so that a few are taken before many narrow ones."""


@dataclass(frozen=True, slots=True)
class Match:
    """A managed policy: the used actions that it covers and no earlier one does, and what it grants besides."""

    name: str
    covers: tuple[str, ...]
    surplus: tuple[str, ...]
    weight: int


@dataclass(frozen=True, slots=True)
class Nearest:
    """Managed policies, the one that covers most for its surplus first, and the used actions that none of them has."""

    matches: tuple[Match, ...]
    left: tuple[str, ...]


def nearest(used: Collection[str], *, catalogue: Catalogue, most: int = 3) -> Nearest:
    """Up to `most` managed policies that cover the used actions, each time the one with the least weight of unused
    actions for a used one that was not covered yet.
    """
    left = set(used)
    granted: set[str] = set()
    matches: list[Match] = []
    policies = [policy for policy in allowed_by_managed(catalogue) if policy.actions & left]
    while left and len(matches) < most:
        best = min(
            (policy for policy in policies if policy.actions & left),
            key=lambda policy: (_price(policy, left, granted | set(used), catalogue), policy.name),
            default=None,
        )
        if best is None:
            break
        surplus = sorted(best.actions - granted - set(used))
        covers = sorted(best.actions & left)
        matches.append(Match(best.name, tuple(covers), tuple(surplus), _weight(surplus, catalogue)))
        left -= best.actions
        granted |= best.actions
    return Nearest(tuple(matches), tuple(sorted(left)))


def _price(policy: Allowed, left: Collection[str], held: Collection[str], catalogue: Catalogue) -> float:
    fresh = len(policy.actions & set(left))
    return (_ONE_POLICY_MORE + _weight(policy.actions - set(held), catalogue)) / fresh


def _weight(actions: Iterable[str], catalogue: Catalogue) -> int:
    return sum(weight_of(action, catalogue) for action in actions)


def pruned(statements: Iterable[Statement], match: Match) -> tuple[Statement, ...]:
    """Of what the principal needs, that which the managed policy covers, on the resources that were used."""
    covered = set(match.covers)
    narrowed = (replace(one, actions=tuple(a for a in one.actions if a in covered)) for one in statements)
    return tuple(one for one in narrowed if one.actions)
