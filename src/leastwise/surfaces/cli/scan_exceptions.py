"""Accepted findings and baselines of `scan`, as files hold them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

from leastwise.findings.discover import checks
from leastwise.findings.exceptions import Accepted, Told
from leastwise.language.wording import did_you_mean
from leastwise.model.errors import InputError, Place

_KEYS: Final = ("owner", "reason", "until", "id", "check", "subject")
_FORM: Final = "each needs `owner`, `reason`, `until` (a date) and `id`, or `check` to which `subject` may be added"
_BASELINE_SCHEMA: Final = 1


def exceptions_in(path: str) -> list[Accepted]:
    """The exceptions of a file of `[[exception]]` tables; raises InputError for one that is ill-formed."""
    try:
        found = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read `{path}`: {(error.strerror or str(error)).lower()}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read `{path}`: {error}") from None
    rows = found.get("exception", [])
    if not isinstance(rows, list) or set(found) - {"exception"}:
        raise InputError(f"`{path}` holds something else than `[[exception]]` tables", help=_FORM)
    return [_exception(row, number, path) for number, row in enumerate(rows, 1)]


def _exception(row: object, number: int, path: str) -> Accepted:
    if not isinstance(row, dict) or set(row) - set(_KEYS):
        raise _ill_formed(number, path)
    until = row.get("until")
    texts = {key: value for key, value in row.items() if key != "until"}
    is_whole = {"owner", "reason"} <= set(texts) and all(isinstance(one, str) and one for one in texts.values())
    is_scoped = ("id" in texts) != ("check" in texts) and not ("id" in texts and "subject" in texts)
    if not is_whole or not is_scoped or not isinstance(until, date) or isinstance(until, datetime):
        raise _ill_formed(number, path)
    if "check" in texts:
        _known(texts["check"], path)
    return Accepted(until=until, place=Place(path, number, 1), **texts)


def _ill_formed(number: int, path: str) -> InputError:
    return InputError(f"exception {number} of `{path}` cannot be read", help=_FORM)


def _known(text: str, path: str) -> None:
    names = {name for one in checks().values() for name in (one.code.lower(), one.name)}
    if text.lower() not in names:
        raise InputError(
            f"there is no check `{text}`, of which `{path}` speaks", help=did_you_mean(text, sorted(names))
        )


def baseline_in(path: str) -> frozenset[str]:
    """The ids that a baseline holds; raises InputError."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        return frozenset(map(str, found["ids"]))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"cannot read the baseline `{path}`: {reason}", help="write one with `--write-baseline`"
        ) from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"cannot read the baseline `{path}`: {error}", help="write one with `--write-baseline`"
        ) from None


def write_baseline(path: str, told: Sequence[Told]) -> int:
    """The ids of all findings are in the file; how many there are. Raises InputError."""
    ids = sorted({one.finding.id for one in told})
    try:
        Path(path).write_text(json.dumps({"schema": _BASELINE_SCHEMA, "ids": ids}, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from None
    return len(ids)
