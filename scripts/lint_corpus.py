"""Lint every policy of a collection: `make lint-corpus POLICIES=FILE`.

FILE is JSON Lines, gzipped or not, or a JSON list or object of lists; each policy has its `document`, and may have
`name` or `arn`, `version`, and its type in `kind` or `type`. Prints how often each check found something, and every
error once by its message. Exit 1 if a policy could not be linted, 2 if the file cannot be read.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from leastwise.lint.run import lint_policy
from leastwise.model.policy import KINDS

_GZIP = b"\x1f\x8b"


def main() -> int:
    """The counts are printed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("policies", type=Path)
    path: Path = parser.parse_args().policies
    try:
        found = list(policies(path))
    except (OSError, ValueError) as error:
        print(f"cannot read `{path}`: {error}", file=sys.stderr)
        return 2
    began, broken = perf_counter(), 0
    counts: Counter[tuple[str, str]] = Counter()
    errors: Counter[str] = Counter()
    for name, document, kind in found:
        try:
            findings = lint_policy(document, kind=kind, name=name)
        except Exception as error:
            print(f"{name}: {error!r}")
            broken += 1
            continue
        counts.update((one.severity, one.name) for one in findings)
        errors.update(f"{one.name}: {one.message}" for one in findings if one.severity == "error")
    for (severity, check), count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1])):
        print(f"{count:6,} {severity:17} {check}")
    for message, count in errors.most_common():
        print(f"{count:6,} {message}")
    print(f"{len(found):,} policies in {perf_counter() - began:.1f} s, {broken} that could not be linted")
    return int(broken > 0)


def policies(path: Path) -> Iterator[tuple[str, dict[str, object], Any]]:
    """The name, document and type of each policy of the file; raises ValueError where it has no policies."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if data.startswith(_GZIP) else data).decode("utf-8")
    for number, row in enumerate(_rows(text)):
        kind = next((row[key] for key in ("kind", "type") if row.get(key) in KINDS), "identity")
        name = "@".join(str(row[key]) for key in ("arn", "name", "version") if row.get(key))
        yield name or f"policy {number}", row["document"], kind


def _rows(text: str) -> Iterator[Mapping[str, Any]]:
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        whole = [json.loads(line) for line in text.splitlines()]
    lists = [whole] if isinstance(whole, list) else [one for one in whole.values() if isinstance(one, list)]
    found = [one for several in lists for one in several if isinstance(one, dict) and "document" in one]
    if not found:
        raise ValueError("it holds no policy with a `document`")
    yield from found


if __name__ == "__main__":
    sys.exit(main())
