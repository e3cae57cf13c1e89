"""Ways to write a policy for the tool that will apply it, one file a format, found by name; and SARIF for findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy document and the name it goes by."""

    name: str
    document: Mapping[str, object]


Render = Callable[[Sequence[NamedPolicy]], str]


def registry(found: Iterable[tuple[str, Render]]) -> Mapping[str, Render]:
    """Every format by its name; a name taken twice is an error."""
    formats: dict[str, Render] = {}
    for name, render in found:
        if name in formats:
            raise ValueError(f"two formats are named `{name}`")
        formats[name] = render
    return MappingProxyType(formats)


def unique_names(names: Iterable[str]) -> list[str]:
    """`names` in their order, a number added to each that is taken already, capitals or not."""
    taken: set[str] = set()
    unique: list[str] = []
    for name in names:
        candidate, turn = name, 1
        while candidate.lower() in taken:
            turn += 1
            candidate = f"{name}{turn}"
        taken.add(candidate.lower())
        unique.append(candidate)
    return unique


def _in_this_folder() -> Iterable[tuple[str, Render]]:
    for found in sorted(iter_modules(__path__), key=lambda module: module.name):
        module = import_module(f"{__name__}.{found.name}")
        if hasattr(module, "render"):
            yield module.NAME, module.render


FORMATS: Mapping[str, Render] = registry(_in_this_folder())
"""The formats of this folder, by the name that `-f` takes."""
