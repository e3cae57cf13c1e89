"""How long comparisons take, and how often longer solvers take for the same question as one formula."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from measure import Spread, in_turns, run
from prove.cases import written_pairs
from prove.solvers import SOLVERS, is_installed
from report import table

HERE = str(Path(__file__).parents[1])
WAYS = {"catalogue": "known actions", "whole": "any action name", "bare": "any action name, no axioms"}
WORKLOADS = {"small": "small published policies", "managed": "AWS managed policies"}
P95_BUDGET_MS = {"small": 50, "managed": 500}
SAID = {"FAIL": "sat", "PASS": "unsat", "PASS_FOR_KNOWN_ACTIONS": "sat"}
"""What a solver would say; it knows no catalogue, so that names not known today are names."""

Answers = Mapping[str, Mapping[str, Sequence[Sequence[object]]]]


def proofs(data: Path, times: int, history: Path | None, limit_ms: int, count: int) -> str:
    """The tables of times and of ratios, and what could not be measured."""
    pairs = written_pairs(data, history)
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, (HERE, os.environ.get("PYTHONPATH"))))}
    ours = [sys.executable, "-m", "prove.ours", str(pairs)]
    measured, failed = in_turns({way: partial(run, [*ours, way], environment=environment) for way in WAYS}, times)
    if failed:
        return "\n".join(f"not measured: leastwise, {WAYS[way]}: {reason}" for way, reason in failed.items())
    found = {way: _middle(spread) for way, spread in measured.items()}
    missing = {solver: "its package is not installed" for solver in SOLVERS if not is_installed(solver)}
    programs = {
        solver: partial(
            run,
            [sys.executable, "-m", "prove.solvers", str(pairs), solver, str(limit_ms), str(count)],
            environment=environment,
        )
        for solver in SOLVERS
        if solver not in missing
    }
    asked, refused = in_turns(programs, 1)
    answers = {solver: json.loads(spread.samples[-1].output) for solver, spread in asked.items()}
    workloads = json.loads(pairs.read_bytes())
    parts = [
        _table_of_times(found),
        f"CPU time of one process, median of {times}; policies parsed before, patterns met for the first time.",
        _table_of_families(found, answers, workloads["adversarial"]),
        _table_of_ratios(found, answers, limit_ms) if answers else "",
        *_disagreements(found, answers, workloads),
        *(f"not measured: {name}: {reason}" for name, reason in (missing | refused).items()),
    ]
    return "\n\n".join(filter(None, parts))


Found = Mapping[str, Mapping[str, list[tuple[str, float]]]]
"""Way, workload, and for each pair the verdict and the seconds."""


def _middle(spread: Spread) -> dict[str, list[tuple[str, float]]]:
    """The median of each pair over the processes, by workload."""
    runs = [json.loads(sample.output) for sample in spread.samples]
    return {
        workload: [
            (rows[0][0], median(row[1] for row in rows)) for rows in zip(*(one[workload] for one in runs), strict=True)
        ]
        for workload in runs[0]
    }


def _table_of_times(found: Found) -> str:
    lines = [
        [f"{told}, {asked}", f"{len(rows):,}", *_marks(rows), _verdicts(rows), _budget(workload, way)]
        for workload, told in WORKLOADS.items()
        for way, asked in WAYS.items()
        for rows in (found[way][workload],)
    ]
    return table(lines, ("no new access", "pairs", "p50 ms", "p95 ms", "max ms", "verdicts", "wanted, p95"))


def _budget(workload: str, way: str) -> str:
    return f"{P95_BUDGET_MS[workload]} ms" if way == "whole" else ""


def _marks(rows: Sequence[tuple[str, float]]) -> list[str]:
    taken = sorted(seconds * 1e3 for _, seconds in rows)
    return [f"{taken[at]:,.1f}" for at in (len(taken) // 2, int(len(taken) * 0.95), len(taken) - 1)]


def _verdicts(rows: Sequence[tuple[str, float]]) -> str:
    counts = Counter(verdict for verdict, _ in rows)
    return ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(counts.items()))


def _table_of_families(found: Found, answers: Mapping[str, Answers], pairs: Sequence[Mapping[str, object]]) -> str:
    """The hard families: verdict, whether it is the right one, time; and what solvers say in what time."""
    heading = ["hard families", "verdict", "ms", *(f"{solver}, ms" for solver in answers)]
    lines = []
    for number, pair in enumerate(pairs):
        verdict, seconds = found["whole"]["adversarial"][number]
        expected = "FAIL" if pair["has_new_access"] else "PASS"
        told = verdict if verdict.startswith(expected) or verdict == "UNKNOWN" else f"{verdict}, WRONG"
        lines.append([str(pair["name"]), told, f"{seconds * 1e3:,.0f}", *_solved(answers, number)])
    return table(lines, heading)


def _solved(answers: Mapping[str, Answers], number: int) -> Iterator[str]:
    for found in answers.values():
        said = {row[0]: (str(row[1]), float(str(row[2]))) for row in found["adversarial"]}
        answer, seconds = said.get(number, ("not asked", 0.0))
        yield f"{seconds * 1e3:,.0f}" if answer in ("sat", "unsat") else answer


def _table_of_ratios(found: Found, answers: Mapping[str, Answers], limit_ms: int) -> str:
    """The same question by solvers; ratios over the pairs that both decide."""
    lines = []
    for workload, told in WORKLOADS.items():
        for solver, given in answers.items():
            asked = [row for row in given[workload] if row[1] != "unsupported"]
            decided = [row for row in asked if row[1] in ("sat", "unsat")]
            ours = [found["bare"][workload][int(str(row[0]))][1] for row in decided]
            theirs = [float(str(row[2])) for row in decided]
            if not theirs:
                continue
            marks = _marks([("", seconds) for seconds in theirs])
            ratios = [_ratio(ours, [float(str(row[column])) for row in decided]) for column in (2, 3)]
            lines.append([f"{solver}, {told}", f"{len(asked)}", f"{len(asked) - len(decided)}", *marks, *ratios])
    heading = (
        "one formula",
        "asked",
        f"undecided at {limit_ms / 1000:g} s",
        "p50 ms",
        "p95 ms",
        "max ms",
        "leastwise is, against the solver alone",
        "against making the formula and solving it",
    )
    return table(lines, heading)


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    ratios = sorted(their / max(our, 1e-5) for our, their in zip(ours, theirs, strict=True))
    return f"{median(ratios):.3g} times as fast, {ratios[0]:.2g} to {ratios[-1]:.3g}"


def _disagreements(found: Found, answers: Mapping[str, Answers], workloads: Answers) -> Iterator[str]:
    """Pairs that a solver decides otherwise; UNKNOWN disagrees with nothing."""
    for solver, given in answers.items():
        compared, differ = 0, []
        for workload, rows in given.items():
            for number, answer, *_ in rows:
                expected = SAID.get(found["bare"][workload][int(str(number))][0])
                if expected is None or answer not in ("sat", "unsat"):
                    continue
                compared += 1
                if answer != expected:
                    differ.append(str(workloads[workload][int(str(number))]["name"]))  # type: ignore[call-overload,index]
        told = f"Of {compared} pairs that both decide {solver} decides {len(differ)} otherwise."
        yield " ".join([told, *differ[:5]])
