"""Run a command and say what the whole tree of its processes took."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_SUBREAPER = 36
_POLL_SECONDS = 0.02


class CommandError(Exception):
    """A measured command ended with an error; the message is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: seconds of the clock and of all processors, largest resident sizes in bytes, the output."""

    wall: float
    cpu: float
    main_peak: int
    child_peak: int
    output: str


@dataclass(frozen=True, slots=True)
class Spread:
    """Several runs of the same thing."""

    samples: tuple[Sample, ...]

    def middle(self, what: Callable[[Sample], float]) -> float:
        """The median over the runs."""
        return median(map(what, self.samples))

    def ends(self, what: Callable[[Sample], float]) -> tuple[float, float]:
        """The least and the most over the runs."""
        values = [what(sample) for sample in self.samples]
        return min(values), max(values)


def run(command: Sequence[str], *, stdin: Path | None = None, environment: Mapping[str, str] | None = None) -> Sample:
    """`command` has ended well; what it and every process that it left behind took.

    Processor time is that of all reaped descendants: this process adopts orphans for it, so a worker
    that its own parent never waited for is counted too.
    """
    _adopt_orphans()
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with stdin.open("rb") if stdin else Path(os.devnull).open("rb") as source:
        process = subprocess.Popen(
            command,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        peaks = _Peaks(process.pid)
        output, talk = process.communicate()
    wall = time.perf_counter() - started
    main_peak, child_peak = peaks.stop()
    _reap_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise CommandError(" ".join((talk or output).split())[-300:] or f"exit {process.returncode}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Sample(wall, cpu, main_peak, child_peak, output)


def in_turns(cases: Mapping[str, Callable[[], Sample]], times: int) -> tuple[dict[str, Spread], dict[str, str]]:
    """Each case run `times` times, in turns so that a slow minute falls on all; and what failed, why."""
    taken: dict[str, list[Sample]] = {name: [] for name in cases}
    failed: dict[str, str] = {}
    for turn in range(times):
        for name, case in cases.items():
            if name in failed:
                continue
            print(f"  run {turn + 1} of {times}: {name}", file=sys.stderr, flush=True)
            try:
                taken[name].append(case())
            except (CommandError, OSError) as error:
                failed[name] = str(error)
    return {name: Spread(tuple(runs)) for name, runs in taken.items() if name not in failed}, failed


class _Peaks:
    """Watches the resident sizes of a process and its descendants until stopped."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._main = self._child = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[int, int]:
        """The peak of the process and of its largest descendant, in bytes."""
        self._ended.set()
        self._thread.join()
        return self._main, self._child

    def _watch(self) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            self._main = max(self._main, _peak_of(self._pid))
            self._child = max([self._child, *map(_peak_of, _descendants(self._pid))])


def _peak_of(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0].split()[1]) * 1024 if found else 0


def _descendants(pid: int) -> Iterator[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(n) for task in tasks for n in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from _descendants(child)


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def _reap_orphans() -> None:
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
