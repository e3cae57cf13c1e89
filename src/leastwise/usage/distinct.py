"""The distinct requests of the store, told apart by no more than what a question turns on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leastwise.usage.days import in_utc
from leastwise.usage.observed import Observed, Window
from leastwise.usage.outcomes import DENIED


@dataclass(frozen=True, slots=True)
class Distinct:
    """Equal requests: who, what, on what, with which end, the facts that were asked for, how many, and when.

    Where resources were not asked for, `is_any` is set and `resource` empty. `events` counts calls; `first` and `last`
    are None when no time is known. A denied request is what the denial names, where it names an action.
    """

    principal: str
    principal_type: str
    inferred: str
    action: str
    resource: str
    how: str
    is_any: bool
    outcome: str
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

    `scoped` of None means that every resource counts. Of `denied_columns` the facts are kept of what was denied alone,
    and its resources always count.
    """

    columns: tuple[str, ...]
    scoped: Collection[str] | None = None
    by_hour: bool = False
    denied_columns: tuple[str, ...] = ()

    @property
    def every_column(self) -> tuple[str, ...]:
        """The columns of facts of what was denied."""
        return (*self.columns, *self.denied_columns)

    def row(self, one: Distinct) -> Mapping[str, str]:
        """The facts of a request by their columns."""
        return dict(zip(self.every_column, one.facts, strict=True))


def actions_of(observed: Observed, window: Window, outcomes: Collection[str], principal: str = "") -> list[str]:
    """The names of all actions that were asked for."""
    rows = observed.selected(
        f"SELECT DISTINCT {_ACTION} FROM stored WHERE kind = 'mapped' AND list_contains(?, outcome) "
        "AND (? = '' OR principal = ?) AND $window ORDER BY 1",
        [list(outcomes), principal, principal],
        window,
        principal,
    )
    return [str(name) for (name,) in rows]


def distinct(
    observed: Observed,
    apart: Apart,
    *,
    outcomes: Collection[str],
    window: Window,
    principal: str = "",
    actions: Collection[str] | None = None,
) -> list[Distinct]:
    """The requests that ended so, of one principal or of all, in an order that depends on them alone.

    With `actions`, given in lower case, only those for one of them.
    """
    columns = [f'"{name}"' for name in apart.columns]
    columns += [f"CASE WHEN outcome = '{DENIED}' THEN \"{name}\" ELSE '' END" for name in apart.denied_columns]
    named = "".join(f"{column} AS f{number}, " for number, column in enumerate(columns))
    facts = "".join(f"f{number}, " for number in range(len(columns)))
    scope = "true"
    if apart.scoped is not None:
        scope = f"(outcome = '{DENIED}' OR list_contains(?, lower({_ACTION})))"
    values: list[object] = [] if apart.scoped is None else [sorted(apart.scoped)]
    values += [actions is None, [] if actions is None else sorted(actions), list(outcomes), principal, principal]
    denial = ", ".join(name if DENIED in outcomes else f"'' AS {name}" for name in _DENIAL)
    keys = f"who, kind_of, why, asked, told, how_known, is_any, outcome, {', '.join(_DENIAL)}"
    rows = observed.selected(
        f"""SELECT {keys}, {facts} sum(n), min(begun), max(ended) FROM (
              SELECT principal AS who, principal_type AS kind_of, inferred AS why, {_ACTION} AS asked,
              NOT ({scope}) AS is_any, CASE WHEN is_any THEN '' ELSE {_RESOURCE} END AS told,
              CASE WHEN is_any THEN '' ELSE {_HOW} END AS how_known, outcome, {denial}, {named}
              "count" AS n, first AS begun, last AS ended, {"first" if apart.by_hour else "NULL"} AS hour
              FROM stored WHERE kind = 'mapped' AND (? OR list_contains(?, lower({_ACTION})))
              AND list_contains(?, outcome) AND (? = '' OR principal = ?) AND $window)
            GROUP BY {keys}, {facts} hour ORDER BY ALL""",
        values,
        window,
        principal,
    )
    return [_distinct(row, len(columns)) for row in rows]


_ACTION: Final = "CASE WHEN denied_action <> '' THEN denied_action ELSE action END"
_RESOURCE: Final = "CASE WHEN denied_resource <> '' THEN denied_resource ELSE resource END"
_HOW: Final = "CASE WHEN denied_resource <> '' THEN 'recorded' ELSE how END"
_DENIAL: Final = ("denied_by", "denial", "denying_policy")
_KEYS: Final = 11


def _distinct(row: Sequence[object], count: int) -> Distinct:
    who, kind, why, action, resource, how, is_any, outcome, by, denial, policy = row[:_KEYS]
    events, first, last = row[_KEYS + count :]
    return Distinct(
        str(who),
        str(kind),
        str(why),
        str(action),
        str(resource),
        str(how),
        bool(is_any),
        str(outcome),
        str(by),
        str(denial),
        str(policy),
        tuple(map(str, row[_KEYS : _KEYS + count])),
        int(str(events)),
        in_utc(first),
        in_utc(last),
    )
