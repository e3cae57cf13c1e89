"""Accepted findings of `scan`, as a file holds them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from leastwise.findings.discover import checks
from leastwise.findings.exceptions import Accepted
from leastwise.language.wording import did_you_mean
from leastwise.model.errors import InputError, Place
from leastwise.surfaces.cli.exception_tables import exception_rows, tables_in

_KEYS: Final = ("owner", "reason", "until", "id", "check", "subject")
_FORM: Final = "each needs `owner`, `reason`, `until` (a date) and `id`, or `check` to which `subject` may be added"


def exceptions_in(path: str) -> list[Accepted]:
    """The exceptions of a file of `[[exception]]` tables; raises InputError for one that is ill-formed."""
    rows = exception_rows(tables_in(path), path, _FORM)
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
