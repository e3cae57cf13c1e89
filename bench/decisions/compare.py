"""Decisions per CPU-second of leastwise and its peers on the same cases, and what many statements cost."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from decisions.cases import written_cases
from decisions.peers import iam_simulate, reach
from measure import CommandError, Sample, Spread, in_turns, run
from report import table

CHECKED = 1_200
SINGLE, BATCH, HANDED = "single", "batch", "handed"
PYTHON_PATH = {"PYTHONPATH": str(Path(__file__).parents[1])}


@dataclass(frozen=True, slots=True)
class Way:
    """One way of asking: its name in the table, where its figures are, when its policies are read, what is wanted."""

    name: str
    run: str
    key: str
    policies: str
    budget: float = 0
    """Decisions per CPU-second of leastwise; of a peer, how many times as fast leastwise is to be."""
    against: str = SINGLE
    """The way of leastwise that it is compared with: the one that is given its policies alike."""


WAYS = (
    Way("leastwise `evaluate`, request made inside", "leastwise", SINGLE, "parsed and compiled before", 150_000),
    Way("leastwise `evaluate_many`, requests made before", "leastwise", BATCH, "parsed and compiled before", 300_000),
    Way("leastwise `evaluate`, document handed over", "leastwise", HANDED, "document handed to each call"),
    Way("leastwise `evaluate`, document never seen before", "leastwise", "unseen", "parsed and compiled inside"),
    Way("reach-security 0.2.1 `reference.evaluate`", "reach", "evaluate", "parsed before", 10),
    Way("iam-simulate 0.1.173 `runUnsafeSimulation`", "unsafe", "unsafe", "document handed to each call", 0, HANDED),
    Way("iam-simulate 0.1.173 `runSimulation`", "validated", "validated", "document handed to each call", 30, HANDED),
)
LARGE_BUDGET = 5
FIRST, LATER = "first, ", "later, "
PEERS: Mapping[str, tuple[Callable[[Path], list[str]], int]] = {
    "reach": (reach, 5_000),
    "unsafe": (partial(iam_simulate, call="unsafe"), 4_000),
    "validated": (partial(iam_simulate, call="validated"), 800),
}


def decisions(data: Path, times: int) -> str:
    """Three tables, the answers that differ, and what could not be measured."""
    programs, missing = _programs(data, written_cases(data))
    measured, failed = in_turns(programs, times)
    found = {name: _passes(spread) for name, spread in measured.items()}
    parts = [
        _table_of_ways(found),
        f"Best (median) of {times} processes of three passes, CPU time, each pass over requests not seen before.",
        *_disagreements(measured),
        _table_of_large(found["leastwise"]) if "leastwise" in found else "",
        *(make(found["prepare"]) for make in (_table_of_preparing, _table_of_stars) if "prepare" in found),
        *(f"not measured: {name}: {reason}" for name, reason in (missing | failed).items()),
    ]
    return "\n\n".join(filter(None, parts))


def _programs(data: Path, cases: Path) -> tuple[dict[str, Callable[[], Sample]], dict[str, str]]:
    ours = [sys.executable, "-m", "decisions.ours"]
    plan = {"checked": CHECKED, "passes": 3, "requests": 10_000, "parsed": 500, "large": 2_000}
    programs = {
        "leastwise": partial(run, [*ours, "decide", str(cases), json.dumps(plan)], environment=PYTHON_PATH),
        "prepare": partial(run, [*ours, "prepare", str(cases), "{}"], environment=PYTHON_PATH),
    }
    missing: dict[str, str] = {}
    for name, (program, requests) in PEERS.items():
        plan = {"checked": CHECKED, "passes": 3, "requests": requests}
        try:
            programs[name] = partial(run, [*program(data), str(cases), json.dumps(plan)])
        except (CommandError, OSError) as error:
            missing[name] = str(error)
    return programs, missing


Passes = Mapping[str, list[dict[str, float]]]


def _passes(spread: Spread) -> Passes:
    """What each way of asking took, over all processes."""
    gathered: dict[str, list[dict[str, float]]] = {}
    for sample in spread.samples:
        for name, passes in json.loads(sample.output)["passes"].items():
            gathered.setdefault(name, []).extend(passes)
    return gathered


def _rates(passes: Sequence[Mapping[str, float]]) -> list[float]:
    return [one["count"] / one["cpu"] for one in passes]


def _best(passes: Sequence[Mapping[str, float]]) -> float:
    return max(_rates(passes))


def _cells(passes: Sequence[Mapping[str, float]]) -> tuple[str, str]:
    rates = _rates(passes)
    return f"{max(rates):,.0f} ({median(rates):,.0f})", f"{1e6 / max(rates):,.1f}"


def _table_of_ways(found: Mapping[str, Passes]) -> str:
    ours = found.get("leastwise", {})
    lines = [_way_line(way, found[way.run][way.key], ours) for way in WAYS if way.run in found]
    return table(lines, ("what", "policies", "decisions/CPU-s", "us each", "leastwise, given alike, is", "wanted"))


def _way_line(way: Way, passes: Sequence[Mapping[str, float]], ours: Passes) -> list[str]:
    is_peer = way.run in PEERS and bool(ours)
    told = f"{_best(ours[way.against]) / _best(passes):.3g} times as fast" if is_peer else ""
    wanted = f"{way.budget:,.0f}{' times' if way.run in PEERS else '/CPU-s'}" if way.budget else ""
    return [way.name, way.policies, *_cells(passes), told, wanted]


def _table_of_large(passes: Passes) -> str:
    lines = [["4 statements", *_large_cells(passes, "", passes)]]
    names = [key.removeprefix(f"{SINGLE}, ") for key in passes if key.startswith(f"{SINGLE}, ")]
    lines += [[f"400 statements, {name}", *_large_cells(passes, f", {name}", passes)] for name in names]
    heading = ("leastwise, policies", "single/CPU-s", "batch/CPU-s", "single takes", "batch takes")
    wanted = f"Wanted: at most {LARGE_BUDGET} times as long, unless each resource begins with a wildcard."
    return f"{table(lines, heading)}\n\n{wanted}"


def _large_cells(passes: Passes, which: str, base: Passes) -> Iterator[str]:
    ways = (SINGLE, BATCH)
    yield from (_cells(passes[way + which])[0] for way in ways)
    yield from (f"{_best(base[way]) / _best(passes[way + which]):.2f} times as long" if which else "" for way in ways)


def _table_of_preparing(passes: Passes) -> str:
    """What is paid once: reading texts and compiling, beside the JSON reader of Python's library."""
    lines = [[name, *_paid(taken)] for name, taken in passes.items() if not name.startswith((FIRST, LATER))]
    return table(lines, ("leastwise, once", "ms (median)", "us each", "MB/CPU-s", "of"))


def _paid(taken: Sequence[Mapping[str, Any]]) -> list[str]:
    least, middle = min(one["cpu"] for one in taken), median(one["cpu"] for one in taken)
    count, size = taken[0]["count"], taken[0].get("bytes", 0)
    speed = f"{size / 1e6 / least:,.1f}" if size else ""
    return [
        f"{least * 1e3:,.1f} ({middle * 1e3:,.1f})",
        f"{least * 1e6 / count:,.1f}",
        speed,
        f"{count:,} {taken[0]['of']}",
    ]


def _table_of_stars(passes: Passes) -> str:
    """Decisions on patterns that are meant to be slow."""
    names = [name.removeprefix(FIRST) for name in passes if name.startswith(FIRST)]
    lines = [[name, *(f"{1e3 / _best(passes[which + name]):,.2f}" for which in (FIRST, LATER))] for name in names]
    return table(lines, ("leastwise, against 20,000 characters", "first decision, ms", "later, ms"))


_SAID = {"ALLOW": "Allowed", "EXPLICIT_DENY": "ExplicitlyDenied", "IMPLICIT_DENY": "ImplicitlyDenied"}


def _disagreements(measured: Mapping[str, Spread]) -> Iterator[str]:
    """For each peer, how many of the first requests it answers otherwise, and how."""
    if "leastwise" not in measured:
        return
    ours = [_SAID.get(said, said) for said in _outcomes(measured["leastwise"])]
    for name in filter(measured.__contains__, PEERS):
        pairs = zip(ours, _outcomes(measured[name]), strict=True)
        differ = Counter(pair for pair in pairs if not _agree(*pair))
        told = "; ".join(f"{count}: {mine} here, {theirs} there" for (mine, theirs), count in differ.most_common(10))
        yield f"Of the first {CHECKED:,} requests {name} answers {differ.total()} otherwise. {told}".rstrip()


def _agree(ours: str, theirs: str) -> bool:
    """Reach tells allowed from not, and no more."""
    return ours == theirs or (theirs == "Denied" and ours.endswith("Denied"))


def _outcomes(spread: Spread) -> list[str]:
    return json.loads(spread.samples[-1].output)["outcomes"]
