"""The collectors: each a function that registers itself with its name and what it reads as its file is imported."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from leastwise.estate.collect.api import Api
from leastwise.estate.held import Activity, Iam, IdentityCenter, Organization, Resource, Share, Tagged

Found = Resource | Share | Tagged | Iam | Activity | Organization | IdentityCenter
Collect = Callable[[Api], Iterable[Found]]
Scope = Literal["region", "every-region", "account", "organization"]
"""How often a collector is run: once for each Region that is asked for, for each that is enabled, for each account, or
once for the organisation, in the account that asks."""


@dataclass(frozen=True, slots=True)
class Collector:
    """One collector. `reads` are the operations it calls, such as `sqs.ListQueues`, and those it may call alone.

    `optional` are those of them that it calls only when asked for more. `says` is what it reads, in one line.
    """

    name: str
    scope: Scope
    reads: tuple[str, ...]
    optional: tuple[str, ...]
    says: str
    collect: Collect


_FOUND: dict[str, Collector] = {}


def collector(
    name: str, *, reads: tuple[str, ...], scope: Scope = "region", optional: tuple[str, ...] = ()
) -> Callable[[Collect], Collect]:
    """Registers a function that reads one service; raises ValueError when the name is taken."""

    def register(collect: Collect) -> Collect:
        if name in _FOUND:
            raise ValueError(f"there is a collector {name} already")
        says = (inspect.getdoc(collect) or "").partition("\n")[0].rstrip(".")
        if not says:
            raise ValueError(f"collector {name} has no docstring")
        _FOUND[name] = Collector(name, scope, (*reads, *optional), optional, says, collect)
        return collect

    return register


def registered() -> dict[str, Collector]:
    """The collectors whose files have been imported, by name."""
    return dict(sorted(_FOUND.items()))
