"""Cases of the area `newaccess`: does a new policy allow something that the existing one does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Struct

from conformance.cases import Case, Document, document_of, json_cases, one_of
from conformance.cells import Row, rows
from leastwise.language.parse import parse_draft
from leastwise.model.errors import PolicyError
from leastwise.model.policy import Kind, Policy
from leastwise.prove.queries import no_new_access

COLUMNS = ("case", "policy type", "existing policy", "new policy", "expected", "source")
_EXPECTED = ("PASS", "FAIL")
_KINDS: Mapping[str, tuple[Kind, ...]] = {"IDENTITY_POLICY": ("identity",), "RESOURCE_POLICY": ("resource", "trust")}
"""The policy types of AWS's check, and as what we may read them: a trust policy is one without a resource."""


class _Asked(Struct):
    id: str
    policy_type: str
    existing_policy: Document
    new_policy: Document
    expected: str


def new_access_cases(data: bytes) -> list[Case]:
    """Cases of two policies in JSON that expect `PASS` or `FAIL`; raises MalformedCases."""
    return [_case(asked, number) for number, asked in json_cases(data, _Asked)]


def _case(asked: _Asked, number: int) -> Case:
    kinds = _KINDS[one_of(asked.policy_type, tuple(_KINDS), number)]
    ask = partial(_answer, document_of(asked.existing_policy), document_of(asked.new_policy), kinds)
    return Case(asked.id, one_of(asked.expected, _EXPECTED, number), ask)


def new_access_rows(data: bytes) -> list[Case]:
    """Rows of a table: case, policy type, existing policy, new policy, expected, source; raises MalformedCases."""
    return [_row_case(row) for row in rows(data, COLUMNS)]


def _row_case(row: Row) -> Case:
    kinds = _KINDS[row.one_of("policy type", tuple(_KINDS))]
    ask = partial(_answer, row.plain("existing policy"), row.plain("new policy"), kinds)
    return Case(row["case"], row.one_of("expected", _EXPECTED), ask)


def _answer(existing: Document, new: Document, kinds: tuple[Kind, ...]) -> str:
    """Our verdict; AWS's check knows no actions but those of today, so that theirs is ours for these."""
    try:
        proof = no_new_access(*policies_of((existing, new), kinds))
    except PolicyError as error:
        return f"no policy: {error}"
    return "PASS" if proof.holds else proof.verdict.value


def policies_of(documents: Sequence[Document], kinds: Sequence[Kind]) -> list[Policy]:
    """The documents as the first type in which none has a fault, else as the first; raises PolicyError."""
    for kind in kinds:
        drafts = [parse_draft(document, kind=kind) for document in documents]
        if not any(faults for _, faults in drafts):
            return [policy for policy, _ in drafts]
    return [parse_draft(document, kind=kinds[0])[0] for document in documents]
