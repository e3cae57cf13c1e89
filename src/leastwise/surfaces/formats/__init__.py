"""Ways to write a policy for the tool that will apply it, one file a format, found by name; and SARIF for findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """A policy document and the name it goes by."""

    name: str
    document: Mapping[str, object]


Render = Callable[[Sequence[NamedPolicy]], str]


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
