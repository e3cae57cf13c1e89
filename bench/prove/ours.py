"""Pairs compared by leastwise: `python -m prove.ours PAIRS WAY`, in a process of its own."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import process_time
from typing import Any

from leastwise import Policy, parse_policy
from leastwise.prove.compare import Comparison, Options, Side
from leastwise.prove.queries import no_new_access


def catalogue(old: Policy, new: Policy) -> str:
    """For the actions that the catalogue knows alone."""
    known = Comparison(Side.of(old), Side.of(new), Options())
    known.known()
    return "FAIL" if known.gaps else "UNKNOWN" if known.doubts else "PASS"


def whole(old: Policy, new: Policy) -> str:
    """For every name of an action."""
    return str(no_new_access(old, new).verdict)


def bare(old: Policy, new: Policy) -> str:
    """For every name, and nothing taken for granted about requests: the question that solvers are asked."""
    return str(no_new_access(old, new, axioms=frozenset()).verdict)


WAYS: Mapping[str, Callable[[Policy, Policy], str]] = {"catalogue": catalogue, "whole": whole, "bare": bare}


def timed(workloads: Mapping[str, list[dict[str, Any]]], way: str) -> dict[str, list[tuple[str, float]]]:
    """The verdict and CPU seconds for each pair, by workload; policies are parsed before."""
    found = {}
    for name, pairs in workloads.items():
        parsed = [(parse_policy(pair["old"]), parse_policy(pair["new"])) for pair in pairs]
        found[name] = [_once(WAYS[way], *pair) for pair in parsed]
    return found


def _once(ask: Callable[[Policy, Policy], str], old: Policy, new: Policy) -> tuple[str, float]:
    before = process_time()
    verdict = ask(old, new)
    return verdict, process_time() - before


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_bytes())
    first = given["small"][0]
    whole(parse_policy(first["old"]), parse_policy(first["new"]))  # the catalogue is loaded by now
    gc.collect()
    gc.freeze()
    print(json.dumps(timed(given, sys.argv[2])))
