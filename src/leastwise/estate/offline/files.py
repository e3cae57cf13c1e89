"""Files and folders read one by one, each by the reader that knows its shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from leastwise.estate.held import Part
from leastwise.estate.offline.authorization import is_authorization, read_authorization
from leastwise.estate.offline.reading import Json, Reading, account_in
from leastwise.model.errors import UnreadableFile

Is = Callable[[Json], bool]
Read = Callable[[Reading, Json], None]

_SHAPES: tuple[tuple[Is, Read], ...] = ((is_authorization, read_authorization),)
"""The shapes of JSON objects, the first that fits."""


def read_files(paths: Iterable[Path]) -> Iterator[Part]:
    """What the files tell, those of folders in the order of their names; raises UnreadableFile where a path is none.

    A file that cannot be read, or is not understood, is a NotRead with its name and the reason.
    """
    for path in paths:
        if not path.exists():
            raise UnreadableFile(str(path), "no such file or folder")
        for one in sorted(found for found in path.rglob("*") if found.is_file()) if path.is_dir() else [path]:
            yield from read_file(one)


def read_file(path: Path) -> Iterator[Part]:
    """What one file tells."""
    reading = Reading(str(path), path.name, account_in(str(path)))
    try:
        body = json.loads(path.read_bytes())
    except OSError as error:
        reading.fault("file", (error.strerror or str(error)).lower())
    except (ValueError, RecursionError) as error:
        reading.fault("file", f"no JSON: {str(error).lower()}")
    else:
        _read(reading, body)
    yield from reading.parts
    yield from reading.faults


def _read(reading: Reading, body: object) -> None:
    read = next((read for fits, read in _SHAPES if isinstance(body, dict) and fits(body)), None)
    if read is None or not isinstance(body, dict):
        reading.fault("file", "not understood: it has the form of no answer of AWS, plan, template or policy")
        return
    read(reading, body)
