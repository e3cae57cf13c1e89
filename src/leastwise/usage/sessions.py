"""The sessions of a principal: what each used, what it says of itself, and who began it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from leastwise.usage.context import read
from leastwise.usage.days import in_utc
from leastwise.usage.observed import EVERYTHING, Observed, Rows, Window

GAP_MINUTES: Final = 30
"""Calls without a session's name that are so far apart are two sessions."""
_ASSUMING: Final = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
_SESSION_NAME: Final = "sts:RoleSessionName"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who assumed a role: its name and type as for any principal; `provider` is the identity provider it came by."""

    name: str
    principal_type: str
    provider: str


@dataclass(frozen=True, slots=True)
class UsedSession:
    """What one session did with success; empty text is "not said", `first` and `last` None when no time is known.

    `callers` assumed the role under the session's name; `rows` is where its calls are in the store.
    """

    name: str
    source_identity: str
    issued_to: str
    agent: str
    actions: frozenset[str]
    events: int
    first: datetime | None
    last: datetime | None
    callers: tuple[Caller, ...]
    rows: Rows


def sessions(observed: Observed, principal: str, window: Window = EVERYTHING) -> list[UsedSession]:
    """The principal's sessions in the window, those that did something with success, the earliest first.

    A role's session is one name under one set of credentials. Calls without a session's name are one session
    of a client as long as the next call comes within half an hour.
    """
    callers = _callers(observed, principal, window)
    rows = observed.selected(_SESSIONS, [principal], window)
    return [_session(row, callers) for row in rows]


def rows_of(found: Iterable[UsedSession], *, without: Iterable[str] = (), besides: Iterable[str] = ()) -> Rows:
    """Where the calls of these sessions are, without those of some actions; besides, all calls of other actions."""
    parts: list[int] = []
    evidence: list[int] = []
    for one in found:
        parts += one.rows.parts
        evidence += one.rows.evidence
    return Rows(tuple(parts), tuple(evidence), tuple(sorted(without)), tuple(sorted(besides)))


_KEY: Final = "session, token_issued, source_identity, credentials_issued_to"
_CLIENT: Final = "CASE WHEN session = '' THEN user_agent ELSE '' END"
_SESSIONS: Final = f"""
WITH used AS (
  SELECT {_KEY}, {_CLIENT} AS client, user_agent, action, part, evidence, "count" AS n, first, last,
    max(last) OVER (PARTITION BY {_KEY}, {_CLIENT} ORDER BY first, last, part, evidence
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM calls WHERE principal = ? AND outcome = 'succeeded' AND kind = 'mapped' AND $window),
run AS (
  SELECT *, sum(CASE WHEN session = '' AND first > before + INTERVAL {GAP_MINUTES} MINUTE THEN 1 ELSE 0 END)
    OVER (PARTITION BY {_KEY}, client ORDER BY first, last, part, evidence) AS turn
  FROM used),
calls_of AS (
  SELECT {_KEY}, client, turn, any_value(n) AS n, min(user_agent) AS agent, list(action) AS actions,
    min(first) AS first, max(last) AS last, part, evidence
  FROM run GROUP BY {_KEY}, client, turn, part, evidence)
SELECT session, source_identity, credentials_issued_to, min(agent), list_sort(list_distinct(flatten(list(actions)))),
  sum(n), min(first), max(last), list(part ORDER BY part, evidence), list(evidence ORDER BY part, evidence)
FROM calls_of GROUP BY {_KEY}, client, turn ORDER BY min(first), {_KEY}, client, turn
"""  # noqa: S608  # put together from this module's constants alone
_CALLERS: Final = """
SELECT DISTINCT principal, principal_type, federated_provider, context FROM calls
WHERE list_contains(?, action) AND outcome = 'succeeded' AND resource = ? AND $window ORDER BY ALL
"""

_Found = dict[str, list[Caller]]


def _callers(observed: Observed, principal: str, window: Window) -> _Found:
    """Who assumed the role, by the name that they gave the session."""
    found: _Found = {}
    for name, kind, provider, context in observed.selected(_CALLERS, [list(_ASSUMING), principal], window):
        for session in read(str(context)).get(_SESSION_NAME, ()):
            caller = Caller(str(name), str(kind), str(provider))
            known = found.setdefault(session, [])
            if caller not in known:
                known.append(caller)
    return found


def _session(row: tuple[Any, ...], callers: _Found) -> UsedSession:
    name, identity, issued_to, agent, actions, events, first, last, parts, evidence = row
    return UsedSession(
        name=name,
        source_identity=identity,
        issued_to=issued_to,
        agent=agent,
        actions=frozenset(actions),
        events=int(events),
        first=in_utc(first),
        last=in_utc(last),
        callers=tuple(callers.get(name, ())) if name else (),
        rows=Rows(tuple(parts), tuple(evidence)),
    )
