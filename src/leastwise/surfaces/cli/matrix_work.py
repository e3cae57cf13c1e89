"""The work of a matrix: what is asked of whom, by one process or several, and all that is told."""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leastwise.estate.assemble import Estate
from leastwise.estate.snapshot import read_snapshot
from leastwise.model.errors import LeastwiseError
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
    principals = dict(wanted.principals)
    accounts = sorted({*principals, *wanted.accounts})
    work = [_Share(account, principals.get(account, ()), account in wanted.accounts) for account in accounts]
    count = sum(len(arns) for arns in principals.values())
    if processes > 1 and count > _FEW and len(work) > 1:
        found = _in_processes(wanted, work, processes)
    else:
        found = list(map(_asking(estate, wanted), work))
    return Told(
        wanted.risks,
        wanted.left_out,
        tuple(row for rows, _ in found for row in rows),
        tuple(row for _, rows in found for row in rows),
        places_of(estate),
        wanted.notes,
    )


@dataclass(frozen=True, slots=True)
class _Share:
    """An account: which of its principals are asked about, and whether it is as seen from outside."""

    account: str
    principals: tuple[str, ...]
    is_from_outside: bool


_Rows = tuple[list[Row], list[Row]]
_Ask = Callable[[_Share], _Rows]


def _asking(estate: Estate, wanted: Wanted) -> _Ask:
    inside, outside = wanted.asked("principals"), wanted.asked("outsiders")
    work = Matrix(estate, inside, Besides(wanted.session, wanted.endpoint))
    strangers = Outsiders(estate, outside)

    def ask(share: _Share) -> _Rows:
        rows = list(work.rows(share.principals)) if inside else []
        return rows, list(strangers.rows([share.account])) if outside and share.is_from_outside else []

    return ask


def _in_processes(wanted: Wanted, work: Sequence[_Share], processes: int) -> list[_Rows]:
    """The rows of each account, in their order, however many processes work on them."""
    pool = ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=_start, initargs=(wanted,)
    )
    try:
        with pool:
            return list(pool.map(_rows_of, work))
    except BrokenProcessPool:
        hint = "with little memory, give `--processes 1`"
        raise LeastwiseError("a process was ended from outside", help=hint) from None


_ASKING: list[_Ask] = []  # one for the lifetime of a process


def _start(wanted: Wanted) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()
    atexit.register(os._exit, 0)  # what it holds need not be given back piece by piece
    _ASKING.append(_asking(Estate(read_snapshot(wanted.snapshot)), wanted))


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _rows_of(share: _Share) -> _Rows:
    (ask,) = _ASKING
    return ask(share)
