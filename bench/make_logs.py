"""Write a made-up CloudTrail trail: `python bench/make_logs.py --events 200000 --files 8 --out DIR`."""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random

import msgspec

from synthetic.names import Favoured, base36, favoured
from synthetic.records import CROSS_ACCOUNT_SHARE, Place, principal_arn, record
from synthetic.world import Principal, build_world

SEED = 20260601
START = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
ORGANISATION = "o-synthetic1"


@dataclass(frozen=True, slots=True)
class Plan:
    """One delivered file: how many events, of which account and region, in which seconds."""

    index: int
    events: int
    account: str
    region: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Made:
    """What was written."""

    files: int
    events: int
    raw_bytes: int
    gzip_bytes: int


def make_logs(
    out: Path, *, events: int, files: int, seconds: float, trails: int = 1, seed: int = SEED, processes: int = 2
) -> Made:
    """`out` holds an AWSLogs tree of `events` events, delivered once by each of `trails` trails."""
    plans = list(plan_files(seed, events=events, files=files, seconds=seconds))
    work = partial(write_file, out, seed=seed, trails=trails)
    with ProcessPoolExecutor(processes) as pool:
        parts = list(pool.map(work, plans, chunksize=max(1, len(plans) // (processes * 16))))
    return _together(parts)


def busiest(seed: int) -> str:
    """The ARN of the user or role that calls most."""
    return next(arn for arn in map(principal_arn, _world(seed)) if arn)


def plan_files(seed: int, *, events: int, files: int, seconds: float) -> Iterator[Plan]:
    """Files over accounts and regions in proportion to their activity, each account's in time order."""
    rng = Random(f"plan:{seed}")
    places = _places(seed)
    counts = _shares(list(places.values()), files)
    sizes = iter(_shares([rng.uniform(0.7, 1.3) for _ in range(files)], events))
    index = 0
    for (account, region), count in zip(places, counts, strict=True):
        for turn in range(count):
            start = START + int(turn * seconds)
            end = max(start + 1, START + int((turn + 1) * seconds))
            yield Plan(index, next(sizes), account, region, start, end)
            index += 1


def write_file(out: Path, plan: Plan, *, seed: int, trails: int) -> Made:
    """The file of `plan` is on disk, in the place where each trail would deliver it."""
    rng = Random(f"file:{seed}:{plan.index}")
    records = list(_records(plan, seed, rng))
    made = _deliver(out / "AWSLogs" / ORGANISATION, plan, records, rng)
    if trails < 2:
        return made
    return _again(out / "AWSLogs", plan, records, rng, first=made)


def _again(root: Path, plan: Plan, records: list[bytes], rng: Random, *, first: Made) -> Made:
    """The second trail delivers the same events in another order and cut elsewhere."""
    rng.shuffle(records)
    cut = rng.randint(1, max(1, len(records) - 1))
    parts = [first, *(_deliver(root, plan, part, rng) for part in (records[:cut], records[cut:]) if part)]
    return _together(parts)


def _together(parts: list[Made]) -> Made:
    return Made(
        files=sum(p.files for p in parts),
        events=sum(p.events for p in parts),
        raw_bytes=sum(p.raw_bytes for p in parts),
        gzip_bytes=sum(p.gzip_bytes for p in parts),
    )


def _records(plan: Plan, seed: int, rng: Random) -> Iterator[bytes]:
    place, encode = Place(plan.account, plan.region), msgspec.json.Encoder().encode
    here, everyone = _callers(seed, plan.account, plan.region), _everyone(seed)
    for at in sorted(rng.choices(range(plan.start, plan.end), k=plan.events)):
        callers = everyone if rng.random() < CROSS_ACCOUNT_SHARE else here
        yield encode(record(place, callers.draw(rng), rng, at=at))


def _deliver(root: Path, plan: Plan, records: list[bytes], rng: Random) -> Made:
    raw = b'{"Records":[' + b",".join(records) + b"]}"
    packed = gzip.compress(raw, 6, mtime=0)
    path = root / _path(plan, base36(rng, 16))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed)
    return Made(files=1, events=len(records), raw_bytes=len(raw), gzip_bytes=len(packed))


def _path(plan: Plan, unique: str) -> str:
    end = datetime.fromtimestamp(plan.end, UTC)
    name = f"{plan.account}_CloudTrail_{plan.region}_{end:%Y%m%dT%H%MZ}_{unique}.json.gz"
    return f"{plan.account}/CloudTrail/{plan.region}/{end:%Y/%m/%d}/{name}"


def _places(seed: int) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for who in _world(seed):
        for region, share in _regions(who):
            found[who.account, region] = found.get((who.account, region), 0.0) + who.weight * share
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _regions(who: Principal) -> list[tuple[str, float]]:
    ends = who.regions.weights
    starts = (0.0, *ends[:-1])
    return [(r, (b - a) / ends[-1]) for r, a, b in zip(who.regions.members, starts, ends, strict=True)]


def _shares(weights: list[float], total: int) -> list[int]:
    """Whole numbers in proportion to `weights` that add up to `total`."""
    whole = sum(weights)
    ends = [round(total * done / whole) for done in accumulate(weights, initial=0.0)]
    return [end - start for start, end in pairwise(ends)]


@lru_cache(maxsize=2)
def _world(seed: int) -> tuple[Principal, ...]:
    return build_world(seed)


@lru_cache(maxsize=2)
def _everyone(seed: int) -> Favoured[Principal]:
    return favoured([who for who in _world(seed) if who.kind == "role"])


@lru_cache(maxsize=128)
def _callers(seed: int, account: str, region: str) -> Favoured[Principal]:
    ends: list[float] = []
    callers: list[Principal] = []
    for who in _world(seed):
        share = dict(_regions(who)).get(region, 0.0)
        if who.account == account and share:
            callers.append(who)
            ends.append((ends[-1] if ends else 0.0) + who.weight * share)
    return Favoured(tuple(callers), tuple(ends))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=3600, help="what one file covers")
    parser.add_argument("--trails", type=int, choices=(1, 2), default=1)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    """Write the logs and say how much was written."""
    made = make_logs(**vars(_arguments()))
    print(
        f"{made.files:,} files, {made.events:,} events, {made.raw_bytes / 1e6:,.0f} MB raw, "
        f"{made.gzip_bytes / 1e6:,.0f} MB gz, ratio {made.raw_bytes / made.gzip_bytes:.1f}, "
        f"{made.raw_bytes / made.events:,.0f} bytes an event"
    )


if __name__ == "__main__":
    main()
