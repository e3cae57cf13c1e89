"""The formats of policies: every file of this folder that has a `render`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from leastwise.surfaces import formats as folder
from leastwise.surfaces.formats import Render


def registry(found: Iterable[tuple[str, Render]]) -> Mapping[str, Render]:
    """Every format by its name; a name taken twice is an error."""
    formats: dict[str, Render] = {}
    for name, render in found:
        if name in formats:
            raise ValueError(f"two formats are named `{name}`")
        formats[name] = render
    return MappingProxyType(formats)


def _in_the_folder() -> Iterable[tuple[str, Render]]:
    for found in sorted(iter_modules(folder.__path__), key=lambda module: module.name):
        module = import_module(f"{folder.__name__}.{found.name}")
        if hasattr(module, "render"):
            yield module.NAME, module.render


FORMATS: Mapping[str, Render] = registry(_in_the_folder())
"""The formats of the folder, by the name that `-f` takes."""
