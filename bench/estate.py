"""What a company of 200 accounts costs to read, keep, ask and compare, and the audit of one account beside a peer's."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from decisions.peers import REACH, reach
from leastwise import sample
from measure import CommandError, Spread, in_turns, run
from report import table

HERE = Path(__file__).parent
STEPS = [sys.executable, str(HERE / "estate_steps.py")]
AUDIT = [sys.executable, str(HERE / "estate_audit.py")]
OURS, PEER = "leastwise, nine questions of each principal", f"{REACH.replace('==', ' ')} audit"
RATIO_WANTED = 20
STEP_HEADING = ("step", "step, clock s", "process, CPU s", "main MB", "largest child MB", "found", "wanted")
PEER_HEADING = ("audit of one account", "CPU s", "clock s", "main MB", "largest child MB", "leastwise is")


@dataclass(frozen=True, slots=True)
class Limit:
    """What a step may take at most; nothing where it is 0."""

    seconds: float = 0
    megabytes: float = 0
    written: float = 0
    """Megabytes that it writes."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step by its name in the table: the words that run it, and its limit."""

    words: tuple[str, ...]
    limit: Limit = Limit()


def estate(data: Path, times: int) -> str:
    """The tables, where the two audits differ, and what could not be measured."""
    folder = made(data)
    steps, about = _steps(folder)
    cases = {name: partial(run, [*STEPS, *step.words]) for name, step in steps.items()}
    measured, failed = in_turns(cases, times)
    lines = [_step_line(name, steps[name].limit, spread) for name, spread in measured.items()]
    audits, not_audited = _audits(data, folder / "account.json", times)
    missing = [f"not measured: {name}: {reason}" for name, reason in (failed | not_audited).items()]
    parts = [about, table(lines, STEP_HEADING), table(_audit_lines(audits), PEER_HEADING), _differences(audits)]
    return "\n\n".join([*filter(None, parts), *missing])


def made(data: Path) -> Path:
    """The folder with the company and the account, made now unless an earlier run made them."""
    sources = [HERE / "estate_steps.py", *sorted(Path(sample.__file__).parent.glob("*.py"))]
    recipe = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:8]
    folder = data / f"estate-{recipe}"
    if not (folder / "made").exists():
        print("  making the company", file=sys.stderr, flush=True)
        run([*STEPS, "make", str(folder)])
        (folder / "made").touch()
    return folder


def _steps(folder: Path) -> tuple[dict[str, Step], str]:
    """The steps, of which the later ones use two snapshots that are written anew here, and what is in the first."""
    files, first, second = (str(folder / name) for name in ("estate", "first.snapshot", "second.snapshot"))
    size = json.loads(run([*STEPS, "snapshots", files, first, second]).output)
    count = sum(1 for path in Path(files).rglob("*") if path.is_file())
    about = f"{size['accounts']} accounts, {size['roles']:,} roles, {size['users']:,} users, {size['policies']:,} "
    steps = {
        f"read {count:,} files": Step(("read", files)),
        "write the snapshot in parts": Step(("write", first, str(folder / "parts"))),
        "write it as one file": Step(("pack", first, str(folder / "packed.snapshot")), Limit(written=60)),
        "load it": Step(("load", first), Limit(seconds=3, megabytes=1_000)),
        "who-can on an object of a bucket": Step(("object", first), Limit(seconds=2)),
        "who-can assume a role": Step(("role", first), Limit(seconds=2)),
        "what-can of every principal, two processes": Step(("what-can", first), Limit(seconds=60)),
        "write the next day's beside it": Step(("next-day", first, second, str(folder / "days"))),
        "compare the two days": Step(("compare", first, second), Limit(seconds=5)),
    }
    return steps, f"{about}customer managed policies; 1 % of the roles change from the first day to the next."


def _step_line(name: str, limit: Limit, spread: Spread) -> list[str]:
    told = json.loads(spread.samples[-1].output)
    seconds = spread.middle(lambda one: json.loads(one.output)["seconds"])
    main, child = spread.middle(lambda one: one.main_peak), spread.middle(lambda one: one.child_peak)
    found = ", ".join(_worded(what, count) for what, count in told.items() if what != "seconds")
    wanted = [
        _judged(f"{bound:g} {unit}", is_kept=value < bound)
        for bound, value, unit in (
            (limit.seconds, seconds, "s"),
            (limit.megabytes, max(main, child) / 1e6, "MB"),
            (limit.written, told.get("bytes", 0) / 1e6, "MB written"),
        )
        if bound
    ]
    cpu = spread.middle(lambda one: one.cpu)
    return [name, f"{seconds:.2f}", f"{cpu:.2f}", f"{main / 1e6:.0f}", _size(child), found, ", ".join(wanted)]


def _worded(what: str, count: int) -> str:
    return f"{count / 1e6:.2f} MB written" if what == "bytes" else f"{count:,} {what.replace('_', ' ')}"


def _judged(bound: str, *, is_kept: bool) -> str:
    return f"under {bound}: {'kept' if is_kept else 'MISSED'}"


def _size(peak: float) -> str:
    return f"{peak / 1e6:.0f}" if peak else ""


def _audits(data: Path, account: Path, times: int) -> tuple[dict[str, Spread], dict[str, str]]:
    cases = {OURS: partial(run, [*AUDIT, str(account)])}
    missing = {}
    try:
        program = Path(reach(data)[0]).with_name("reach")
        cases[PEER] = partial(run, [str(program), "audit", "--authz", str(account), "--json"])
    except (CommandError, OSError) as error:
        missing[PEER] = str(error)
    measured, failed = in_turns(cases, times)
    return measured, missing | failed


def _audit_lines(audits: Mapping[str, Spread]) -> list[list[str]]:
    cpu = {name: spread.middle(lambda one: one.cpu) for name, spread in audits.items()}
    wall = {name: spread.middle(lambda one: one.wall) for name, spread in audits.items()}
    lines = []
    for name, spread in audits.items():
        main, child = spread.middle(lambda one: one.main_peak), spread.middle(lambda one: one.child_peak)
        told = ""
        if name == PEER and OURS in cpu:
            ratio = cpu[PEER] / cpu[OURS]
            verdict = _judged(f"1/{RATIO_WANTED} of its CPU", is_kept=ratio >= RATIO_WANTED)
            told = f"{ratio:.1f} times as fast by CPU, {wall[PEER] / wall[OURS]:.1f} by the clock; {verdict}"
        lines.append([name, f"{cpu[name]:.2f}", f"{wall[name]:.2f}", f"{main / 1e6:.0f}", _size(child), told])
    return lines


def _differences(audits: Mapping[str, Spread]) -> str:
    """In how many answers the two differ, by question."""
    if OURS not in audits or PEER not in audits:
        return ""
    ours = json.loads(audits[OURS].samples[-1].output)
    theirs = json.loads(audits[PEER].samples[-1].output)
    asked = [(row["principal"], one) for row in theirs["rows"] for one in row["answers"]]
    pairs = Counter(
        (one["action"], ours["answers"][one["action"]].get(principal, "denied"), one["verdict"])
        for principal, one in asked
    )
    lines = [
        f"- {action}: {count} that are {own} here and {other} there"
        for (action, own, other), count in sorted(pairs.items())
        if own != other
    ]
    differing = sum(count for (_, own, other), count in pairs.items() if own != other)
    return "\n".join([f"The two differ in {differing} of {len(asked):,} answers.", *lines])
