"""What sets of actions weigh, and how likely the removal of what is unused denies something within 30 days.

The probabilities are estimates of this project's, said in the guide: nobody has measured them for checks. A proposal by
`leastwise propose` says its own, from the fleet's record.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from leastwise.catalogue.risks import WEIGHTS, weight_of
from leastwise.prove.actions import action_index

DORMANT: Final = 0.0
"""Of a principal, key or password that nobody used in the window."""
NEVER_REACHED: Final = 0.03
"""Of services that an active principal did not use in the window."""
NOT_SEEN: Final = 0.08
"""Of actions that an active principal did not use, of services that it uses."""
NARROWED: Final = 0.15
"""Of resources that an active principal did not use, of actions that it uses: new ones are made every day."""
SHARED: Final = 0.3
"""Of access from outside, of whose use the logs of the owner tell only a part."""


@lru_cache(maxsize=1)
def _by_weight() -> Mapping[int, int]:
    """The known actions of each weight, as bits."""
    found = dict.fromkeys(WEIGHTS.values(), 0)
    for place, name in enumerate(action_index().names):
        found[weight_of(name)] |= 1 << place
    return found


@lru_cache(maxsize=16_384)
def weight(bits: int) -> int:
    """The sum of the weights of a set of known actions."""
    return sum(each * (bits & held).bit_count() for each, held in _by_weight().items())


def counted(number: int, name: str) -> str:
    """`1 role`, `2 roles`."""
    return f"{number} {name}{'' if number == 1 else 's'}"


@lru_cache(maxsize=16)
def heavy(least: int) -> int:
    """The known actions of this weight and more."""
    return sum(held for each, held in _by_weight().items() if each >= least)


@lru_cache(maxsize=1)
def by_service() -> Mapping[str, int]:
    """The known actions of each service prefix, as bits."""
    found: dict[str, int] = {}
    for place, name in enumerate(action_index().lowered):
        prefix = name.partition(":")[0]
        found[prefix] = found.get(prefix, 0) | 1 << place
    return found


@lru_cache(maxsize=16_384)
def services(bits: int) -> tuple[str, ...]:
    """The service prefixes of a set of known actions, in order."""
    return tuple(prefix for prefix, own in by_service().items() if own & bits)
