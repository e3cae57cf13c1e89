"""Many parts of one day as one: equal calls that came in different files stand in one row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leastwise.usage.merge import Ids, Ints, Rows
from leastwise.usage.store import Part, Store

_MEASURES = ("count", "first", "lasted", "evidence")


def compacted(store: Store, day: int, parts: Sequence[Part]) -> Rows:
    """The parts' rows and ids as one part's; no count, time or id is lost."""
    table, ids, starts = _joined(store, parts)
    calls = _calls(table, starts)
    order = np.argsort(calls, kind="stable")
    sorted_calls = calls[order]
    heads = np.flatnonzero(np.r_[True, sorted_calls[1:] != sorted_calls[:-1]])
    counts = np.add.reduceat(_ints(table, "count")[starts][order], heads)
    first, last = _span(table, starts, order, heads)
    evidence = np.cumsum(counts) - counts
    lengths = np.diff(np.r_[starts, table.num_rows])
    kept = order[heads]
    rows = _expanded(starts[kept], lengths[kept])
    group = np.repeat(np.arange(len(kept)), lengths[kept])
    merged = table.take(pa.array(rows))
    for name, values in (("count", counts), ("evidence", evidence)):
        merged = _with(merged, name, pa.array(values[group], pa.int64()))
    merged = _with(merged, "first", _times(first[group]))
    merged = _with(merged, "lasted", pa.array((last - first)[group], pa.int32()))
    kept_ids = _in_order(ids.take(_id_order(table, starts, order)), counts)
    return Rows(day, merged.combine_chunks().unify_dictionaries(), kept_ids)


def _joined(store: Store, parts: Sequence[Part]) -> tuple[pa.Table, Ids, Ints]:
    """All rows one after another with places into all ids, and the first row of each call."""
    tables: list[pa.Table] = []
    ids: list[Ids] = []
    offset = 0
    for part in parts:
        table = pq.read_table(store.rows_path(part), read_dictionary=_text_columns(store, part))
        tables.append(_with(table, "evidence", pc.add(table["evidence"], offset).combine_chunks()))
        ids.append(store.ids(part))
        offset += len(ids[-1])
    table = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    evidence = _ints(table, "evidence")
    starts = np.flatnonzero(np.r_[True, evidence[1:] != evidence[:-1]])
    both = Ids(np.concatenate([i.high for i in ids]), np.concatenate([i.low for i in ids]))
    return table, both, starts


def _text_columns(store: Store, part: Part) -> list[str]:
    schema = pq.read_schema(store.rows_path(part))
    return [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_dictionary(f.type)]


def _calls(table: pa.Table, starts: Ints) -> Ints:
    """A number for each call, the same for calls that agree in everything but count, time and ids.

    Two calls agree when they have equal rows: the number of a row's values, then the row of numbers.
    """
    hours = np.where(_missing(table), -1, _seconds(table) // 3_600)
    key = np.unique(hours, return_inverse=True)[1].astype(np.int64)
    for name in table.column_names:
        if name not in _MEASURES:
            codes = _codes(table, name)
            key = np.unique(key * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1].astype(np.int64)
    lengths = np.diff(np.r_[starts, table.num_rows])
    calls = np.where(lengths == 1, key[starts], -1)
    known: dict[tuple[int, ...], int] = {}
    for place in np.flatnonzero(lengths > 1).tolist():
        rows = tuple(sorted(key[starts[place] : starts[place] + lengths[place]].tolist()))
        calls[place] = table.num_rows + known.setdefault(rows, len(known))
    return np.asarray(calls, np.int64)


def _codes(table: pa.Table, name: str) -> Ints:
    column = table[name].combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks else pa.array([], column.type)
    if pa.types.is_dictionary(column.type):
        return np.asarray(column.indices).astype(np.int64)
    kind = pa.int8() if pa.types.is_boolean(column.type) else pa.int64()
    codes: Ints = np.asarray(column.cast(kind)).astype(np.int64)
    return codes


def _span(table: pa.Table, starts: Ints, order: Ints, heads: Ints) -> tuple[Ints, Ints]:
    first = _seconds(table)[starts][order]
    last = first + _ints(table, "lasted")[starts][order]
    return np.minimum.reduceat(first, heads), np.maximum.reduceat(last, heads)


def _id_order(table: pa.Table, starts: Ints, order: Ints) -> Ints:
    return _expanded(_ints(table, "evidence")[starts][order], _ints(table, "count")[starts][order])


def _in_order(ids: Ids, counts: Ints) -> Ids:
    """Each row's run of ids sorted, as it is in a part that was never joined."""
    rows = np.repeat(np.arange(len(counts)), counts)
    return ids.take(np.lexsort((ids.low, ids.high, rows)))


def _expanded(starts: Ints, lengths: Ints) -> Ints:
    """The places `start … start + length` of each pair, one after another."""
    ends = np.cumsum(lengths)
    places: Ints = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)
    return places


def _ints(table: pa.Table, name: str) -> Ints:
    return np.asarray(table[name].combine_chunks().cast(pa.int64())).astype(np.int64)


def _missing(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(pc.is_null(table["first"]).combine_chunks())


def _seconds(table: pa.Table) -> Ints:
    seconds = pc.fill_null(table["first"].cast(pa.timestamp("s")).cast(pa.int64()), -1)
    return np.asarray(seconds.combine_chunks()).astype(np.int64)


def _times(seconds: Ints) -> pa.Array:
    return pa.array(seconds, pa.int64(), mask=seconds < 0).cast(pa.timestamp("s"))


def _with(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)
