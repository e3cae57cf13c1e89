"""A batch as bytes, from the process that read it to the one that writes the store."""

from __future__ import annotations

import os
from dataclasses import replace

import msgspec
import numpy as np

from leastwise.usage.identity import Who
from leastwise.usage.kernel import Columns, End
from leastwise.usage.reading import Batch
from leastwise.usage.requests import Call
from leastwise.usage.route import Route
from leastwise.usage.store import FileEntry


class _Packed(msgspec.Struct, array_like=True):
    names: list[bytes]
    entries: list[FileEntry]
    events: list[int]
    ids: bytes
    times: bytes
    who: bytes
    call: bytes
    route: bytes
    end: bytes
    whos: list[Who]
    calls: list[Call]
    routes: list[Route]
    ends: list[End]
    without_id: int


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Packed)


def packed(batch: Batch, columns: Columns) -> bytes:
    """The batch and its columns as one message; a file's name need not be text."""
    return _ENCODER.encode(
        _Packed(
            names=[os.fsencode(e.name) for e in batch.entries],
            entries=[replace(e, name="") for e in batch.entries],
            events=batch.events,
            ids=columns.ids,
            times=columns.times.tobytes(),
            who=columns.who.tobytes(),
            call=columns.call.tobytes(),
            route=columns.route.tobytes(),
            end=columns.end.tobytes(),
            whos=columns.whos,
            calls=columns.calls,
            routes=columns.routes,
            ends=columns.ends,
            without_id=columns.without_id,
        )
    )


def unpacked(message: bytes) -> Batch:
    """The batch that `packed` wrote."""
    told = _DECODER.decode(message)
    columns = Columns(
        ids=told.ids,
        times=np.frombuffer(told.times, np.int64),
        who=np.frombuffer(told.who, np.uint32),
        call=np.frombuffer(told.call, np.uint32),
        route=np.frombuffer(told.route, np.uint32),
        end=np.frombuffer(told.end, np.uint32),
        whos=told.whos,
        calls=told.calls,
        routes=told.routes,
        ends=told.ends,
        without_id=told.without_id,
    )
    entries = [replace(e, name=os.fsdecode(n)) for e, n in zip(told.entries, told.names, strict=True)]
    return Batch(entries, told.events, columns)
