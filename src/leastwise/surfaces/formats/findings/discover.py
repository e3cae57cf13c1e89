"""The formats of findings: every file of this folder that has `written`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from leastwise.surfaces.formats import findings as folder
from leastwise.surfaces.formats.findings import Report

Written = Callable[[Report], str]


def _in_the_folder() -> Iterator[tuple[str, Written]]:
    for found in sorted(iter_modules(folder.__path__), key=lambda module: module.name):
        module = import_module(f"{folder.__name__}.{found.name}")
        if hasattr(module, "written"):
            yield module.NAME, module.written


FORMS: Mapping[str, Written] = MappingProxyType(dict(_in_the_folder()))
"""The formats of the folder, by the name that `-f` takes."""
