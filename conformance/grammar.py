"""Cases of the area `grammar`: is a document a policy of its kind, and if not, which parts are at fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from conformance.cases import Case
from conformance.cells import Row, rows
from leastwise.language.parse import parse_policy
from leastwise.model.errors import PolicyError
from leastwise.model.policy import KINDS, Kind

COLUMNS = ("case", "kind", "policy", "verdict", "source")
_VERDICTS = ("accepted", "rejected")
_KINDS: Mapping[str, Kind] = {kind: kind for kind in KINDS}


def grammar_cases(data: bytes) -> list[Case]:
    """Rows of a table: case, kind, policy, verdict, source; raises MalformedCases."""
    return [_case(row) for row in rows(data, COLUMNS)]


def _case(row: Row) -> Case:
    kind, verdict = _KINDS[row.one_of("kind", KINDS)], row["verdict"]
    if verdict.partition(":")[0] not in _VERDICTS:
        raise row.fault(f"`verdict` is `{verdict}`, not one of {', '.join(_VERDICTS)}")
    return Case(row["case"], verdict, partial(_answer, row.plain("policy"), kind))


def _answer(text: str, kind: Kind) -> str:
    try:
        parse_policy(text, kind=kind)
    except PolicyError as error:
        return _rejected([fault.path for fault in error.faults])
    return "accepted"


def _rejected(paths: Sequence[str]) -> str:
    named = ", ".join(path for path in dict.fromkeys(paths) if path)
    return f"rejected: {named}" if named else "rejected"
