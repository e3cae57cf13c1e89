"""Baselines: files of what was found before, so that only what is new counts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from leastwise.model.errors import InputError

_SCHEMA: Final = 1


def baseline_in(path: str, key: str) -> frozenset[str]:
    """What the baseline holds under `key`; raises InputError."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        return frozenset(map(str, found[key]))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"cannot read the baseline `{path}`: {reason}", help="write one with `--write-baseline`"
        ) from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"cannot read the baseline `{path}`: {error}", help="write one with `--write-baseline`"
        ) from None


def write_baseline(path: str, key: str, names: Iterable[str]) -> int:
    """The names are in the file under `key`, each once, in order; how many there are. Raises InputError."""
    held = sorted(set(names))
    try:
        Path(path).write_text(json.dumps({"schema": _SCHEMA, key: held}, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from None
    return len(held)
