"""Which unused actions to grant beside the used ones, each with its probability, its weight and its reasons.

An action enters when the denial that it spares costs more than the grant risks: probability times the cost of a
denial against the chance that it is not needed times its weight. The guide's page is `buffer`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.risks import SENSITIVE, weight_of
from leastwise.synthesize.buffer_constants import COEFFICIENTS
from leastwise.synthesize.candidates import Candidate, Signs, candidates
from leastwise.synthesize.neighbours import Neighbours, shipped_neighbours

Setting = Literal["off", "strict", "default", "relaxed"]

COSTS: Final[Mapping[Setting, int]] = MappingProxyType({"off": 0, "strict": 5, "default": 10, "relaxed": 20})
"""What one denial costs, in units of weight: a write that nobody needs weighs 10."""

WATCHED: Final = -0.2
"""Taken off the log-odds: what a principal left unused while it was watched is less surely needed than what is hidden
of a policy. Chosen on made-up use, so that the relaxed setting weighs a quarter more than exact use."""

PRIOR: Final = 2
"""The probability from names and policies counts for so many siblings beside those that there are.

That no sibling used an action takes nothing away: siblings have not been watched for long either.
"""

_VECTOR: Final = tuple(COEFFICIENTS.values())


@dataclass(frozen=True, slots=True)
class Buffered:
    """An unused action worth granting; a sensitive one is worth asking somebody about, and granted if accepted."""

    action: str
    probability: float
    weight: int
    reasons: tuple[str, ...]
    is_sensitive: bool


class Weighed(NamedTuple):
    """An unused action with the probability that it is needed and what it weighs, whatever the setting."""

    action: str
    probability: float
    weight: int
    signs: Signs | None = None
    siblings: int = 0
    of_siblings: int = 0

    @property
    def is_sensitive(self) -> bool:
        """Whether it is never granted unless somebody accepts it by name."""
        return self.weight >= SENSITIVE


def buffered(
    used: Collection[str],
    *,
    catalogue: Catalogue,
    setting: Setting,
    siblings: Sequence[Collection[str]] = (),
    accepted: frozenset[str] = frozenset(),
    known: Neighbours | None = None,
) -> tuple[Buffered, ...]:
    """The unused actions that the setting grants or asks about, the most probable first.

    `siblings` are the actions that each other principal with the same work used. A sensitive action that is `accepted`
    comes as soon as anything speaks for it; `granted` tells it from those that are only asked about. `known` are other
    policies to compare with than those in the package.
    """
    if not COSTS[setting]:
        return ()
    alone = weighed(used, catalogue=catalogue, known=known)
    return chosen(beside(alone, used, siblings=siblings, catalogue=catalogue), setting, accepted=accepted)


def granted(found: Iterable[Buffered], accepted: frozenset[str] = frozenset()) -> frozenset[str]:
    """The actions that are granted without asking or that somebody accepted by name, in any case of letters."""
    names = {name.lower() for name in accepted}
    return frozenset(one.action for one in found if not one.is_sensitive or one.action.lower() in names)


def weighed(used: Collection[str], *, catalogue: Catalogue, known: Neighbours | None = None) -> tuple[Weighed, ...]:
    """Every unused action that names or policies speak for; in no setting yet, in the order of the names."""
    found = candidates(_canonical(used, catalogue), catalogue=catalogue, known=known or shipped_neighbours())
    return tuple(Weighed(one.action, _probability(one), weight_of(one.action, catalogue), one.signs) for one in found)


def beside(
    found: Iterable[Weighed], used: Collection[str], *, siblings: Sequence[Collection[str]], catalogue: Catalogue
) -> tuple[Weighed, ...]:
    """The same with what siblings tell, and with all that only siblings used; in the order of the names."""
    others = [actions for one in siblings if (actions := _canonical(one, catalogue))]
    shared = Counter(action for actions in others for action in actions - _canonical(used, catalogue))
    by_name = {one.action: one for one in found}
    for action, using in shared.items():
        alone = by_name.get(action) or Weighed(action, 0.0, weight_of(action, catalogue))
        probability = (using + PRIOR * alone.probability) / (len(others) + PRIOR)
        by_name[action] = alone._replace(probability=probability, siblings=using, of_siblings=len(others))
    return tuple(by_name[action] for action in sorted(by_name))


def chosen(
    found: Iterable[Weighed], setting: Setting, *, accepted: frozenset[str] = frozenset()
) -> tuple[Buffered, ...]:
    """Those that the setting grants or asks about, the most probable first."""
    cost = COSTS[setting]
    if not cost:
        return ()
    names = {name.lower() for name in accepted}
    kept = (one for one in found if _is_worth_it(one, cost) or _is_worth_asking(one, names))
    ordered = sorted(kept, key=lambda one: (-one.probability, one.action))
    return tuple(
        Buffered(one.action, one.probability, one.weight, tuple(_reasons(one)), one.is_sensitive) for one in ordered
    )


def _is_worth_it(one: Weighed, cost: int) -> bool:
    return one.probability * cost > (1 - one.probability) * one.weight


def _is_worth_asking(one: Weighed, accepted: Collection[str]) -> bool:
    """A sensitive action that belongs to the life of what is used, or that half of the siblings use, or that was
    accepted."""
    if not one.is_sensitive:
        return False
    is_partner = one.signs is not None and bool(one.signs.partners)
    return is_partner or 0 < one.of_siblings <= 2 * one.siblings or one.action.lower() in accepted


def _canonical(actions: Iterable[str], catalogue: Catalogue) -> frozenset[str]:
    """As the catalogue spells them; one that it has not stays as it is."""
    return frozenset(found.name if (found := catalogue.action(action)) else action for action in actions)


def _probability(candidate: Candidate) -> float:
    return 1 / (1 + math.exp(-sum(map(mul, _VECTOR, candidate.features)) - WATCHED))


def _reasons(one: Weighed) -> Iterator[str]:
    if one.siblings:
        yield f"used by {one.siblings} of {one.of_siblings} {'sibling' if one.of_siblings == 1 else 'siblings'}"
    if one.signs is None:
        return
    found = one.signs
    if found.same_noun:
        yield _noun_reason(found)
    if found.near_noun:
        yield f"reads what is close to what `{found.near_noun[0]}` is about"
    if found.created:
        yield f"tags what `{found.created[0]}` creates"
    if found.having:
        yield f"{found.having} of {found.neighbours} similar AWS managed policies have it"


def _noun_reason(found: Signs) -> str:
    if found.is_reading:
        return f"reads what `{found.same_noun[0]}` is about"
    if found.partners:
        return f"belongs with `{found.partners[0]}`"
    return f"is about the same as `{found.same_noun[0]}`"
