"""Adds logs in a process of its own, which can be told to kill itself at a named moment.

python adding.py STORE LOGS PROCESSES [POINT NTH]
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from leastwise.usage import compact, ingest, store
from leastwise.usage.locations import Wanted, listed
from leastwise.usage.sources import s3

POINTS: dict[str, tuple[Any, str]] = {
    "a file's batch was read": (ingest._Run, "take"),
    "rows are about to be written": (store.Writer, "_write"),
    "rows are written, their ids are not": (store, "_replace"),
    "rows and ids are written, the ledger is not": (store, "_transaction"),
    "the ledger is half written": (store.Writer, "_enter"),
    "the ledger is written, the next batch is not read": (ingest._Run, "_tell"),
    "parts are about to be joined": (compact, "compacted"),
    "parts are joined, the old ones lie about": (store.Writer, "_remove"),
}


def _killed_at(nth: int, function: Callable[..., object]) -> Callable[..., object]:
    left = [nth]

    @functools.wraps(function)
    def counted(*arguments: object, **named: object) -> object:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)

    return counted


def main() -> None:
    """The logs are in the store, or this process is dead."""
    folder, logs, processes, *kill = sys.argv[1:]
    ingest.MOST_PARTS_A_DAY = 2
    if kill:
        owner, name = POINTS[kill[0]]
        setattr(owner, name, _killed_at(int(kill[1]), getattr(owner, name)))
    settings = ingest.Settings(processes=int(processes), group_events=150, unit_bytes=6_000)
    ingest.add_logs(store.Store(Path(folder)), list(listed([logs], Wanted(), s3.objects)), settings=settings)


if __name__ == "__main__":
    main()
