"""The ways of granting that a backtest compares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from leastwise.catalogue.load import Catalogue
from leastwise.synthesize.backtest import Method
from leastwise.synthesize.baselines import noun_closure, service_wildcard
from leastwise.synthesize.buffer import Setting, Weighed, beside, chosen, granted, weighed
from leastwise.synthesize.neighbours import Neighbours

_SETTINGS: Final[tuple[Setting, ...]] = ("strict", "default", "relaxed")
_REMEMBERED: Final = 1024


def methods(catalogue: Catalogue, known: Neighbours | None = None) -> Mapping[str, Method]:
    """Exact use, the plain rules, and the buffer in each setting, without siblings and with them.

    Sensitive actions are not granted by the buffer: nobody is there to be asked.
    """

    @lru_cache(maxsize=_REMEMBERED)
    def found(used: frozenset[str]) -> tuple[Weighed, ...]:
        return weighed(used, catalogue=catalogue, known=known)

    def alone(setting: Setting) -> Method:
        return lambda used, _siblings: used | granted(chosen(found(used), setting))

    def with_siblings(setting: Setting) -> Method:
        return lambda used, siblings: (
            used | granted(chosen(beside(found(used), used, siblings=siblings, catalogue=catalogue), setting))
        )

    return MappingProxyType(
        {
            "exact": lambda used, _siblings: used,
            **{f"buffer, {setting}": alone(setting) for setting in _SETTINGS},
            **{f"buffer, {setting}, siblings": with_siblings(setting) for setting in _SETTINGS},
            "noun closure": lambda used, _siblings: used | noun_closure(used, catalogue),
            "service wildcard": lambda used, _siblings: used | service_wildcard(used, catalogue),
        }
    )
