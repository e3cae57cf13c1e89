"""Files written for a test, and what is read of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from leastwise.estate.gather import Snapshot, gathered
from leastwise.estate.held import NotRead, Resource
from leastwise.estate.offline import read_files


def write(folder: Path, files: Mapping[str, object]) -> Path:
    """The folder with a file for each name: texts as they are, bytes too, everything else as JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder


def snapshot(*paths: Path, account: str = "", parameters: Mapping[str, str] | None = None) -> Snapshot:
    """All that the files tell."""
    return gathered(read_files(paths, account=account, parameters=parameters))


def read(folder: Path, files: Mapping[str, object], account: str = "") -> Snapshot:
    """What these files tell, written into the folder."""
    return snapshot(write(folder, files), account=account)


def reasons(found: Snapshot) -> list[tuple[str, str]]:
    """What was not read and why, without the path in front."""
    return [(one.what, _short(one)) for one in found.not_read]


def resources(found: Snapshot) -> dict[str, Resource]:
    """The resources by ARN."""
    return {one.arn: one for parts in found.resources.values() for part in parts for one in part.resources}


def _short(one: NotRead) -> str:
    return one.reason.partition(": ")[2] if one.reason.startswith("/") else one.reason
