"""Every check: the files of the folder `checks`, imported once."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from types import MappingProxyType

from leastwise.lint import checks as folder
from leastwise.lint.registry import Check, registered


@lru_cache(maxsize=1)
def checks() -> Mapping[str, Check]:
    """The checks by code."""
    for module in pkgutil.iter_modules(folder.__path__):
        import_module(f"{folder.__name__}.{module.name}")
    return MappingProxyType(registered())
