"""Every check over an estate: the files of the folder `checks`, imported once."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType

from leastwise.findings import checks as folder
from leastwise.findings.registry import Check, registered


@lru_cache(maxsize=1)
def checks() -> Mapping[str, Check]:
    """The checks by code."""
    for module in pkgutil.iter_modules(folder.__path__):
        import_module(f"{folder.__name__}.{module.name}")
    return MappingProxyType(registered())


def unknown_to(known: Callable[[str], bool]) -> list[str]:
    """`check: action` for every action that a check knows by name and that is not known."""
    return [f"{one.name}: {name}" for one in checks().values() for name in one.actions if not known(name)]
