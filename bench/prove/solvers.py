"""Pairs put to a solver as one formula over strings: `python -m prove.solvers PAIRS SOLVER LIMIT_MS COUNT`."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

from leastwise import parse_policy
from leastwise.prove.smt import SolverName, Unsupported, check
from leastwise.prove.smt_question import question_script

SOLVERS: tuple[SolverName, ...] = ("z3", "cvc5")


def is_installed(solver: SolverName) -> bool:
    """Whether the solver's package can be imported here."""
    return find_spec(solver) is not None


def asked(pair: dict[str, Any], solver: SolverName, limit_ms: int) -> tuple[str, float, float]:
    """What the solver says, the seconds that it took, and those from the policies to its answer.

    It says `sat`, `unsat`, `unknown`, or `unsupported` where there is no formula.
    """
    old, new = parse_policy(pair["old"]), parse_policy(pair["new"])
    begun = perf_counter()
    try:
        script = question_script(old, new, arn="segments", actions=None)
    except Unsupported:
        return "unsupported", 0.0, 0.0
    before = perf_counter()
    answer = check(script, solver, limit_ms=limit_ms)
    ended = perf_counter()
    return str(answer), ended - before, ended - begun


def chosen(pairs: list[dict[str, Any]], count: int) -> list[int]:
    """The numbers of the pairs that are put to solvers: at most so many, at even distances."""
    size = len(pairs)
    return list(range(size)) if size <= count else [number * size // count for number in range(count)]


if __name__ == "__main__":
    file, name, limit, most = sys.argv[1:]
    wanted = next(one for one in SOLVERS if one == name)
    workloads = json.loads(Path(file).read_bytes())
    answers = {
        workload: [(number, *asked(pairs[number], wanted, int(limit))) for number in chosen(pairs, int(most))]
        for workload, pairs in workloads.items()
    }
    print(json.dumps(answers))
