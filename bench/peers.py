"""What the ingest is held against, each a process of its own: `python bench/peers.py gunzip|duckdb PATH…`."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

TRAILSCRAPER = "trailscraper==0.10.0"
HEAP_KEPT = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "2147483648"}
"""glibc keeps freed memory, so that the limit is not spoilt by faulting in the same pages again."""

_RECORD = """STRUCT(eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR, awsRegion VARCHAR,
  sourceIPAddress VARCHAR, vpcEndpointId VARCHAR, errorCode VARCHAR, recipientAccountId VARCHAR,
  userIdentity STRUCT(arn VARCHAR, sessionContext STRUCT(sessionIssuer STRUCT(arn VARCHAR))),
  resources STRUCT(ARN VARCHAR)[])[]"""
_QUERY = f"""
SELECT count(*), sum(events) FROM (
  SELECT substr(r.eventTime, 1, 10), r.recipientAccountId, r.userIdentity.arn,
    r.userIdentity.sessionContext.sessionIssuer.arn, r.eventSource, r.eventName, r.awsRegion,
    r.sourceIPAddress, r.vpcEndpointId, r.errorCode,
    list_transform(r.resources, lambda x: regexp_replace(x.ARN, '^(arn:aws:s3:::[^/]+/[^/]+/).*', '\\1*')),
    count(*) AS events, min(r.eventTime), max(r.eventTime)
  FROM (SELECT unnest(Records) AS r FROM read_json(?, columns = {{Records: '{_RECORD}'}},
    maximum_object_size = 1073741824))
  GROUP BY ALL)
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much a run read."""

    files: int
    events: int
    raw_bytes: int


def gunzip(paths: Sequence[Path]) -> dict[str, int]:
    """Every file is unpacked with libdeflate and copied once in memory: what no ingest can undercut."""
    import deflate

    raw_bytes = 0
    for path in paths:
        raw = deflate.gzip_decompress(path.read_bytes())
        raw_bytes += len(bytearray(raw))
    return {"raw_bytes": raw_bytes}


def duckdb(paths: Sequence[Path]) -> dict[str, int]:
    """DuckDB has read the files as they are delivered and grouped them as the usage store does."""
    import duckdb as engine

    rows = engine.execute(_QUERY, [[str(path) for path in paths]]).fetchone()
    assert rows is not None
    return {"rows": rows[0], "events": int(rows[1])}


def count(paths: Sequence[Path]) -> dict[str, int]:
    """How many events and bytes the files hold."""
    texts = [gzip.decompress(path.read_bytes()) for path in paths]
    events = sum(len(json.loads(text)["Records"]) for text in texts)
    return {"events": events, "raw_bytes": sum(map(len, texts))}


def trailscraper(folder: Path) -> Path:
    """The trailscraper program, installed in an environment of its own under `folder`."""
    program = folder / "peer-venv" / "bin" / "trailscraper"
    if not program.exists():
        venv.create(folder / "peer-venv", with_pip=True, clear=True)
        pip = [str(program.with_name("pip")), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, TRAILSCRAPER], check=True, capture_output=True, text=True)
    return program


def some_records(paths: Sequence[Path], target: Path, *, events: int) -> Size:
    """`target` holds `events` records drawn from `paths` in one wrapper, as trailscraper reads them."""
    records = [r for path in paths for r in json.loads(gzip.decompress(path.read_bytes()))["Records"]]
    chosen = Random(1).sample(records, min(events, len(records)))
    text = json.dumps({"Records": chosen}, separators=(",", ":"))
    target.write_text(text, encoding="utf-8")
    return Size(1, len(chosen), len(text))


def _files(given: Path) -> list[Path]:
    return sorted(given.rglob("*.json.gz")) if given.is_dir() else [given]


_COMMANDS: dict[str, Callable[[Sequence[Path]], dict[str, int]]] = {
    "gunzip": gunzip,
    "duckdb": duckdb,
    "count": count,
}

if __name__ == "__main__":
    found = [path for given in map(Path, sys.argv[2:]) for path in _files(given)]
    print(json.dumps(_COMMANDS[sys.argv[1]](found)))
