"""Answers by reach-security, through its public call alone, run by its own Python: `reach_evaluate.py CASES PLAN`."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import process_time

from reach.engine import Principal
from reach.policy import parse_policy
from reach.reference import evaluate

_SAID = {True: "Allowed", False: "Denied", None: "unknown"}


def main(file: str, planned: str) -> None:
    """Print the answers to the first requests, and the CPU seconds of each pass over later ones."""
    cases, plan = json.loads(Path(file).read_bytes()), json.loads(planned)
    policy = parse_policy(cases["policy"], "policy")
    arns = {row["principal"] for row in cases["requests"]}
    principals = {arn: Principal(arn=arn, identity_policies=[policy]) for arn in arns}
    rows = [(principals[r["principal"]], r["action"], r["resource"], r["context"]) for r in cases["requests"]]
    outcomes = [_SAID[evaluate(*row)] for row in rows[: plan["checked"]]]
    gc.collect()
    gc.freeze()  # the cases are no engine's garbage to look through
    starts = range(plan["checked"], plan["checked"] + plan["passes"] * plan["requests"], plan["requests"])
    passes = [_timed(rows[start : start + plan["requests"]]) for start in starts]
    print(json.dumps({"outcomes": outcomes, "passes": {"evaluate": passes}}))


def _timed(rows: Sequence[tuple[Principal, str, str, Mapping[str, str]]]) -> dict[str, float]:
    before = process_time()
    for principal, action, resource, context in rows:
        evaluate(principal, action, resource, context)
    return {"count": len(rows), "cpu": process_time() - before}


if __name__ == "__main__":
    main(*sys.argv[1:])
