"""Cases of the area `matching`: does a pattern of Action or Resource cover an action or a resource."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from conformance.cases import Case, MalformedCases
from conformance.cells import Row, context_of, rows, switches_of
from conformance.conditions import ANSWERS
from leastwise.language.matching import action_matches, resource_matches
from leastwise.model.policy import KINDS, VARIABLES_VERSION, Kind
from leastwise.model.request import ContextValue
from leastwise.model.switches import Switches

_ACTIONS = ("case", "pattern", "action", "matches", "source")
_RESOURCES = ("case", "pattern", "resource", "matches", "source")
_OPTIONAL = ("kind", "context", "version", "switch")
_KINDS: Mapping[str, Kind] = {"": "identity", **{kind: kind for kind in KINDS}}


def matching_cases(data: bytes) -> list[Case]:
    """Rows of a table: case, pattern, action or resource, matches, source; raises MalformedCases."""
    try:
        return [_action_case(row) for row in rows(data, _ACTIONS)]
    except MalformedCases as fault:
        if "no column `action`" not in str(fault):
            raise
    return [_resource_case(row) for row in rows(data, _RESOURCES, _OPTIONAL)]


def _action_case(row: Row) -> Case:
    pattern, action = row.plain("pattern"), row.plain("action")
    return Case(row["case"], _expected(row), lambda: ANSWERS[action_matches(pattern, action)])


def _resource_case(row: Row) -> Case:
    kind = _KINDS[row.one_of("kind", tuple(_KINDS))]
    version, switches = row["version"] or VARIABLES_VERSION, switches_of(row, row["switch"])
    ask = partial(_answer, row.plain("pattern"), row.plain("resource"), kind, context_of(row), version, switches)
    return Case(row["case"], _expected(row), ask)


def _answer(
    pattern: str, resource: str, kind: Kind, context: Mapping[str, ContextValue], version: str, switches: Switches
) -> str:
    answer = resource_matches(pattern, resource, kind=kind, context=context, version=version, switches=switches)
    return ANSWERS[answer]


def _expected(row: Row) -> str:
    return row.one_of("matches", tuple(ANSWERS.values()))
