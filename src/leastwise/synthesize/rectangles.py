"""Pairs of action and resource as rectangles, all actions on all resources, in as little text as a greedy search finds.

Rectangles hold no pair that is not given. They are found three ways, rows with equal columns, columns with equal rows,
and greedily among the closed rectangles; each is then improved by merging and shrinking, and the shortest is taken.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import and_
from typing import Final

Rectangle = tuple[tuple[str, ...], tuple[str, ...]]
"""Actions and resources."""

_QUOTES_AND_COMMA: Final = 3
_MOST_INTERSECTIONS: Final = 400
_Part = tuple[int, int]
"""Rows and columns as bits."""


@dataclass(frozen=True)
class _Table:
    """Rows with their columns and columns with their rows as bits, and what each costs in a list."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    row_costs: _Costs
    column_costs: _Costs
    overhead: int

    def cost(self, part: _Part) -> int:
        return self.overhead + self.row_costs.of(part[0]) + self.column_costs.of(part[1])


class _Costs:
    """What texts cost together, eight of them looked up at a time."""

    def __init__(self, texts: Sequence[str]) -> None:
        costs = [len(text) + _QUOTES_AND_COMMA for text in texts]
        self._bytes = (len(costs) + 7) // 8
        self._sums = [_sums(costs[i : i + 8]) for i in range(0, len(costs), 8)]

    def of(self, mask: int) -> int:
        return sum([sums[byte] for sums, byte in zip(self._sums, mask.to_bytes(self._bytes, "little"), strict=True)])


def _sums(costs: Sequence[int]) -> list[int]:
    sums = [0]
    for cost in costs:
        sums += [cost + one for one in sums]
    return sums


def rectangles(pairs: Mapping[str, frozenset[str]], *, overhead: int) -> list[Rectangle]:
    """Rectangles that hold exactly the pairs; each costs its texts and `overhead`. The order is that of the texts."""
    actions = sorted(action for action in pairs if pairs[action])
    resources = sorted({resource for found in pairs.values() for resource in found})
    if not actions:
        return []
    table = _table(pairs, actions, resources, overhead)
    starts = (_by_equal(table.rows), [(r, c) for c, r in _by_equal(table.columns)], _greedy(table))
    improved = [_improved(table, start) for start in starts]
    best = min(improved, key=lambda parts: sum(map(table.cost, parts)))
    return sorted((_texts(actions, rows), _texts(resources, columns)) for rows, columns in best)


def _table(
    pairs: Mapping[str, frozenset[str]], actions: Sequence[str], resources: Sequence[str], overhead: int
) -> _Table:
    place = {resource: i for i, resource in enumerate(resources)}
    rows = tuple(sum(1 << place[resource] for resource in pairs[action]) for action in actions)
    columns = [0] * len(resources)
    for i, row in enumerate(rows):
        for j in _bits(row):
            columns[j] |= 1 << i
    return _Table(rows, tuple(columns), _Costs(actions), _Costs(resources), overhead)


def _texts(texts: Sequence[str], mask: int) -> tuple[str, ...]:
    return tuple(texts[i] for i in _bits(mask))


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _by_equal(rows: Sequence[int]) -> list[_Part]:
    """Rows with equal columns stand together."""
    together: dict[int, int] = {}
    for i, columns in enumerate(rows):
        together[columns] = together.get(columns, 0) | 1 << i
    return [(held, columns) for columns, held in together.items()]


def _greedy(table: _Table) -> list[_Part]:
    """Closed rectangles, each time the one with the least text for a pair that none had before."""
    left = list(table.rows)
    queue = [(table.cost(part) / _area(part), number, part) for number, part in enumerate(_closed(table))]
    heapq.heapify(queue)
    chosen: list[_Part] = []
    while any(left):
        _, number, part = heapq.heappop(queue)
        shrunk = _shrunk(part, left)
        fresh = sum([(left[i] & shrunk[1]).bit_count() for i in _bits(shrunk[0])])
        if not fresh:
            continue
        price = table.cost(shrunk) / fresh
        if queue and price > queue[0][0]:
            heapq.heappush(queue, (price, number, part))
            continue
        chosen.append(shrunk)
        for i in _bits(shrunk[0]):
            left[i] &= ~shrunk[1]
        heapq.heappush(queue, (price, number, part))
    return chosen


def _area(part: _Part) -> int:
    return part[0].bit_count() * part[1].bit_count()


def _shrunk(part: _Part, left: Sequence[int]) -> _Part:
    """The part of the rectangle in whose rows and columns something is left."""
    rows = columns = 0
    for i in _bits(part[0]):
        if found := left[i] & part[1]:
            rows |= 1 << i
            columns |= found
    return rows, columns


def _closed(table: _Table) -> list[_Part]:
    """Each row's columns, each column's rows and what two rows share, with all else that they go with."""
    distinct = list(dict.fromkeys(table.rows))
    shared = set(distinct)
    by_size = sorted(distinct, key=lambda columns: (-columns.bit_count(), columns))
    for one, other in _some_pairs(by_size):
        shared.add(one & other)
    shared |= {_common(table.rows, rows) for rows in table.columns}
    shared.discard(0)
    closed = {(_common(table.columns, columns), columns) for columns in shared}
    return sorted((rows, _common(table.rows, rows)) for rows, _ in closed)


def _some_pairs(distinct: Sequence[int]) -> Iterator[tuple[int, int]]:
    for taken, pair in enumerate(combinations(distinct, 2)):
        if taken >= _MOST_INTERSECTIONS:
            return
        yield pair


def _common(lines: Sequence[int], mask: int) -> int:
    """What all these lines have."""
    return reduce(and_, [lines[i] for i in _bits(mask)])


def _improved(table: _Table, parts: Iterable[_Part]) -> list[_Part]:
    """The rectangles after merging what is shorter together and dropping what others hold."""
    current = _without_needless(table, list(parts))
    while True:
        merged = _merged(table, current)
        if merged is None:
            return current
        current = _without_needless(table, merged)


def _merged(table: _Table, parts: Sequence[_Part]) -> list[_Part] | None:
    """The rectangles with the two that save most as one; None when no two save."""
    costs = [table.cost(part) for part in parts]
    best, found = 0, None
    for i, j in combinations(range(len(parts)), 2):
        (rows, columns), (more_rows, more_columns) = parts[i], parts[j]
        all_columns = columns | more_columns
        if rows & more_rows == 0 and columns & more_columns == 0:
            continue
        if not _holds(table, rows & ~more_rows, more_columns) or not _holds(table, more_rows & ~rows, columns):
            continue
        saved = costs[i] + costs[j] - table.cost((rows | more_rows, all_columns))
        if saved > best:
            best, found = saved, (i, j)
    if found is None:
        return None
    i, j = found
    rest = [part for place, part in enumerate(parts) if place not in found]
    return [*rest, (parts[i][0] | parts[j][0], parts[i][1] | parts[j][1])]


def _holds(table: _Table, rows: int, columns: int) -> bool:
    return all(not columns & ~table.rows[i] for i in _bits(rows))


def _without_needless(table: _Table, parts: list[_Part]) -> list[_Part]:
    """The rectangles without the rows, columns and whole ones that the others hold, the dearest looked at first."""
    counts = _Counts(table, parts)
    current: list[_Part] = []
    for part in sorted(parts, key=lambda one: (-table.cost(one), one)):
        smaller = counts.shrunk(part)
        if smaller[0]:
            current.append(smaller)
    return current


class _Counts:
    """How many rectangles hold each pair: per row, the columns held once or more, and those held twice or more."""

    def __init__(self, table: _Table, parts: Sequence[_Part]) -> None:
        self._parts = list(parts)
        self._table = table

    def shrunk(self, part: _Part) -> _Part:
        """The rectangle less what the others hold; it takes the place of the rectangle among them."""
        self._parts.remove(part)
        left = [columns & part[1] if part[0] >> i & 1 else 0 for i, columns in enumerate(self._table.rows)]
        for rows, columns in self._parts:
            for i in _bits(rows & part[0]):
                left[i] &= ~columns
        smaller = _shrunk(part, left)
        if smaller[0]:
            self._parts.append(smaller)
        return smaller
