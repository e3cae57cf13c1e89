"""Files of accepted findings: `[[exception]]` tables, whatever their fields."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from leastwise.model.errors import InputError


def tables_in(path: str) -> Mapping[str, object]:
    """The tables of a TOML file; raises InputError."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read `{path}`: {(error.strerror or str(error)).lower()}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read `{path}`: {error}") from None


def exception_rows(tables: Mapping[str, object], path: str, form: str) -> list[object]:
    """The `[[exception]]` tables, there being no others; raises InputError, with `form` as its help."""
    rows = tables.get("exception", [])
    if not isinstance(rows, list) or set(tables) - {"exception"}:
        raise InputError(f"`{path}` holds something else than `[[exception]]` tables", help=form)
    return rows
