"""Questions to the usage store: which action, on what, by whom, when, with which end.

DuckDB runs without extensions and without access to anything but the store's own files, its settings locked.
Text from logs reaches it only as stored values and bound parameters, never as SQL.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from leastwise.model.errors import StoreError, UnknownPrincipal
from leastwise.usage.context import Context, read
from leastwise.usage.days import DAY, in_utc
from leastwise.usage.store import Exclusion, Part, Store

if TYPE_CHECKING:
    import duckdb

    from leastwise.usage.merge import Ids

Row = tuple[Any, ...]  # a database row, which does not leave this module

MOST_SESSIONS = 1_000
"""Session names kept with one use; more are counted as this many."""

_EXTERNAL = ("Account", "Anonymous")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the store, by part and evidence in pairs, but for some actions, and every row of some others besides."""

    parts: tuple[int, ...]
    evidence: tuple[int, ...]
    without: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Which calls to consider: from `since` up to, not with, `until`, in these regions; empty is all.

    The store keeps time by the hour of a principal's equal calls: a row is in the window when its first
    call is. Calls at an unknown time are in a window that has neither end. Excluded calls never are; a row
    that an exclusion's times touch is out. With `within`, only its rows are in the window.
    """

    since: datetime | None = None
    until: datetime | None = None
    regions: tuple[str, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    within: Rows | None = None


EVERYTHING = Window()


class Place(NamedTuple):
    """A run of `count` event ids of one hour; two uses that share a place rest on the same events."""

    part: int
    evidence: int
    events: int
    hour: int


@dataclass(frozen=True, slots=True)
class Principal:
    """One principal of the store and how much it did; `first` and `last` are None when no time is known."""

    name: str
    principal_type: str
    account: str
    permission_set: str
    events: int
    succeeded: int
    denied: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Use:
    """Equal requests of one principal.

    `how` tells how the resource is known (usage.resources), `inferred` why a row that is not the logged call
    is there (usage.requests). `places` point at the ids of its events, for `Observed.event_id`.
    """

    action: str
    resource: str
    how: str
    inferred: str
    outcome: str
    kind: str
    event_source: str
    event_name: str
    region: str
    recipient: str
    category: str
    via: str
    is_guess: bool
    context: str
    error_code: str
    denied_action: str
    denied_resource: str
    denied_by: str
    denial: str
    denying_policy: str
    count: int
    first: datetime | None
    last: datetime | None
    sessions: tuple[str, ...]
    places: tuple[Place, ...]

    def conditions(self) -> Context:
        """The context as condition key → values."""
        return read(self.context)


class DailyUse(NamedTuple):
    """That a principal used an action on a resource on a day, with success; `day` counts from 1970-01-01, UTC."""

    principal: str
    day: int
    action: str
    resource: str
    events: int


_USE_KEYS = (
    "action, resource, how, inferred, outcome, kind, event_source, event_name, region, recipient, category, via, "
    "is_guess, context, error_code, denied_action, denied_resource, denied_by, denial, denying_policy"
)

_OF_EVENTS = (
    "account, category, console, error_code, event_name, event_source, evidence, filename, is_guess, part, "
    "permission_set, recipient, shared_event, user_agent"
)
"""Columns that tell of the record and not of the request; reading them takes a seventh of the time of all."""

_EVERY_COLUMN = "*"
_OF_REQUESTS = f"* EXCLUDE ({_OF_EVENTS})"
_WORD = re.compile(r"\w+")


class Observed:
    """One opened store; answers are values, sorted, the same for the same store."""

    def __init__(self, store: Store, database: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> None:
        self._store = store
        self._database = database
        self._parts = parts
        self._ids: dict[int, Ids] = {}
        self._picked = ("", "")

    def principals(self, window: Window = EVERYTHING) -> list[Principal]:
        """Every principal with a call in the window, the busiest first."""
        where, values = self._where(window)
        rows = self._rows(
            f"""SELECT principal, principal_type, account, max(permission_set), sum(n),
                coalesce(sum(n) FILTER (outcome = 'succeeded'), 0), coalesce(sum(n) FILTER (outcome = 'denied'), 0),
                min(first), max(last)
                FROM (SELECT any_value(principal) AS principal, any_value(principal_type) AS principal_type,
                      any_value(account) AS account, any_value(permission_set) AS permission_set,
                      any_value(outcome) AS outcome, any_value("count") AS n,
                      any_value(first) AS first, any_value(last) AS last
                      FROM stored WHERE {where} GROUP BY part, evidence)
                GROUP BY principal, principal_type, account ORDER BY 5 DESC, 1, 2, 3""",
            values,
        )
        return [_principal(row) for row in rows]

    def names(self, window: Window = EVERYTHING) -> list[str]:
        """The name of every principal with a call in the window, in order."""
        where, values = self._where(window)
        rows = self._rows(f"SELECT DISTINCT principal FROM stored WHERE principal <> '' AND {where} ORDER BY 1", values)
        return [str(name) for (name,) in rows]

    def actions(self, principal: str, window: Window = EVERYTHING) -> list[str]:
        """The actions that the principal used with success, in order."""
        where, values = self._where(window, principal)
        rows = self._rows(
            f"""SELECT DISTINCT action FROM stored WHERE principal = ? AND outcome = 'succeeded' AND kind = 'mapped'
                AND {where} ORDER BY 1""",
            [principal, *values],
        )
        return [str(name) for (name,) in rows]

    def newest(self) -> datetime | None:
        """The time of the newest call, None when no time is known."""
        ((last,),) = self._rows("SELECT max(last) FROM stored", [])
        return in_utc(last)

    def resolve(self, name: str, window: Window = EVERYTHING) -> str:
        """The one principal that a full or short name means: `role/deploy`, `user/x`, or the last part alone.

        Raises UnknownPrincipal when there is none, or several.
        """
        if name.startswith("arn:") and self._rows("SELECT 1 FROM stored WHERE principal = ? LIMIT 1", [name]):
            return name
        known = self.names(window)
        if name in known:
            return name
        ends = (f":{name}", f"/{name}")
        short = name.partition("/")[2] if name.split("/")[0] in ("role", "user") else ""
        found = [k for k in known if k.endswith(ends) or (short and _is_short_for(k, name, short))]
        if len(found) == 1:
            return found[0]
        raise UnknownPrincipal(name, tuple(found[:5]) or _near(name, known))

    def uses(self, principal: str, window: Window = EVERYTHING) -> list[Use]:
        """All that the principal did in the window, by action and resource, denied and failed calls included."""
        rows = self.selected(
            f"""SELECT {_USE_KEYS}, sum("count"), min(first), max(last),
                list_slice(list_sort(list_distinct(list(session))), 1, {MOST_SESSIONS}),
                list(part), list(evidence), list("count"), list(coalesce(epoch(first)::BIGINT // 3600, -1))
                FROM stored WHERE principal = ? AND $window
                GROUP BY {_USE_KEYS} ORDER BY {_USE_KEYS}""",
            [principal],
            window,
            principal,
        )
        return [_use(row) for row in rows]

    def daily(self, window: Window = EVERYTHING, principal: str = "") -> list[DailyUse]:
        """Which principal used what on which day, in that order; of all principals, or of one.

        What was denied or failed, what is no IAM action and what happened at an unknown time is not in it.
        """
        rows = self.selected(
            f"""SELECT principal, epoch(first)::BIGINT // {DAY} AS day, action, resource, sum("count")
                FROM stored WHERE outcome = 'succeeded' AND kind = 'mapped' AND first IS NOT NULL
                AND (? = '' OR principal = ?) AND $window GROUP BY ALL ORDER BY ALL""",
            [principal, principal],
            window,
            principal,
        )
        return [DailyUse(name, int(day), action, resource, int(count)) for name, day, action, resource, count in rows]

    def named_like(self, pattern: str, *, how: str = "") -> list[str]:
        """Every distinct exact resource, and principal, that an SQL LIKE pattern matches.

        With `how`, the resources that are known in that way instead.
        """
        rows = self._rows(
            """SELECT DISTINCT resource FROM stored WHERE resource LIKE ? AND list_contains(?, how)
               UNION SELECT DISTINCT principal FROM stored WHERE principal LIKE ? ORDER BY 1""",
            [pattern, [how] if how else ["recorded", "requested"], "" if how else pattern],
        )
        return [str(name) for (name,) in rows]

    def pairs_of_call(self, event_name: str, inferred: str) -> list[tuple[str, str, str]]:
        """Account, logged resource and inferred resource of each call of this name that succeeded."""
        rows = self._rows(
            """SELECT DISTINCT logged.recipient, logged.resource, other.resource
               FROM stored AS logged JOIN stored AS other
               ON logged.part = other.part AND logged.evidence = other.evidence
               WHERE logged.event_name = ? AND logged.inferred = '' AND other.inferred = ?
               AND logged.outcome = 'succeeded' AND other.how = 'requested' ORDER BY 1, 2, 3""",
            [event_name, inferred],
        )
        return [(account, resource, passed) for account, resource, passed in rows]

    def event_id(self, places: Iterable[Place]) -> str:
        """The smallest event id of the first hour that the places tell; empty without places."""
        known = sorted(places, key=lambda p: p.hour)
        first = [p for p in known if p.hour == known[0].hour]
        parts = {p.id: p for p in self._parts}
        found = [self._id_at(parts[p.part], p.evidence) for p in first]
        return str(UUID(int=min(found))) if found else ""

    def _id_at(self, part: Part, place: int) -> int:
        """Within a row the ids are sorted, so that the first is the smallest."""
        if part.id not in self._ids:
            self._ids[part.id] = self._store.ids(part)
        ids = self._ids[part.id]
        return (int(ids.high[place]) << 64) | int(ids.low[place])

    def counted(self, expressions: str, *, having: str = "true", values: Sequence[object] = ()) -> list[Row]:
        """Groups of calls by the expressions with the number of events in each; for the coverage report."""
        return self._rows(
            f"""SELECT {expressions}, sum(n) FROM (SELECT DISTINCT ON (part, evidence) *, "count" AS n FROM calls)
                WHERE {having} GROUP BY ALL ORDER BY ALL""",
            values,
        )

    def data_calls(self) -> list[tuple[str, str]]:
        """Source and name of every kind of call that was logged as a data event."""
        rows = self._rows(
            "SELECT DISTINCT event_source, event_name FROM stored WHERE category = 'Data' ORDER BY ALL", []
        )
        return [(str(source), str(name)) for source, name in rows]

    def selected(self, query: str, values: Sequence[object], window: Window, principal: str = "") -> list[Row]:
        """The rows of a query of this floor; `$window` stands last in it, for what of `stored` is in the window.

        With `principal`, the query is about that one alone.
        """
        where, bound = self._where(window, principal)
        told = query.replace("$window", f"({where})")
        if principal.startswith("arn:"):
            self._pick(principal, _EVERY_COLUMN if _names_some(told, _OF_EVENTS) else _OF_REQUESTS)
            told = told.replace("FROM stored", "FROM picked")
        return self._rows(told, [*values, *bound])

    def _pick(self, principal: str, columns: str) -> None:
        """The principal's rows are in a table of their own, with these columns at least."""
        if self._picked in ((principal, columns), (principal, _EVERY_COLUMN)):
            return
        self._rows("DROP TABLE IF EXISTS picked", [])
        self._rows(f"CREATE TEMP TABLE picked AS SELECT {columns} FROM stored WHERE principal = ?", [principal])
        self._picked = (principal, columns)

    @cached_property
    def _is_no_copy(self) -> str:
        """That a row is not the copy of another one, as SQL; most stores hold no copies."""
        of_externals = f"SELECT shared_event FROM stored WHERE principal_type IN {_EXTERNAL} AND shared_event <> ''"
        if not self._rows(f"{of_externals} LIMIT 1", []):
            return "true"
        self._database.execute(
            f"CREATE TEMP TABLE copies AS SELECT DISTINCT shared_event FROM stored "
            f"WHERE principal_type NOT IN {_EXTERNAL} AND shared_event IN ({of_externals})"
        )
        return f"NOT (principal_type IN {_EXTERNAL} AND shared_event IN (SELECT shared_event FROM copies))"

    def _where(self, window: Window, principal: str = "") -> tuple[str, list[object]]:
        clauses: list[str] = [] if principal.startswith("arn:") else [self._is_no_copy]  # copies name accounts alone
        values: list[object] = []
        if window.since is not None:
            clauses.append("first >= ?")
            values.append(_bound(window.since))
        if window.until is not None:
            clauses.append("first < ?")
            values.append(_bound(window.until))
        if window.regions:
            clauses.append("list_contains(?, region)")
            values.append(list(window.regions))
        rows = window.within
        if rows is not None:
            pairs = "(part, evidence) IN (SELECT (unnest(?::INTEGER[]), unnest(?::BIGINT[])))"
            clauses.append(f"({pairs} AND NOT list_contains(?, action) OR list_contains(?, action))")
            values += [list(rows.parts), list(rows.evidence), list(rows.without), list(rows.besides)]
        for exclusion in (*self._store.exclusions(), *window.exclusions):
            clause, bound = self._excluded(exclusion)
            clauses.append(f"NOT ({clause})")
            values += bound
        return " AND ".join(clauses) or "true", values

    def _excluded(self, exclusion: Exclusion) -> tuple[str, list[object]]:
        clauses: list[str] = ["true"]
        values: list[object] = []
        if exclusion.principal:
            clauses.append("(principal = ? OR ends_with(principal, ?))")
            values += [exclusion.principal, f":{exclusion.principal}"]
        if exclusion.session:
            clauses.append("session = ?")
            values.append(exclusion.session)
        if exclusion.address:
            clauses.append("list_contains(?, source_address)")
            values.append(self._addresses_in(exclusion.address))
        if exclusion.since is not None:
            clauses.append("(last IS NULL OR last >= ?)")
            values.append(_bound(datetime.fromtimestamp(exclusion.since, UTC)))
        if exclusion.until is not None:
            clauses.append("(first IS NULL OR first < ?)")
            values.append(_bound(datetime.fromtimestamp(exclusion.until, UTC)))
        return " AND ".join(clauses), values

    def _addresses_in(self, address: str) -> list[str]:
        """The logged addresses that an address or network means."""
        try:
            network = ipaddress.ip_network(address, strict=False)
        except ValueError:
            return [address]
        logged = self._rows("SELECT DISTINCT source_address FROM stored", [])
        return [text for (text,) in logged if _is_in(str(text), network)]

    def _rows(self, query: str, values: Sequence[object]) -> list[Row]:
        import duckdb

        try:
            rows: list[Row] = self._database.execute(query, list(values)).fetchall()
        except duckdb.Error as error:
            raise _unreadable(error) from None
        return rows


def _names_some(query: str, columns: str) -> bool:
    return not set(columns.split(", ")).isdisjoint(_WORD.findall(query))


def _unreadable(error: duckdb.Error) -> StoreError:
    return StoreError(f"the usage store cannot be read: {' '.join(str(error).split())}")


_VIEW = """
CREATE TEMP VIEW stored AS SELECT *, first + to_seconds(lasted) AS last,
  CAST(regexp_extract(filename, '(\\d+)\\.parquet$', 1) AS INTEGER) AS part
FROM read_parquet($paths, filename = true, hive_partitioning = false)
"""


@contextmanager
def opened(store: Store, window: Window = EVERYTHING) -> Iterator[Observed]:
    """The store, ready for questions; days outside the window are not looked at.

    Raises StoreError when there is no store, or nothing in it.
    """
    import duckdb  # heavy, and not needed to read logs

    parts = [p for p in store.parts() if _in_window(p, window)]
    if not parts:
        raise StoreError("no logged call in this window" if store.parts() else f"no logged call in `{store.folder}`")
    with duckdb.connect(":memory:") as database:
        database.execute("SET TimeZone = 'UTC'")
        database.execute(f"SET allowed_directories = ['{_quoted(str(store.folder.absolute()))}/']")
        for setting in (
            "enable_external_access = false",
            "autoinstall_known_extensions = false",
            "autoload_known_extensions = false",
            "allow_community_extensions = false",
            "lock_configuration = true",
        ):
            database.execute(f"SET {setting}")
        paths = ", ".join(f"'{_quoted(str(store.rows_path(p).absolute()))}'" for p in parts)
        try:
            database.execute(_VIEW.replace("$paths", f"[{paths}]"))
            database.execute(_CALLS)
        except duckdb.Error as error:
            raise _unreadable(error) from None
        yield Observed(store, database, parts)


_CALLS = f"""
CREATE TEMP VIEW calls AS SELECT *, principal_type IN {_EXTERNAL} AND shared_event <> '' AND shared_event IN
  (SELECT shared_event FROM stored WHERE shared_event <> '' AND principal_type NOT IN {_EXTERNAL}) AS is_copy
FROM stored
"""  # a call into another account is logged there too, by account only; the caller's own copy counts


def _quoted(text: str) -> str:
    """Text inside an SQL string; only folder names that the user chose come here."""
    return text.replace("'", "''")


def _in_window(part: Part, window: Window) -> bool:
    if part.day < 0:
        return window.since is None and window.until is None
    begins, ends = part.day * DAY, (part.day + 1) * DAY
    return (window.since is None or ends > window.since.timestamp()) and (
        window.until is None or begins < window.until.timestamp()
    )


def _principal(row: Row) -> Principal:
    name, kind, account, permission_set, events, succeeded, denied, first, last = row
    return Principal(
        name, kind, account, permission_set, int(events), int(succeeded), int(denied), in_utc(first), in_utc(last)
    )


def _use(row: Row) -> Use:
    *key, count, first, last, sessions, parts, evidence, counts, hours = row
    places = tuple(sorted(map(Place, parts, evidence, counts, hours)))
    named = tuple(s for s in sessions if s)
    fields = dict(zip(_USE_KEYS.split(", "), key, strict=True))
    return Use(**fields, count=int(count), first=in_utc(first), last=in_utc(last), sessions=named, places=places)


def _bound(moment: datetime) -> datetime:
    """As the store writes times: UTC, not saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _is_in(text: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(text) in network
    except ValueError:
        return False


def _is_short_for(known: str, name: str, short: str) -> bool:
    """`role/deploy` means `…:role/deploy` and, a path not given, `…:role/path/deploy`."""
    kind = name.split("/")[0]
    return f":{kind}/" in known and known.rpartition("/")[2] == short


def _near(name: str, known: Sequence[str]) -> tuple[str, ...]:
    from difflib import get_close_matches

    tail = name.rpartition("/")[2]
    by_tail = {k.rpartition("/")[2]: k for k in known}
    return tuple(by_tail[t] for t in get_close_matches(tail, list(by_tail), n=3))
