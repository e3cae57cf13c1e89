"""The work of a matrix: what is asked of whom, by one process or several, and all that is told."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leastwise.estate.assemble import Estate
from leastwise.estate.snapshot import read_snapshot
from leastwise.model.policy import Policy
from leastwise.synthesize.guardrails.matrix import Given as Besides
from leastwise.synthesize.guardrails.matrix import Matrix, Row
from leastwise.synthesize.guardrails.outsiders import Outsiders
from leastwise.synthesize.guardrails.risks import LeftOut, Risk
from leastwise.synthesize.guardrails.standings import Standings, places_of, standings

_FEW: Final = 2_000
"""Principals for whom starting another process costs more than it saves."""


@dataclass(frozen=True)
class Told:
    """Everything that is told: the scenarios, those left out, the rows of principals and of outsiders, and places."""

    risks: tuple[Risk, ...]
    left_out: tuple[LeftOut, ...]
    principals: tuple[Row, ...]
    outsiders: tuple[Row, ...]
    places: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def of_principals(self) -> tuple[Standings, ...]:
        """How the scenarios of principals stand."""
        return standings(self.asked("principals"), self.principals, self.places) if self.principals else ()

    @property
    def of_outsiders(self) -> tuple[Standings, ...]:
        """How the scenarios of outsiders stand."""
        return standings(self.asked("outsiders"), self.outsiders, self.places) if self.outsiders else ()

    def asked(self, of: str) -> tuple[Risk, ...]:
        """The scenarios that are asked of these."""
        return tuple(one for one in self.risks if one.asked_of == of)


@dataclass(frozen=True)
class Wanted:
    """What is asked, of whom: all that another process needs to know."""

    snapshot: Path
    risks: tuple[Risk, ...]
    left_out: tuple[LeftOut, ...]
    principals: tuple[tuple[str, tuple[str, ...]], ...]
    accounts: tuple[str, ...]
    session: Policy | None
    endpoint: str | None
    notes: tuple[str, ...]

    def asked(self, of: str) -> tuple[Risk, ...]:
        """The scenarios that are asked of these."""
        return tuple(one for one in self.risks if one.asked_of == of)


def worked(estate: Estate, wanted: Wanted, processes: int) -> Told:
    """All that is asked, answered; the number of processes changes nothing."""
    count = sum(len(arns) for _, arns in wanted.principals)
    work = [(account, arns) for account, arns in wanted.principals]
    if processes > 1 and count > _FEW and len(work) > 1:
        found = _in_processes(wanted, work, processes)
    else:
        ask = _asking(estate, wanted)
        found = [ask(arns) for _, arns in work]
    outside = wanted.asked("outsiders")
    strangers = Outsiders(estate, outside).rows(wanted.accounts) if outside else iter(())
    return Told(
        wanted.risks,
        wanted.left_out,
        tuple(row for rows in found for row in rows) if wanted.asked("principals") else (),
        tuple(strangers),
        places_of(estate),
        wanted.notes,
    )


_Ask = Callable[[tuple[str, ...]], list[Row]]


def _asking(estate: Estate, wanted: Wanted) -> _Ask:
    besides = Besides(wanted.session, wanted.endpoint)
    work = Matrix(estate, wanted.asked("principals"), besides)
    return lambda arns: list(work.rows(arns))


def _in_processes(wanted: Wanted, work: Sequence[tuple[str, tuple[str, ...]]], processes: int) -> list[list[Row]]:
    """The rows of each account, in their order, however many processes work on them."""
    pool = ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=_start, initargs=(wanted,)
    )
    with pool:
        return list(pool.map(_rows_of, [arns for _, arns in work]))


_ASKING: list[_Ask] = []  # one for the lifetime of a process


def _start(wanted: Wanted) -> None:
    gc.disable()
    _ASKING.append(_asking(Estate(read_snapshot(wanted.snapshot)), wanted))


def _rows_of(arns: tuple[str, ...]) -> list[Row]:
    (ask,) = _ASKING
    return ask(arns)
