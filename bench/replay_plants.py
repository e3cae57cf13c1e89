"""Changes of SCPs of which it is known beforehand what they break, from the rows and files and not by a replay."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random

import duckdb

from replay_company import BOUND, EASED_REGION, EASED_SCP, Files, Json, Pairs

_EXACT = ("recorded", "requested")
_FULL = "FullAWSAccess"
_DRAWS = 100
_NOBODY = ["arn:aws:iam::*:role/nobody"]
_MOST_RESOURCES = 20
"""So many ARNs fit into an SCP."""


@dataclass(frozen=True, slots=True)
class Plant:
    """SCPs to try, by where they are put, and what comes of it: calls that break, and denied ones let through."""

    name: str
    scps: Mapping[str, Json]
    breaks: Pairs = field(default_factory=dict)
    newly_allowed: Pairs = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """Calls that are alike."""

    principal: str
    action: str
    region: str
    resource: str
    how: str
    calls: int

    @property
    def account(self) -> str:
        """The account of the principal, empty where no SCP binds it."""
        found = BOUND.match(self.principal)
        return found.group(1) if found else ""


class Rows:
    """The rows of a store's files, as they lie there."""

    def __init__(self, workspace: Path) -> None:
        self._database = duckdb.connect()
        files = str(workspace / "usage" / "rows" / "*" / "*.parquet").replace("'", "''")
        self._database.execute(
            f"CREATE VIEW stored AS SELECT * FROM read_parquet('{files}', hive_partitioning = false)"
        )

    def count(self) -> int:
        """How many there are."""
        ((count,),) = self._database.execute("SELECT count(*) FROM stored").fetchall()
        return int(count)

    def busiest_role(self) -> str:
        """The role in an application's folder with most rows."""
        query = """SELECT principal FROM stored WHERE principal LIKE '%:role/app/%'
                   GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"""
        ((name,),) = self._database.execute(query).fetchall()
        return str(name)

    def actions(self) -> Counter[tuple[str, str, str]]:
        """Account, action and Region of the calls with success → how many rows, principals without SCPs left out."""
        query = """SELECT principal, action, region, 'x', how, count(*) FROM stored
                   WHERE outcome = 'succeeded' AND kind = 'mapped' GROUP BY ALL"""
        found: Counter[tuple[str, str, str]] = Counter()
        for row in self._asked(query, []):
            if row.account:
                found[row.account, row.action, row.region] += row.calls
        return found

    def of(self, actions: Sequence[str]) -> list[Row]:
        """The calls with success of these actions, by principals that SCPs bind."""
        query = """SELECT principal, action, region, resource, how, sum("count") FROM stored
                   WHERE outcome = 'succeeded' AND kind = 'mapped' AND list_contains(?, action)
                   GROUP BY ALL ORDER BY ALL"""
        return [row for row in self._asked(query, [list(actions)]) if row.account]

    def _asked(self, query: str, values: Sequence[object]) -> Iterator[Row]:
        return (Row(*row[:5], int(row[5])) for row in self._database.execute(query, list(values)).fetchall())


def tightened(files: Files, rows: Rows, random: Random) -> Iterator[Plant]:
    """A change of each kind that breaks something, drawn anew."""
    used = rows.actions()
    yield _outside_a_region(files, rows, used, random)
    yield _on_some_resources(files, rows, used, random)
    yield _off_the_list(files, rows, used, random)


def eased(files: Files, denied: Pairs) -> Plant:
    """The change that lets through what was planted as denied."""
    document = json.loads(json.dumps(files.documents[EASED_SCP]))
    document["Statement"][0]["Condition"]["StringNotEquals"]["aws:RequestedRegion"].append(EASED_REGION)
    return Plant(f"`{EASED_SCP}`: {EASED_REGION} is let through", {EASED_SCP: document}, newly_allowed=denied)


def _outside_a_region(files: Files, rows: Rows, used: Mapping[tuple[str, str, str], int], random: Random) -> Plant:
    """Three actions of one service are denied outside a Region by a changed SCP, but for a role and roles of a name."""
    scp = random.choice([one for one in sorted(files.documents) if one not in (_FULL, "suspended")])
    accounts = files.under(scp)
    by_region: dict[tuple[str, str], set[str]] = defaultdict(set)
    for account, action, region in used:
        if account in accounts and not action.startswith("sts:"):
            by_region[action.partition(":")[0], region].add(action)
    region = random.choice(sorted({region for _, region in by_region}))
    services = [service for (service, other), names in sorted(by_region.items()) if other != region and len(names) > 2]
    service = random.choice(services)
    elsewhere = (names for (name, other), names in by_region.items() if name == service and other != region)
    actions = random.sample(sorted(set[str]().union(*elsewhere)), 3)
    calls = [row for row in rows.of(actions) if row.account in accounts and row.region != region]
    drawn = (_exceptions(calls, random) for _ in range(_DRAWS))
    patterns = next((some for some in drawn if not all(_is_named(row.principal, some) for row in calls)), _NOBODY)
    denied = _deny(actions, {"StringNotEquals": {"aws:RequestedRegion": region}, "ArnNotLike": _arns(patterns)})
    broken = [row for row in calls if not _is_named(row.principal, patterns)]
    document = _with(files.documents[scp], denied)
    return Plant(f"`{scp}`: {service} outside {region}", {scp: document}, _counted(broken))


def _on_some_resources(files: Files, rows: Rows, used: Mapping[tuple[str, str, str], int], random: Random) -> Plant:
    """One action on half the resources of an account is denied there by a new SCP, but for a role."""
    kinds = sorted({(account, action) for account, action, _ in used if account in files.below(account)})
    random.shuffle(kinds)
    for account, action in kinds:
        calls = [row for row in rows.of([action]) if row.account == account]
        stems = sorted({_stem(row.resource) for row in calls})
        chosen = sorted(random.sample(stems, len(stems) // 2))[:_MOST_RESOURCES]
        inside = [row for row in calls if any(fnmatchcase(row.resource, f"{stem}*") for stem in chosen)]
        if len({row.principal for row in inside}) > 2 and all(row.how in _EXACT for row in calls):
            break
    excepted = random.choice(sorted({row.principal for row in inside}))
    denied = _deny([action], {"ArnNotEquals": _arns([excepted])}, [f"{stem}*" for stem in chosen])
    broken = [row for row in inside if row.principal != excepted]
    document: Json = {"Version": "2012-10-17", "Statement": [denied]}
    return Plant(f"account {account}: {action} on {len(chosen)} resources", {account: document}, _counted(broken))


def _off_the_list(files: Files, rows: Rows, used: Mapping[tuple[str, str, str], int], random: Random) -> Plant:
    """What is allowed at all leaves out three actions, everywhere."""
    names = sorted({action for _, action, _ in used if not action.startswith("sts:")})
    actions = sorted(random.sample(names, 3))
    allowed = {"Sid": "AllButThese", "Effect": "Allow", "NotAction": actions, "Resource": "*"}
    broken = [row for row in rows.of(actions) if row.account != files.management]
    document: Json = {"Version": "2012-10-17", "Statement": [allowed]}
    return Plant(f"`{_FULL}`: all but {', '.join(actions)}", {_FULL: document}, _counted(broken))


def _exceptions(calls: Iterable[Row], random: Random) -> list[str]:
    """One principal of these, and a pattern for those elsewhere that are called as another one is."""
    names = sorted({row.principal for row in calls})
    one, like = random.choice(names), random.choice(names)
    return [one, f"arn:aws:iam::*:{like.split(':', 5)[5]}"]


def _stem(resource: str) -> str:
    """A bucket with its slash, or the whole of another resource."""
    head, slash, _ = resource.partition("/")
    return f"{head}{slash}" if head.startswith("arn:aws:s3:::") else resource


def _deny(actions: Sequence[str], condition: Json, resources: Sequence[str] = ("*",)) -> Json:
    return {
        "Sid": "Planted",
        "Effect": "Deny",
        "Action": list(actions),
        "Resource": list(resources),
        "Condition": condition,
    }


def _arns(patterns: Sequence[str]) -> Json:
    return {"aws:PrincipalArn": list(patterns)}


def _with(document: Mapping[str, object], statement: Json) -> Json:
    own = document["Statement"]
    return {**document, "Statement": [*(own if isinstance(own, list) else [own]), statement]}


def _is_named(principal: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(principal, pattern) for pattern in patterns)


def _counted(rows: Iterable[Row]) -> Pairs:
    found: Counter[tuple[str, str]] = Counter()
    for row in rows:
        found[row.principal, row.action] += row.calls
    return dict(found)
