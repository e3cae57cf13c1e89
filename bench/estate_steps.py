"""One step of work on a made-up company, timed: `estate_steps.py STEP PATH …` prints what it took and found as JSON."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from msgspec.structs import replace as with_fields

from leastwise.estate.ask import who_can
from leastwise.estate.assemble import Estate
from leastwise.estate.diff import diff
from leastwise.estate.effective import layers_of, permissions
from leastwise.estate.gather import Snapshot, gathered
from leastwise.estate.held import Iam, InlinePolicy, Role
from leastwise.estate.offline import read_files
from leastwise.estate.snapshot import read_snapshot, write_archive, write_snapshot
from leastwise.sample import Size, company, write_account, write_estate

TODAY = date(2026, 11, 1)
TAKEN = ("2026-11-01T06:00:00Z", "2026-11-02T06:00:00Z")
COMPANY = Size(200, 10_000, policies=1_500)
ACCOUNT = Size(1, 270, users=30)
ONE_IN = 100
"""Of so many roles, one is changed from one day to the next."""
PROCESSES = 2

Told = dict[str, object]


def main() -> None:
    """Run the step and print its clock, and what it tells."""
    step, *paths = sys.argv[1:]
    print(json.dumps(STEPS[step](*map(Path, paths))))


def make(folder: Path) -> Told:
    """The company as files, and the account as one file."""
    files = write_estate(company(COMPANY, today=TODAY), folder / "estate")
    write_account(company(ACCOUNT, today=TODAY), folder / "account.json")
    return {"files": files}


def snapshots(estate: Path, first: Path, second: Path) -> Told:
    """The company of one day as an archive, and as it is when some roles were changed."""
    before = gathered(read_files([estate]), taken=TAKEN[0])
    write_archive(before, first)
    after = changed(before)
    write_archive(after, second)
    return {
        "roles": sum(len(one.roles) for one in before.iam.values()),
        "users": sum(len(one.users) for one in before.iam.values()),
        "policies": sum(len(one.policies) for one in before.iam.values()),
        "accounts": len(before.accounts),
    }


def changed(snapshot: Snapshot) -> Snapshot:
    """The snapshot with one more statement in an inline policy of one role in a hundred."""
    roles = sorted(
        one.arn for part in snapshot.iam.values() for one in part.roles if "/aws-service-role/" not in one.arn
    )
    count = sum(len(part.roles) for part in snapshot.iam.values()) // ONE_IN
    chosen = set(roles[:: len(roles) // count][:count])
    iam = {account: _with_changed(part, chosen) for account, part in snapshot.iam.items()}
    return replace(snapshot, taken=TAKEN[1], iam=iam)


def _with_changed(part: Iam, chosen: set[str]) -> Iam:
    return with_fields(part, roles=tuple(_edited(one) if one.arn in chosen else one for one in part.roles))


def _edited(role: Role) -> Role:
    account = role.arn.split(":")[4]
    added = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:eu-west-1:{account}:added"}
    empty = InlinePolicy("added", json.dumps({"Version": "2012-10-17", "Statement": []}))
    first, *rest = role.inline or (empty,)
    body = json.loads(first.document)
    own = body["Statement"] if isinstance(body["Statement"], list) else [body["Statement"]]
    document = json.dumps({**body, "Statement": [*own, added]})
    return with_fields(role, inline=(with_fields(first, document=document), *rest))


def read(estate: Path) -> Told:
    """All files of the company, put together."""
    started = time.perf_counter()
    snapshot = gathered(read_files([estate]), taken=TAKEN[0])
    return _told(started, accounts=len(snapshot.accounts), not_read=len(snapshot.not_read))


def write(archive: Path, folder: Path) -> Told:
    """A snapshot written where there was none before."""
    snapshot = read_snapshot(archive)
    shutil.rmtree(folder, ignore_errors=True)
    started = time.perf_counter()
    return _told(started, bytes=write_snapshot(snapshot, folder / "first.snapshot"))


def pack(archive: Path, target: Path) -> Told:
    """A snapshot written as one file."""
    snapshot = read_snapshot(archive)
    started = time.perf_counter()
    return _told(started, bytes=write_archive(snapshot, target))


def load(archive: Path) -> Told:
    """A snapshot read."""
    started = time.perf_counter()
    return _told(started, accounts=len(read_snapshot(archive).accounts))


def who_can_object(archive: Path) -> Told:
    """Everyone who may read an object, asked of an estate of which nothing was parsed yet."""
    snapshot = read_snapshot(archive)
    started = time.perf_counter()
    estate = Estate(snapshot)
    buckets = [arn for arn, one in estate.resources.items() if one.type == "s3:bucket"]
    found = list(who_can(estate, "s3:GetObject", f"{buckets[len(buckets) // 2]}/reports/today.json"))
    return _told(started, found=len(found))


def who_can_role(archive: Path) -> Told:
    """Everyone who may assume a role, asked of an estate of which nothing was parsed yet."""
    snapshot = read_snapshot(archive)
    started = time.perf_counter()
    estate = Estate(snapshot)
    roles = [arn for arn, one in estate.holders.items() if isinstance(one, Role)]
    return _told(started, found=len(list(who_can(estate, "sts:AssumeRole", roles[len(roles) // 2]))))


def what_can(archive: Path) -> Told:
    """The permissions of every principal, by two processes that each load the snapshot."""
    started = time.perf_counter()
    with get_context("spawn").Pool(PROCESSES) as pool:
        counts = pool.starmap(_permissions, [(archive, part) for part in range(PROCESSES)], chunksize=1)
    return _told(started, principals=sum(one for one, _ in counts), permissions=sum(one for _, one in counts))


def _permissions(archive: Path, part: int) -> tuple[int, int]:
    estate = Estate(read_snapshot(archive))
    mine = sorted(estate.holders)[part::PROCESSES]
    return len(mine), sum(len(permissions(layers_of(estate, arn))) for arn in mine)


def next_day(first: Path, second: Path, folder: Path) -> Told:
    """The second snapshot written beside the first, of which it shares what is the same."""
    before, after = read_snapshot(first), read_snapshot(second)
    shutil.rmtree(folder, ignore_errors=True)
    write_snapshot(before, folder / "first.snapshot")
    started = time.perf_counter()
    return _told(started, bytes=write_snapshot(after, folder / "second.snapshot"))


def compare(first: Path, second: Path) -> Told:
    """What changed between the two."""
    before, after = read_snapshot(first), read_snapshot(second)
    started = time.perf_counter()
    return _told(started, changes=len(list(diff(before, after))))


def _told(started: float, **found: int) -> Told:
    return {"seconds": time.perf_counter() - started, **found}


STEPS: Mapping[str, Callable[..., Told]] = {
    "make": make,
    "snapshots": snapshots,
    "read": read,
    "write": write,
    "pack": pack,
    "load": load,
    "object": who_can_object,
    "role": who_can_role,
    "what-can": what_can,
    "next-day": next_day,
    "compare": compare,
}

if __name__ == "__main__":
    main()
