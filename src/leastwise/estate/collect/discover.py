"""Every collector: the files of the folder `services`, imported once."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType

from leastwise.estate.collect import services as folder
from leastwise.estate.collect.registry import Collector, registered


@lru_cache(maxsize=1)
def collectors() -> Mapping[str, Collector]:
    """The collectors by name."""
    for module in pkgutil.iter_modules(folder.__path__):
        import_module(f"{folder.__name__}.{module.name}")
    return MappingProxyType(registered())
