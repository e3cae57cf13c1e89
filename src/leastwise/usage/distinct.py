"""The distinct requests of the store, told apart by no more than what a question turns on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from leastwise.usage.observed import Observed, Window
from leastwise.usage.outcomes import DENIED


@dataclass(frozen=True, slots=True)
class Distinct:
    """Equal requests: who, what, on what, with which end, the facts that were asked for, how many, and when.

    Where resources were not asked for, `resource` is one of them and `is_any` is set. `events` counts calls; `first`
    and `last` are None when no time is known. A denied request is what the denial names, where it names an action.
    """

    principal: str
    principal_type: str
    inferred: str
    action: str
    resource: str
    how: str
    is_any: bool
    denied_by: str
    denial: str
    denying_policy: str
    facts: tuple[str, ...]
    events: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Apart:
    """What tells requests apart: the columns of facts, the actions whose resources count, whether each hour does.

    `scoped` of None means that every resource counts.
    """

    columns: tuple[str, ...]
    scoped: Collection[str] | None = None
    by_hour: bool = False

    def row(self, one: Distinct) -> Mapping[str, str]:
        """The facts of a request by their columns."""
        return dict(zip(self.columns, one.facts, strict=True))


def actions_of(observed: Observed, window: Window, outcomes: Collection[str], principal: str = "") -> list[str]:
    """The names of all actions that were asked for."""
    rows = observed.selected(
        f"SELECT DISTINCT {_ACTION} FROM calls WHERE kind = 'mapped' AND list_contains(?, outcome) "
        "AND (? = '' OR principal = ?) AND $window ORDER BY 1",
        [list(outcomes), principal, principal],
        window,
    )
    return [str(name) for (name,) in rows]


def distinct(
    observed: Observed, apart: Apart, *, outcomes: Collection[str], window: Window, principal: str = ""
) -> list[Distinct]:
    """The requests that ended so, of one principal or of all, in an order that depends on them alone."""
    numbers = range(len(apart.columns))
    named = "".join(f'"{name}" AS f{number}, ' for number, name in zip(numbers, apart.columns, strict=True))
    facts = "".join(f"f{number}, " for number in numbers)
    scope = "true" if apart.scoped is None else f"list_contains(?, lower({_ACTION}))"
    values: list[object] = [] if apart.scoped is None else [sorted(apart.scoped)]
    denial = ", ".join(name if tuple(outcomes) == (DENIED,) else f"'' AS {name}" for name in _DENIAL)
    rows = observed.selected(
        f"""SELECT who, kind_of, why, asked, min(named), how_known, is_any, {", ".join(_DENIAL)}, {facts}
            sum(n), min(begun), max(ended) FROM (
              SELECT principal AS who, principal_type AS kind_of, inferred AS why, {_ACTION} AS asked,
              {_RESOURCE} AS named, NOT ({scope}) AS is_any, CASE WHEN is_any THEN '' ELSE {_RESOURCE} END AS told,
              CASE WHEN is_any THEN '' ELSE {_HOW} END AS how_known, {denial}, {named}
              "count" AS n, first AS begun, last AS ended, {"first" if apart.by_hour else "NULL"} AS hour
              FROM calls WHERE kind = 'mapped' AND list_contains(?, outcome) AND (? = '' OR principal = ?) AND $window)
            GROUP BY who, kind_of, why, asked, told, how_known, is_any, {", ".join(_DENIAL)}, {facts} hour
            ORDER BY ALL""",
        [*values, list(outcomes), principal, principal],
        window,
    )
    return [_distinct(row, len(apart.columns)) for row in rows]


_ACTION: Final = "CASE WHEN denied_action <> '' THEN denied_action ELSE action END"
_RESOURCE: Final = "CASE WHEN denied_resource <> '' THEN denied_resource ELSE resource END"
_HOW: Final = "CASE WHEN denied_resource <> '' THEN 'recorded' ELSE how END"
_DENIAL: Final = ("denied_by", "denial", "denying_policy")
_BEFORE: Final = 10


def _distinct(row: Sequence[object], count: int) -> Distinct:
    principal, kind, inferred, action, resource, how, is_any, by, denial, policy = row[:_BEFORE]
    events, first, last = row[_BEFORE + count :]
    return Distinct(
        str(principal),
        str(kind),
        str(inferred),
        str(action),
        str(resource),
        str(how),
        bool(is_any),
        str(by),
        str(denial),
        str(policy),
        tuple(map(str, row[_BEFORE : _BEFORE + count])),
        int(str(events)),
        _utc(first),
        _utc(last),
    )


def _utc(moment: object) -> datetime | None:
    return moment.replace(tzinfo=UTC) if isinstance(moment, datetime) else None
