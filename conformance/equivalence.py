"""Cases of the area `equivalence`: do two policies of one type have the same outcome for every request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import msgspec
from msgspec import Raw, Struct

from conformance.cases import Case, MalformedCases, json_cases
from conformance.cells import Row, rows
from leastwise.decide.equivalence import equivalent
from leastwise.language.parse import parse_draft
from leastwise.model.errors import PolicyError
from leastwise.model.policy import Kind

COLUMNS = ("case", "existing policy", "new policy", "expected", "source")
ANSWERS: Mapping[bool | None, str] = {True: "equivalent", False: "different", None: "unknown"}
_KINDS: tuple[Kind, ...] = ("identity", "resource", "trust")
_EXPECTED = ("equivalent", "different")


class _Asked(Struct):
    id: str
    existing_policy: dict[str, object] | str
    new_policy: dict[str, object] | str
    expected: str


def equivalence_cases(data: bytes) -> list[Case]:
    """Cases of two policies in JSON that expect `equivalent` or `different`; raises MalformedCases."""
    return [_case(raw, number) for number, raw in enumerate(json_cases(data), 1)]


def _case(raw: Raw, number: int) -> Case:
    try:
        asked = msgspec.json.decode(raw, type=_Asked)
    except msgspec.MsgspecError as error:
        raise MalformedCases(f"case {number}: {str(error)[:1].lower()}{str(error)[1:]}") from None
    if asked.expected not in _EXPECTED:
        raise MalformedCases(f"case {number}: `{asked.expected}` is not one of {', '.join(_EXPECTED)}")
    return Case(asked.id, asked.expected, partial(_answer, _fed(asked.existing_policy), _fed(asked.new_policy)))


def _fed(policy: dict[str, object] | str) -> dict[str, object] | str:
    """The policy, or the text that stands for one that is no JSON object."""
    raw = policy.get("$raw") if isinstance(policy, dict) else None
    return raw if isinstance(raw, str) else policy


def equivalence_rows(data: bytes) -> list[Case]:
    """Rows of a table: case, existing policy, new policy, expected, source; raises MalformedCases."""
    return [_row_case(row) for row in rows(data, COLUMNS)]


def _row_case(row: Row) -> Case:
    ask = partial(_answer, row.plain("existing policy"), row.plain("new policy"))
    return Case(row["case"], row.one_of("expected", _EXPECTED), ask)


def _answer(existing: str | dict[str, object], new: str | dict[str, object]) -> str:
    """The first policy type in which both can be read decides; when there is none, what the fault is."""
    fault: PolicyError | None = None
    for kind in _KINDS:
        try:
            read = parse_draft(existing, kind=kind)[0], parse_draft(new, kind=kind)[0]
        except PolicyError as error:
            fault = fault or error
            continue
        return ANSWERS[equivalent(*read)]
    return f"no policy: {fault}"
