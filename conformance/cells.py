"""Markdown tables by the names of their columns, and what their cells may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from conformance.cases import MalformedCases
from leastwise.model.request import ContextValue
from leastwise.model.switches import DEFAULT, Switches, alternatives

_JsonValue = str | bool | int | float | list[str] | None
_POSITIONS: Mapping[str, object] = {
    f"{name}={position}": getattr(switches, name) for name, position, switches in alternatives()
}


@dataclass(frozen=True, slots=True)
class Row:
    """One case: its line in the file, and its cells by the name of the column; a column that is not there is empty."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def plain(self, column: str) -> str:
        """The cell without the backticks around it."""
        cell = self[column]
        return cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == "`" else cell

    def one_of(self, column: str, choices: Sequence[str]) -> str:
        """The cell, which must be one of the choices; raises MalformedCases."""
        if self[column] in choices:
            return self[column]
        raise self.fault(f"`{column}` is `{self[column]}`, not one of {', '.join(choices)}")

    def fault(self, what: str) -> MalformedCases:
        """What is wrong, with the line."""
        return MalformedCases(f"line {self.line}: {what}")


def rows(data: bytes, columns: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of every table in a Markdown file, whose header names these columns; raises MalformedCases."""
    header: list[str] | None = None
    for line, text in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if not text.startswith("|"):
            header = None
        elif header is None:
            header = _header(_split(text), line, columns, optional)
        elif not text.startswith("|---"):
            yield _row(_split(text), line, header)


def _split(text: str) -> list[str]:
    return [cell.strip() for cell in text.strip().removeprefix("|").removesuffix("|").split("|")]


def _header(names: list[str], line: int, columns: Sequence[str], optional: Sequence[str]) -> list[str]:
    missing = [name for name in columns if name not in names]
    if missing:
        raise MalformedCases(f"line {line}: no column `{missing[0]}`")
    strange = [name for name in names if name not in (*columns, *optional)]
    if strange:
        raise MalformedCases(f"line {line}: unknown column `{strange[0]}`")
    return names


def _row(cells: list[str], line: int, header: Sequence[str]) -> Row:
    if len(cells) != len(header):
        raise MalformedCases(f"line {line}: {len(cells)} columns, not {len(header)}")
    row = Row(line, dict(zip(header, cells, strict=True)))
    for column in ("case", "source"):
        if not row[column]:
            raise row.fault(f"no {column}")
    return row


def context_of(row: Row, column: str = "context") -> dict[str, ContextValue]:
    """A cell of condition keys and their values, null for a key known to be absent; raises MalformedCases."""
    try:
        return dict(msgspec.json.decode(row.plain(column) or "{}", type=dict[str, _JsonValue]))
    except msgspec.MsgspecError as error:
        raise row.fault(f"the {column} is not JSON: {error!s}") from None


def switches_of(row: Row, text: str) -> Switches:
    """The switches with one of them set otherwise, written `name=position`; raises MalformedCases."""
    if not text:
        return DEFAULT
    if text not in _POSITIONS:
        raise row.fault(f"no switch has the position `{text}`")
    name = text.partition("=")[0]
    return replace(DEFAULT, **{name: _POSITIONS[text]})  # type: ignore[arg-type]
