"""CloudTrail logs of a company in the layout of an organization's trail, day by day."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from leastwise.sample.calls import CALLS
from leastwise.sample.chance import dice, unique_id
from leastwise.sample.records import Scene, call_record, denied_record, opening_record, throttled_record, trail_record
from leastwise.sample.rhythm import calls_on, falls_on
from leastwise.sample.sessions import session_of
from leastwise.sample.values import Account, Company, Json, Principal, Role

_REFUSED_SHARE = 0.04
_THROTTLED_SHARE = 0.01
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


@dataclass(frozen=True, slots=True)
class Written:
    """How much was written."""

    files: int
    records: int


def write_logs(
    company: Company, folder: Path, *, days: int = 90, volume: float = 1.0, accounts: Collection[str] = ()
) -> Written:
    """The logs of so many days up to yesterday are in the folder, of all accounts or of those named.

    `volume` multiplies the calls; each habit leaves at least one on its days. One day of one account is in memory at
    a time.
    """
    chosen = [account for account in company.accounts if not accounts or account.id in accounts]
    files = records = 0
    for back in range(days, 0, -1):
        day = company.today - timedelta(days=back)
        for account in chosen:
            by_region: dict[str, list[Json]] = defaultdict(list)
            for record in day_records(company, account, day, volume=volume):
                by_region[str(record["awsRegion"])].append(record)
            for region, members in sorted(by_region.items()):
                _write(folder / log_name(company, account.id, region, day), members)
            files += len(by_region)
            records += sum(map(len, by_region.values()))
    return Written(files, records)


def day_records(company: Company, account: Account, day: date, *, volume: float = 1.0) -> Iterator[Json]:
    """What happened in an account on a day, in no order."""
    scene = Scene(account.id, company.region, day, dice(company.seed, account.id, day))
    if account.name in ("log-archive", "management"):
        yield trail_record(scene, f"{company.name}-trail-{account.id}")
    for principal in account.principals:
        if principal.created <= day:
            yield from _principal_records(scene, principal, account.has_data_events, volume)


def log_name(company: Company, account: str, region: str, day: date) -> str:
    """Where the file of an account, Region and day stands below the folder."""
    end = unique_id("", company.seed, account, region, day)[:16]
    name = f"{account}_CloudTrail_{region}_{day:%Y%m%d}T2355Z_{end}.json.gz"
    return f"AWSLogs/{company.id}/{account}/CloudTrail/{region}/{day:%Y/%m/%d}/{name}"


def _principal_records(scene: Scene, principal: Principal, has_data: bool, volume: float) -> Iterator[Json]:
    due = [habit for habit in principal.habits if falls_on(habit, scene.day)]
    if not due:
        return
    session = session_of(principal, scene.day, scene.rng)
    if isinstance(principal, Role):
        opening = opening_record(scene, principal, session)
        if opening:
            yield opening
        if principal.denied and scene.rng.random() < _REFUSED_SHARE:
            yield denied_record(scene, principal, session)
    for habit in due:
        if has_data or not CALLS[habit.action].is_data:
            for _ in range(max(1, int(calls_on(habit, scene.day) * volume))):
                yield call_record(scene, principal, session, action=habit.action, name=habit.name)
            if scene.rng.random() < _THROTTLED_SHARE:
                again = call_record(scene, principal, session, action=habit.action, name=habit.name)
                yield throttled_record(again)


def _write(path: Path, records: list[Json]) -> None:
    records.sort(key=lambda record: (str(record["eventTime"]), str(record["eventID"])))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_gzipped(json.dumps({"Records": records}, separators=(",", ":")).encode()))


def _gzipped(content: bytes) -> bytes:
    """Compressed without a time, a name or a word of the system."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    size = (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return _GZIP_HEADER + packer.compress(content) + packer.flush() + zlib.crc32(content).to_bytes(4, "little") + size
