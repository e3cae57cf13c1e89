"""Accepted findings of `scan`, as a file holds them."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Final

from leastwise.findings.discover import checks
from leastwise.findings.exceptions import Accepted
from leastwise.language.wording import did_you_mean
from leastwise.model.errors import InputError, Place

_KEYS: Final = ("owner", "reason", "until", "id", "check", "subject")
_FORM: Final = "each needs `owner`, `reason`, `until` (a date) and `id`, or `check` to which `subject` may be added"


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
