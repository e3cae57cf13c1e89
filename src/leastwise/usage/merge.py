"""Columns of many files into rows: each event counted once, equal calls of an hour in one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from leastwise.usage.days import DAY, UNKNOWN_DAY
from leastwise.usage.identity import Who
from leastwise.usage.kernel import UNKNOWN_TIME, Columns, End
from leastwise.usage.requests import Call, Grant
from leastwise.usage.route import Route

HOUR = 3_600

V = TypeVar("V")

U64 = NDArray[np.uint64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ids:
    """Event ids in their order, as two halves of sixteen bytes."""

    high: U64
    low: U64

    def __len__(self) -> int:
        return len(self.high)

    def take(self, places: NDArray[np.intp]) -> Ids:
        """The ids at these places."""
        return Ids(self.high[places], self.low[places])

    def packed(self) -> bytes:
        """Sixteen bytes for each id."""
        return np.stack([self.high, self.low], axis=1).astype(">u8").tobytes()

    def ordered(self) -> Ids:
        """The same ids sorted."""
        return self.take(_order(self))


def unpacked(data: bytes) -> Ids:
    """The ids that `packed` wrote."""
    halves = np.frombuffer(data, ">u8").reshape(-1, 2)
    return Ids(halves[:, 0].astype(np.uint64), halves[:, 1].astype(np.uint64))


def _order(ids: Ids) -> NDArray[np.intp]:
    """The places of the ids in ascending order."""
    order = np.argsort(ids.high)
    high = ids.high[order]
    return np.lexsort((ids.low, ids.high)) if (high[1:] == high[:-1]).any() else order


def first_of_each(ids: Ids) -> NDArray[np.bool_]:
    """True at the first place of every id, False at its repeats."""
    first = np.ones(len(ids), np.bool_)
    order = np.argsort(ids.high)
    high = ids.high[order]
    same = high[1:] == high[:-1]
    if not same.any():
        return first
    doubtful = np.zeros(len(ids), np.bool_)
    doubtful[order[1:][same]] = True
    doubtful[order[:-1][same]] = True
    places = np.flatnonzero(doubtful)
    exact = np.lexsort((places, ids.low[places], ids.high[places]))
    sorted_places = places[exact]
    repeats = (ids.high[sorted_places][1:] == ids.high[sorted_places][:-1]) & (
        ids.low[sorted_places][1:] == ids.low[sorted_places][:-1]
    )
    first[sorted_places[1:][repeats]] = False
    return first


def among(ids: Ids, known: Ids) -> NDArray[np.bool_]:
    """True where the id is one of `known`, which is sorted."""
    found = np.zeros(len(ids), np.bool_)
    if not len(known) or not len(ids):
        return found
    left = np.searchsorted(known.high, ids.high, "left")
    hit = np.flatnonzero((left < len(known)) & (known.high[np.minimum(left, len(known) - 1)] == ids.high))
    right = np.searchsorted(known.high, ids.high[hit], "right")
    for place, start, end in zip(hit.tolist(), left[hit].tolist(), right.tolist(), strict=True):
        found[place] = bool((known.low[start:end] == ids.low[place]).any())
    return found


@dataclass(frozen=True, slots=True)
class Gathered:
    """The events of a run of files under one set of tables; `source` numbers the file of each event."""

    ids: Ids
    times: Ints
    source: Ints
    who: Ints
    call: Ints
    route: Ints
    end: Ints
    whos: Sequence[Who]
    calls: Sequence[Call]
    routes: Sequence[Route]
    ends: Sequence[End]

    def take(self, places: NDArray[np.intp]) -> Gathered:
        """The events at these places, under the same tables."""
        return Gathered(
            self.ids.take(places),
            self.times[places],
            self.source[places],
            self.who[places],
            self.call[places],
            self.route[places],
            self.end[places],
            self.whos,
            self.calls,
            self.routes,
            self.ends,
        )

    def days(self) -> Ints:
        """The day of each event since 1970; UNKNOWN_DAY where the time is unknown."""
        return np.where(self.times == UNKNOWN_TIME, UNKNOWN_DAY, self.times // DAY)


def gathered(parts: Iterable[tuple[Columns, Ints]]) -> Gathered:
    """All parts under tables of their own; each part comes with the file number of each event."""
    whos, calls, routes, ends = _Table[Who](), _Table[Call](), _Table[Route](), _Table[End]()
    columns: list[tuple[Columns, Ints, list[Ints]]] = []
    for part, source in parts:
        maps = (
            whos.numbers_of(part.whos),
            calls.numbers_of(part.calls),
            routes.numbers_of(part.routes),
            ends.numbers_of(part.ends),
        )
        numbers = (part.who, part.call, part.route, part.end)
        columns.append((part, source, [m[n] for m, n in zip(maps, numbers, strict=True)]))
    return Gathered(
        ids=unpacked(b"".join(part.ids for part, _, _ in columns)),
        times=_told(_joined([part.times for part, _, _ in columns])),
        source=_joined([source for _, source, _ in columns]),
        who=_joined([n[0] for _, _, n in columns]),
        call=_joined([n[1] for _, _, n in columns]),
        route=_joined([n[2] for _, _, n in columns]),
        end=_joined([n[3] for _, _, n in columns]),
        whos=whos.values,
        calls=calls.values,
        routes=routes.values,
        ends=ends.values,
    )


class _Table(Generic[V]):
    """Values of many parts numbered once; the first part's own numbers are kept as they are."""

    def __init__(self) -> None:
        self.values: list[V] = []
        self._numbers: dict[V, int] | None = None

    def numbers_of(self, values: list[V]) -> Ints:
        """This table's number for each value of a part."""
        if not self.values:
            self.values = list(values)
            return np.arange(len(values), dtype=np.int64)
        if self._numbers is None:
            self._numbers = {value: number for number, value in enumerate(self.values)}
        return np.fromiter((self._number(v) for v in values), np.int64, len(values))

    def _number(self, value: V) -> int:
        numbers = self._numbers if self._numbers is not None else {}
        number = numbers.get(value)
        if number is None:
            number = numbers[value] = len(self.values)
            self.values.append(value)
        return number


def _told(times: Ints) -> Ints:
    """A time before 1970 is none that CloudTrail tells."""
    return np.where(times < 0, UNKNOWN_TIME, times)


def _joined(arrays: list[Ints]) -> Ints:
    return np.concatenate(arrays).astype(np.int64, copy=False) if arrays else np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Rows:
    """One day's rows and the ids of its events, laid so that a row's events are `count` ids from `evidence`."""

    day: int
    table: pa.Table
    ids: Ids


def rows_of(day: int, events: Gathered) -> Rows:
    """Events of one day as rows: one for each principal, call, route, end and hour, and each thing it needed."""
    ranks = _who_ranks(events.whos)[events.who], _call_ranks(events.calls)[events.call]
    hours = np.where(events.times == UNKNOWN_TIME, 0, events.times % DAY // HOUR)
    key = _combined([*ranks, hours, events.end, events.route])
    order = _by_key_and_id(key, events.ids)
    sorted_key = key[order]
    starts = np.flatnonzero(np.r_[True, sorted_key[1:] != sorted_key[:-1]]) if len(order) else np.empty(0, np.intp)
    counts = np.diff(np.r_[starts, len(order)])
    times = events.times[order]
    heads = order[starts]
    grants = _Grants.of(events.calls)
    per_call = grants.lengths[events.call[heads]]
    groups = np.repeat(np.arange(len(starts)), per_call)
    within = np.arange(len(groups)) - np.repeat(np.cumsum(per_call) - per_call, per_call)
    rows = heads[groups]
    first = np.minimum.reduceat(times, starts) if len(starts) else times
    last = np.maximum.reduceat(times, starts) if len(starts) else times
    columns = {
        **_columns(events.whos, Who._fields, events.who[rows]),
        **_columns(events.calls, _CALL_FIELDS, events.call[rows]),
        **grants.columns(grants.starts[events.call[rows]] + within),
        **_columns(events.routes, Route._fields, events.route[rows]),
        **_columns([e.outcome for e in events.ends], _END_FIELDS, events.end[rows]),
        **_columns(events.ends, ("shared_event",), events.end[rows]),
        "count": pa.array(counts[groups], pa.int64()),
        "first": _time_column(first[groups]),
        "lasted": pa.array((last - first)[groups], pa.int32()),
        "evidence": pa.array(starts[groups], pa.int64()),
    }
    return Rows(day, pa.table(columns), events.ids.take(order))


_CALL_FIELDS = tuple(f for f in Call._fields if f != "grants")
_END_FIELDS = ("outcome", "error_code", "denied_action", "denied_resource", "denied_by", "denial", "denying_policy")


def _by_key_and_id(key: Ints, ids: Ids) -> NDArray[np.intp]:
    """The places of the events by key, and among equal keys by id."""
    by_id = _order(ids)
    return by_id[np.argsort(key[by_id], kind="stable")]


def _combined(columns: list[Ints]) -> Ints:
    """One number for each row, ordered as the columns are from left to right."""
    key = columns[0].astype(np.int64)
    for column in columns[1:]:
        width = int(column.max(initial=0)) + 1
        if int(key.max(initial=0)) >= (1 << 62) // width:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
        key = key * width + column
    return key


def _who_ranks(whos: Sequence[Who]) -> Ints:
    order = sorted(range(len(whos)), key=lambda i: whos[i])
    ranks = np.empty(len(whos), np.int64)
    ranks[order] = np.arange(len(whos))
    return ranks


def _call_ranks(calls: Sequence[Call]) -> Ints:
    """Calls of one name stand together; within a name they keep the order in which they came."""
    numbers: dict[tuple[str, str], int] = {}
    codes = [numbers.setdefault((call[0], call[1]), len(numbers)) for call in calls]
    places = np.empty(len(numbers), np.int64)
    places[[numbers[name] for name in sorted(numbers)]] = np.arange(len(numbers))
    order = np.argsort(places[codes], kind="stable") if codes else np.empty(0, np.int64)
    ranks = np.empty(len(calls), np.int64)
    ranks[order] = np.arange(len(calls))
    return ranks


@dataclass(frozen=True, slots=True)
class _Grants:
    """What the calls needed, one after another; a call that needed nothing has one row without an action."""

    grants: list[Grant]
    starts: Ints
    lengths: Ints

    @staticmethod
    def of(calls: Sequence[Call]) -> _Grants:
        nothing = (Grant("", "", "", "", False, ""),)
        flat = [grant for call in calls for grant in call.grants or nothing]
        lengths = np.array([len(call.grants) or 1 for call in calls], np.int64)
        return _Grants(flat, np.cumsum(lengths) - lengths, lengths)

    def columns(self, rows: Ints) -> dict[str, pa.Array]:
        """Each field of the grants at these places."""
        texts = _columns(self.grants, ("action", "resource", "how", "inferred", "context"), rows)
        guesses = np.array([g.is_guess for g in self.grants], np.bool_)
        return {**texts, "is_guess": pa.array(guesses[rows])}


def _columns(values: Sequence[tuple[object, ...]], fields: tuple[str, ...], rows: Ints) -> dict[str, pa.Array]:
    """A dictionary-encoded text column for each field: each distinct text once, a number for each row."""
    if not values:
        return {field: _text_column([], np.empty(0, np.int64)) for field in fields}
    transposed = list(zip(*values, strict=True))
    return {field: _text_column(transposed[_place(values[0], field)], rows) for field in fields}


def _place(value: tuple[object, ...], field: str) -> int:
    names: tuple[str, ...] = value._fields  # type: ignore[attr-defined]
    return names.index(field)


def _text_column(texts: Sequence[object], rows: Ints) -> pa.Array:
    encoded = pa.array(texts, pa.string()).dictionary_encode()
    indices = np.asarray(encoded.indices)[rows] if len(texts) else np.empty(0, np.int32)
    is_used = np.zeros(len(encoded.dictionary), np.bool_)
    is_used[indices] = True
    if is_used.all():
        return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), encoded.dictionary)
    places = np.cumsum(is_used, dtype=np.int32) - 1  # texts of other days have no place in this file
    used = encoded.dictionary.take(pa.array(np.flatnonzero(is_used)))
    return pa.DictionaryArray.from_arrays(pa.array(places[indices], pa.int32()), used)


def _time_column(times: Ints) -> pa.Array:
    return pa.array(times, pa.int64(), mask=times == UNKNOWN_TIME).cast(pa.timestamp("s"))
