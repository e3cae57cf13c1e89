"""Area `checks`: each row is a document, and the parts of it that one check of `leastwise lint` finds fault with."""

from __future__ import annotations

from functools import partial
from typing import cast

from conformance.cases import Case, Document
from conformance.cells import Row, rows
from leastwise.lint.discover import checks
from leastwise.lint.run import lint_policy
from leastwise.model.policy import KINDS, Kind

COLUMNS = ("case", "check", "policy type", "document", "finds", "source")
NOTHING = "nothing"
"""What stands in `finds` where the check must stay silent; otherwise the paths of what it finds."""


def check_rows(data: bytes) -> list[Case]:
    """Rows of a table: case, check, policy type, document, finds, source; raises MalformedCases."""
    return [_case(row) for row in rows(data, COLUMNS)]


def _case(row: Row) -> Case:
    codes = {one.name: one.code for one in checks().values()}
    code = codes[row.one_of("check", tuple(codes))]
    kind = cast("Kind", row.one_of("policy type", KINDS))
    finds = row.plain("finds")
    expected = [] if finds == NOTHING else finds.split(", ")
    return Case(f"{row['check']}: {row['case']}", expected, partial(_paths, row.plain("document"), kind, code))


def _paths(document: Document, kind: Kind, code: str) -> list[str]:
    return [one.path for one in lint_policy(document, kind=kind, codes={code})]
