"""What it costs to check every permissions boundary of a company, one after another, and whether all gaps are found."""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import date
from functools import partial
from pathlib import Path
from time import perf_counter

from leastwise import sample
from measure import in_turns, run
from report import table

HERE = Path(__file__).parent
STEPS = [sys.executable, str(HERE / "boundary.py")]
ACCOUNTS, ROLES, SEED, TODAY = 20, 400, 1, date(2026, 6, 1)
LIMIT = 2.0
HEADING = ("what", "clock s", "process, CPU s", "main MB", "found", "wanted")


def boundaries(data: Path, times: int) -> str:
    """The table."""
    folder = _made(data)
    measured, failed = in_turns({"check": partial(run, [*STEPS, str(folder)])}, times)
    lines = []
    for spread in measured.values():
        told = json.loads(spread.samples[-1].output)
        slowest = spread.middle(lambda one: max(json.loads(one.output)["seconds"]))
        total = spread.middle(lambda one: sum(json.loads(one.output)["seconds"]))
        cpu, main = spread.middle(lambda one: one.cpu), spread.middle(lambda one: one.main_peak)
        is_kept = "kept" if slowest < LIMIT else "MISSED"
        found = f"{told['found']} of {told['planted']} planted, {told['others']} others"
        sizes = [f"{cpu:.2f}", f"{main / 1e6:.0f}"]
        lines.append(["slowest boundary", f"{slowest:.3f}", "", "", "", f"under {LIMIT:g} s: {is_kept}"])
        lines.append([f"all {len(told['seconds'])} boundaries", f"{total:.3f}", *sizes, found, ""])
    missing = [f"not measured: {name}: {reason}" for name, reason in failed.items()]
    about = f"{ACCOUNTS} accounts, {ROLES} roles, seed {SEED}."
    return "\n\n".join([about, table(lines, HEADING), *missing])


def _made(data: Path) -> Path:
    """The folder of the company, made now unless an earlier run made it."""
    sources = sorted(Path(sample.__file__).parent.glob("*.py"))
    recipe = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:8]
    folder = data / f"boundary-{recipe}"
    if not (folder / "truth.json").exists():
        sample.write_estate(sample.company(sample.Size(ACCOUNTS, ROLES), SEED, today=TODAY), folder)
    return folder


def _check(folder: Path) -> dict[str, object]:
    """Seconds for each boundary, and how the principals that can leave theirs compare with those that were planted."""
    from leastwise.estate.assemble import Estate
    from leastwise.estate.gather import gathered
    from leastwise.estate.offline import read_files
    from leastwise.synthesize.guardrails.bound import boundaries_of
    from leastwise.synthesize.guardrails.boundaries import Aim, Checker

    estate = Estate(gathered(read_files([folder]), taken=f"{TODAY}T00:00:00Z"))
    checker, seconds, found = Checker.of(estate, Aim()), [], set()
    for one in boundaries_of(estate):
        begin = perf_counter()
        found |= {escape.principal for escape in checker.checked(one).escapes}
        seconds.append(perf_counter() - begin)
    faults = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["faults"]
    planted = {fault["principals"][0] for fault in faults if fault["kind"] == "boundary-gap"}
    counts = {"planted": len(planted), "found": len(found & planted), "others": len(found - planted)}
    return {"seconds": seconds, **counts}


if __name__ == "__main__":
    print(json.dumps(_check(Path(sys.argv[1]))))
