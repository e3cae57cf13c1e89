"""What a matrix of all risk scenarios takes for a company of 200 accounts and 10,000 roles."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from estate import made
from measure import Spread, in_turns, run
from report import table

SECONDS_WANTED = 60
HEADING = (
    "matrix",
    "clock s, best",
    "median",
    "CPU s, best",
    "median",
    "main MB",
    "largest child MB",
    "told",
    "wanted",
)


def matrix(program: str, data: Path, times: int) -> str:
    """The table, and what could not be measured."""
    folder = made(data)
    snapshot = folder / "matrix.snapshot"
    if not snapshot.exists():
        workspace = folder / "matrix"
        run([program, "--workspace", str(workspace), "snapshot", "--from", str(folder / "estate")])
        snapshot.symlink_to(next((workspace / "snapshots").glob("*.snapshot")).absolute())
    command = [program, "matrix", "--json", "--snapshot", str(snapshot.resolve())]
    cases = {
        f"of every principal, {count} process{'es' if count > 1 else ''}": partial(
            run, [*command, "--processes", str(count)]
        )
        for count in (2, 1)
    }
    measured, failed = in_turns(cases, times)
    lines = [_line(name, spread) for name, spread in measured.items()]
    missing = [f"not measured: {name}: {reason}" for name, reason in failed.items()]
    answers = {spread.samples[-1].output for spread in measured.values()}
    alike = "Both say the same." if len(answers) == 1 else "THE ANSWERS DIFFER with the number of processes."
    return "\n\n".join([table(lines, HEADING), alike, *missing])


def _line(name: str, spread: Spread) -> list[str]:
    best, _ = spread.ends(lambda one: one.wall)
    least, _ = spread.ends(lambda one: one.cpu)
    told = json.loads(spread.samples[-1].output)
    kept = "kept" if best < SECONDS_WANTED else "MISSED"
    return [
        name,
        f"{best:.1f}",
        f"{spread.middle(lambda one: one.wall):.1f}",
        f"{least:.1f}",
        f"{spread.middle(lambda one: one.cpu):.1f}",
        f"{spread.middle(lambda one: one.main_peak) / 1e6:.0f}",
        f"{spread.middle(lambda one: one.child_peak) / 1e6:.0f}",
        f"{len(told['principals']):,} principals, {len(told['scenarios'])} scenarios",
        f"under {SECONDS_WANTED} s: {kept}" if "2 processes" in name else "",
    ]
