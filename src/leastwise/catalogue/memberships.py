"""Which actions each AWS managed policy allows, as a table that reads in milliseconds."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from leastwise.catalogue.managed import Allowed
from leastwise.model.errors import UnreadableFile

SHIPPED: Final = Path(__file__).parent / "data" / "managed-actions.json.gz"


class _Table(msgspec.Struct, frozen=True):
    """Actions by their place, and for each policy the places of its actions."""

    actions: tuple[str, ...]
    policies: dict[str, tuple[int, ...]]


@lru_cache(maxsize=1)
def managed_memberships() -> tuple[Allowed, ...]:
    """The policies with two actions or more and not so many that they stand for no job, in the order of their ARNs."""
    try:
        table = msgspec.json.decode(gzip.decompress(SHIPPED.read_bytes()), type=_Table)
    except (OSError, EOFError, msgspec.MsgspecError) as error:
        raise UnreadableFile(str(SHIPPED), str(error).lower()) from error
    return tuple(
        Allowed(name, frozenset(table.actions[place] for place in places)) for name, places in table.policies.items()
    )
