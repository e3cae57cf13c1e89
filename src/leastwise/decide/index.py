"""Statements found by their resources: by the plain text that their patterns begin with, then by a rare piece of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from leastwise.language.values.globs import Glob

T = TypeVar("T")

_PIECE = 5
"""Letters of a piece of plain text."""
_WORTH_PIECES = 12
"""Patterns with one beginning from which on they are told apart by a piece."""


class ResourceIndex(Generic[T]):
    """Things by the patterns of their resources; asked for a resource, gives all that may match it and few others."""

    __slots__ = ("_heads", "_loose")

    def __init__(self, things: Iterable[tuple[T, Sequence[Glob] | None]]) -> None:
        loose: list[T] = []
        by_head: dict[str, list[tuple[T, Glob]]] = {}
        for thing, patterns in things:
            if patterns is None or any(not pattern.literal_head for pattern in patterns):
                loose.append(thing)
                continue
            for pattern in patterns:
                by_head.setdefault(pattern.literal_head, []).append((thing, pattern))
        self._loose = tuple(loose)
        heads: dict[int, dict[str, _Pieces[T]]] = {}
        for head, found in by_head.items():
            heads.setdefault(len(head), {})[head] = _Pieces(len(head), found)
        self._heads = tuple(heads.items())

    def of(self, resource: str) -> list[T]:
        """All things that may name the resource."""
        found = list(self._loose)
        for length, table in self._heads:
            hit = table.get(resource[:length])
            if hit is not None:
                found += hit.of(resource)
        return found


class _Pieces(Generic[T]):
    """Patterns that begin alike, each under the rarest piece of its longest plain run after the beginning."""

    __slots__ = ("_by_piece", "_length", "_rest")

    def __init__(self, length: int, found: Sequence[tuple[T, Glob]]) -> None:
        self._length = length
        self._by_piece: dict[str, list[T]] = {}
        self._rest: list[T] = []
        if len(found) < _WORTH_PIECES:
            self._rest = [thing for thing, _ in found]
            return
        runs = [(thing, _longest_run(pattern)) for thing, pattern in found]
        counts = Counter(piece for _, run in runs for piece in set(_pieces(run)))
        for thing, run in runs:
            rarest = min(_pieces(run), key=counts.__getitem__, default=None)
            (self._rest if rarest is None else self._by_piece.setdefault(rarest, [])).append(thing)

    def of(self, resource: str) -> list[T]:
        """Those whose piece is in the resource, and those that have none."""
        if not self._by_piece:
            return self._rest
        found = list(self._rest)
        get = self._by_piece.get
        for start in range(self._length, len(resource) - _PIECE + 1):
            hit = get(resource[start : start + _PIECE])
            if hit is not None:
                found += hit
        return found


def _longest_run(pattern: Glob) -> str:
    return max((step for step in pattern.steps[1:] if isinstance(step, str)), key=len, default="")


def _pieces(run: str) -> Iterator[str]:
    return (run[start : start + _PIECE] for start in range(len(run) - _PIECE + 1))
