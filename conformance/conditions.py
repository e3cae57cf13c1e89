"""Cases of the area `conditions`: does a Condition block hold in a context."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import msgspec

from conformance.cases import Case
from conformance.cells import Row, context_of, rows, switches_of
from leastwise.language.conditions import holds
from leastwise.model.policy import VARIABLES_VERSION
from leastwise.model.request import ContextValue
from leastwise.model.switches import Switches

COLUMNS = ("case", "condition", "context", "holds", "source")
OPTIONAL = ("version", "switch")
ANSWERS: Mapping[bool | None, str] = {True: "yes", False: "no", None: "unknown"}

Block = dict[str, dict[str, list[str]]]
_Value = str | bool | int | float


def condition_cases(data: bytes) -> list[Case]:
    """Rows of a table: case, condition, context, holds, source; raises MalformedCases."""
    return [_case(row) for row in rows(data, COLUMNS, OPTIONAL)]


def _case(row: Row) -> Case:
    block, context = _block(row), context_of(row)
    version = row["version"] or VARIABLES_VERSION
    switches = switches_of(row, row["switch"])
    return Case(
        row["case"], row.one_of("holds", tuple(ANSWERS.values())), partial(_answer, block, context, version, switches)
    )


def _answer(block: Block, context: Mapping[str, ContextValue], version: str, switches: Switches) -> str:
    return ANSWERS[holds(block, context, version=version, switches=switches)]


def _block(row: Row) -> Block:
    try:
        told = msgspec.json.decode(row.plain("condition"), type=dict[str, dict[str, list[_Value] | _Value]])
    except msgspec.MsgspecError as error:
        raise row.fault(f"the condition is not JSON: {error!s}") from None
    return {operator: {key: _texts(values) for key, values in keys.items()} for operator, keys in told.items()}


def _texts(values: list[_Value] | _Value) -> list[str]:
    return [_text(value) for value in (values if isinstance(values, list) else [values])]


def _text(value: _Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
