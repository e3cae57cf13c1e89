"""A run: every unit of an estate read, in threads, in an order that no thread can change."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final

from leastwise.estate.collect.api import Api, Asked
from leastwise.estate.collect.discover import collectors
from leastwise.estate.collect.plan import Limits, Unit, chosen, named, of_organization, opened, regions_of, units
from leastwise.estate.collect.registry import Collector
from leastwise.estate.collect.saved import Saved, in_order
from leastwise.estate.collect.sdk import ATTEMPTS, Account, own_account
from leastwise.estate.held import IdentityCenter, NotRead, Part, Resource, Resources, Share, Tagged

ROLE: Final = "leastwise-read"
"""The name of the read-only role in other accounts, unless told otherwise."""
_AHEAD: Final = 16


@dataclass(frozen=True, slots=True)
class Options:
    """What to read, and as whom.

    `organization` reads every active account through the role; `accounts` are those alone, through the role too;
    without either it is the account that is signed in. `regions` and `collectors` limit it, empty for all.
    `folder` keeps what is finished; a run with the same folder goes on from there. `attempts` is how often a call that
    is throttled, or not answered, is made at most.
    """

    profile: str = ""
    organization: bool = False
    accounts: tuple[str, ...] = ()
    role_name: str = ROLE
    external_id: str = ""
    regions: tuple[str, ...] = ()
    collectors: tuple[str, ...] = ()
    last_accessed: bool = False
    folder: Path | None = None
    threads: int = 8
    attempts: int = ATTEMPTS


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: which unit was the last, whether it was read before, how many of all are done."""

    account: str
    region: str
    collector: str
    was_saved: bool
    done: int
    total: int


def collect(
    options: Options,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[Part]:
    """The parts of the estate, in the same order each time; what could not be read is among them.

    `progress` hears of each finished unit, in that order. Raises InputError when nobody is signed in, when the sign-in
    ends on the way, or when the organisation's accounts cannot be listed; what was finished is kept.
    """
    wanted = chosen(collectors(), options.collectors)
    home = own_account(options.profile, attempts=options.attempts)
    limits = Limits(options.accounts, options.regions)
    numbers = of_organization(home, limits) if options.organization else named(home, limits)
    yield from numbers.not_read
    pool = ThreadPoolExecutor(max(1, options.threads), thread_name_prefix="collect")
    reading = _Reading(options, home, wait)
    try:
        planned: list[Unit] = []
        for found, silent in pool.map(partial(_planned, options, home, limits, wanted), numbers.wanted):
            yield from silent
            planned += found
        yield from _all(pool, planned, options, reading, progress)
    finally:
        reading.stop()
        pool.shutdown(wait=True, cancel_futures=True)


def _planned(
    options: Options, home: Account, limits: Limits, wanted: tuple[Collector, ...], number: str
) -> tuple[list[Unit], tuple[NotRead, ...]]:
    """The units of an account, and what it is known not to tell."""
    account = opened(home, number, role_name=options.role_name, external_id=options.external_id)
    if isinstance(account, NotRead):
        return [], (account,)
    regions = regions_of(account, limits)
    return list(units(account, regions, wanted, home.number)), regions.not_read


class _Reading:
    """Units read, or found to be read already."""

    def __init__(self, options: Options, home: Account, wait: Callable[[float], None]) -> None:
        self._saved = Saved(options.folder)
        self._asked = Asked(home.number, options.last_accessed)
        self._wait = wait
        self._stopped = Event()

    def stop(self) -> None:
        """Units that are being read end at their next call, and are not kept."""
        self._stopped.set()

    def parts(self, unit: Unit) -> tuple[tuple[Part, ...], bool]:
        """The parts of a unit, and whether they were saved before."""
        asked = self._name(unit)
        before = self._saved.parts(asked)
        if before is not None:
            return before, True
        api = Api(
            unit.account,
            unit.region,
            reads=unit.collector.reads,
            wait=self._wait,
            asked=self._asked,
            is_stopped=self._stopped.is_set,
        )
        found = in_order((*parts_of(unit.collector, api), *api.not_read))
        if not api.may_pass and not api.is_nowhere:
            self._saved.keep(asked, found)
        return found, False

    def _name(self, unit: Unit) -> tuple[str, ...]:
        more = ("last-accessed",) if self._asked.last_accessed and unit.collector.optional else ()
        return (unit.account.partition, unit.account.number, unit.region, unit.collector.name, *more)


def parts_of(collector: Collector, api: Api) -> Iterator[Part]:
    """What a collector finds: resources as one part, even when there are none, and all else as it is."""
    resources: list[Resource] = []
    shares: list[Share] = []
    tagged: list[Tagged] = []
    others = 0
    for one in collector.collect(api):
        if isinstance(one, Resource):
            resources.append(one)
        elif isinstance(one, Share):
            shares.append(one)
        elif isinstance(one, Tagged):
            tagged.append(one)
        else:
            others += 1
            yield one
    if resources or shares or tagged or not (others or api.is_nowhere):
        told = tuple(resources), tuple(shares), tuple(tagged)
        yield Resources(api.account, collector.name, api.region, *told)


def _all(
    pool: ThreadPoolExecutor,
    planned: list[Unit],
    options: Options,
    reading: _Reading,
    progress: Callable[[Progress], None],
) -> Iterator[Part]:
    """The parts of the units in the order of the plan; some units are read ahead, never all."""
    waiting: deque[tuple[Unit, Future[tuple[tuple[Part, ...], bool]]]] = deque()
    coming = iter(planned)
    seen: set[str] = set()
    for done in range(1, len(planned) + 1):
        while len(waiting) < max(1, options.threads) * _AHEAD and (unit := next(coming, None)) is not None:
            waiting.append((unit, pool.submit(reading.parts, unit)))
        unit, future = waiting.popleft()
        parts, was_saved = future.result()
        place = (unit.account.number, unit.region, unit.collector.name)
        progress(Progress(*place, was_saved, done, len(planned)))
        yield from (one for one in parts if not _is_told(one, seen))


def _is_told(part: Part, seen: set[str]) -> bool:
    """Whether it is an instance of IAM Identity Center that another account told of before."""
    if not isinstance(part, IdentityCenter):
        return False
    was_seen = part.instance in seen
    seen.add(part.instance)
    return was_seen
