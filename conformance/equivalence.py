"""Cases of the area `equivalence`: do two policies of one type have the same outcome for every request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from msgspec import Struct

from conformance.cases import Case, Document, document_of, json_cases, one_of
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
    existing_policy: Document
    new_policy: Document
    expected: str


def equivalence_cases(data: bytes) -> list[Case]:
    """Cases of two policies in JSON that expect `equivalent` or `different`; raises MalformedCases."""
    return [_case(asked, number) for number, asked in json_cases(data, _Asked)]


def _case(asked: _Asked, number: int) -> Case:
    ask = partial(_answer, document_of(asked.existing_policy), document_of(asked.new_policy))
    return Case(asked.id, one_of(asked.expected, _EXPECTED, number), ask)


def equivalence_rows(data: bytes) -> list[Case]:
    """Rows of a table: case, existing policy, new policy, expected, source; raises MalformedCases."""
    return [_row_case(row) for row in rows(data, COLUMNS)]


def _row_case(row: Row) -> Case:
    ask = partial(_answer, row.plain("existing policy"), row.plain("new policy"))
    return Case(row["case"], row.one_of("expected", _EXPECTED), ask)


def _answer(existing: Document, new: Document) -> str:
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
