"""How long a scan takes beside other auditors of one account's dump, and of an organisation of 10,000 roles."""

from __future__ import annotations

import compileall
import json
import subprocess
import sys
import venv
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import leastwise
from decisions.peers import REACH, reach
from measure import CommandError, Sample, Spread, in_turns, run
from report import table

OURS, LARGE = "leastwise scan, one account", "leastwise scan, 200 accounts, 10,000 roles"
CLOUDSPLAINING, AUDIT = "cloudsplaining scan", f"{REACH.replace('==', ' ')} audit"
PACKAGE = "cloudsplaining==0.9.1"
RATIOS = {CLOUDSPLAINING: 5, AUDIT: 10}
SECONDS, MEGABYTES = 60, 1_000
HEADING = ("scan", "clock s, best", "median", "CPU s", "MB", "found", "leastwise is")
_FINDINGS = ("sh", "-c", '"$@"; test $? -le 1', "sh")  # 1 says that there are findings


def scanning(program: str, data: Path, times: int, *, is_quick: bool) -> str:
    """The table of times, and what could not be measured."""
    folder = data / "scan"
    one = _made(program, folder / "one", ["--accounts", "1", "--roles", "270", "--users", "30"])
    compileall.compile_dir(Path(leastwise.__file__).parent, quiet=2)  # as an installer does, and has done for the peers
    dump = next((one / "company").rglob("authorization-details.json"))
    cases = {OURS: partial(_scan, program, one)}
    missing: dict[str, str] = {}
    try:
        peer = _installed(data / "scan-peers")
        out = folder / "cloudsplaining"
        out.mkdir(parents=True, exist_ok=True)
        cases[CLOUDSPLAINING] = partial(
            run, [str(peer), "scan", "--input-file", str(dump), "--output", str(out), "--skip-open-report"]
        )
    except (OSError, subprocess.CalledProcessError, CommandError) as error:
        missing[CLOUDSPLAINING] = str(error)[:200]
    try:
        auditor = Path(reach(data)[0]).with_name("reach")
        cases[AUDIT] = partial(run, [str(auditor), "audit", "--authz", str(dump), "--json"])
    except (CommandError, OSError) as error:
        missing[AUDIT] = str(error)[:200]
    if not is_quick:
        large = _made(program, folder / "large", ["--accounts", "200", "--roles", "10000", "--policies", "1500"])
        cases[LARGE] = partial(_scan, program, large)
    measured, failed = in_turns(cases, times)
    lines = [_line(name, spread, measured) for name, spread in measured.items()]
    told = [f"not measured: {name}: {reason}" for name, reason in (missing | failed).items()]
    return "\n\n".join([table(lines, HEADING), *told])


def _made(program: str, folder: Path, size: list[str]) -> Path:
    """The folder with a company and its snapshot, made now unless an earlier run made them."""
    if not (folder / "made").exists():
        print(f"  making {folder.name}", file=sys.stderr, flush=True)
        company = str(folder / "company")
        run([program, "sample", company, *size, "--days", "0", "--date", "2026-06-01"])
        run([program, "--workspace", str(folder / "workspace"), "snapshot", "--from", company])
        (folder / "made").touch()
    return folder


def _scan(program: str, folder: Path) -> Sample:
    return run([*_FINDINGS, program, "--workspace", str(folder / "workspace"), "scan", "-f", "json"])


def _installed(folder: Path) -> Path:
    """The peer's program, in an environment of its own."""
    program = folder / "bin" / "cloudsplaining"
    if not program.exists():
        venv.create(folder, with_pip=True)
        words = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", PACKAGE]
        subprocess.run(words, check=True, capture_output=True)
    return program


def _line(name: str, spread: Spread, measured: Mapping[str, Spread]) -> list[str]:
    wall = sorted(one.wall for one in spread.samples)
    cpu, median = spread.middle(lambda one: one.cpu), spread.middle(lambda one: one.wall)
    peak = spread.middle(lambda one: max(one.main_peak, one.child_peak)) / 1e6
    return [
        name,
        f"{wall[0]:.2f}",
        f"{median:.2f}",
        f"{cpu:.2f}",
        f"{peak:.0f}",
        _found(name, spread),
        _judged(name, cpu, median, peak, measured),
    ]


def _found(name: str, spread: Spread) -> str:
    if name not in (OURS, LARGE):
        return ""
    return f"{len(json.loads(spread.samples[-1].output)['findings']):,} findings"


def _judged(name: str, cpu: float, median: float, peak: float, measured: Mapping[str, Spread]) -> str:
    if name == LARGE:
        is_kept = median < SECONDS and peak < MEGABYTES
        return f"under {SECONDS} s and {MEGABYTES:,} MB: {'kept' if is_kept else 'MISSED'}"
    if name not in RATIOS or OURS not in measured:
        return ""
    ratio = cpu / measured[OURS].middle(lambda one: one.cpu)
    verdict = "kept" if ratio >= RATIOS[name] else "MISSED"
    return f"{ratio:.1f} times as fast by CPU; {RATIOS[name]} wanted: {verdict}"
