"""What trying, placing and showing guard rails takes in a large organisation, beside the limits that are wanted."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from pathlib import Path

from measure import Sample, Spread, in_turns, run
from replay import ROWS_WANTED, Made, Report, Volume, made_company
from replay_company import Files
from replay_plants import Rows
from report import table

LARGE = Volume(200, 7_200, 90, 3.4)
SMALL = Volume(12, 160, 30, 1.0)
REPLAY, PLACE, TREE = "scp replay at the root", "scp place", "scp tree"
SECONDS_WANTED = {REPLAY: 30, PLACE: 60, TREE: 30}
HEADING = ("command", "clock s, best", "median", "CPU s, best", "median", "MB", "answer", "wanted")
_FINDINGS = ("sh", "-c", '"$@"; test $? -le 2', "sh")  # 1 says that something would break, 2 that something is open
_DENIED = 3


def guards(program: str, data: Path, times: int, *, volume: Volume) -> Report:
    """The table of the times, and where what breaks is not what the rows say."""
    made = made_company(program, data, volume)
    rows, files = Rows(made.workspace), Files(made.folder / "company" / "organization")
    actions = sorted(_most_used(rows))
    path = made.folder / "guard.json"
    statement = {"Sid": "Guard", "Effect": "Deny", "Action": actions, "Resource": "*"}
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), encoding="utf-8")
    cases = {
        REPLAY: ["scp", "replay", str(path), "--at", "Root"],
        PLACE: ["scp", "place", str(path)],
        TREE: ["scp", "tree"],
    }
    measured, failed = in_turns({name: partial(_asked, program, made, words) for name, words in cases.items()}, times)
    count = rows.count()
    size = f"{count:,} rows, of {ROWS_WANTED:,} wanted: {'kept' if count >= ROWS_WANTED else 'MISSED'}."
    parts = [
        f"{volume.accounts} accounts, {volume.roles:,} roles, {volume.days} days. {size} {times} runs each.",
        table([_line(name, spread) for name, spread in measured.items()], HEADING),
        *(f"not measured: {name}: {reason}" for name, reason in failed.items()),
    ]
    wrong = _differences(measured[REPLAY], rows, actions, files) if REPLAY in measured else []
    return Report("\n\n".join(parts), tuple(wrong))


def _most_used(rows: Rows) -> list[str]:
    found: Counter[str] = Counter()
    for (_, action, _), count in rows.actions().items():
        found[action] += count
    return [action for action, _ in found.most_common(_DENIED)]


def _asked(program: str, made: Made, words: list[str]) -> Sample:
    return run([*_FINDINGS, program, *words, "--json", "--workspace", str(made.workspace)])


def _differences(spread: Spread, rows: Rows, actions: list[str], files: Files) -> list[str]:
    """Where the calls that break in an account are not those that the rows hold of the denied actions."""
    told = json.loads(spread.samples[-1].output)
    found = {one["account"]: one["calls"]["breaks"] for one in told["accounts"] if one["calls"]["breaks"]}
    expected: Counter[str] = Counter()
    for row in rows.of(actions):
        if row.account != files.management and ":role/aws-service-role/" not in row.principal:
            expected[row.account] += row.calls
    return [
        f"account {one}: {expected[one]:,} calls expected to break, {found.get(one, 0):,} found"
        for one in sorted({*expected, *found})
        if expected[one] != found.get(one, 0)
    ]


def _line(name: str, spread: Spread) -> list[str]:
    wall, cpu = (sorted(what(one) for one in spread.samples) for what in (lambda s: s.wall, lambda s: s.cpu))
    median_wall, median_cpu = spread.middle(lambda one: one.wall), spread.middle(lambda one: one.cpu)
    limit = SECONDS_WANTED[name]
    return [
        name,
        *(f"{seconds:.2f}" for seconds in (wall[0], median_wall, cpu[0], median_cpu)),
        f"{spread.middle(lambda one: one.child_peak) / 1e6:,.0f}",
        _answer(json.loads(spread.samples[-1].output)),
        f"under {limit} s: {'kept' if median_wall < limit else 'MISSED'}",
    ]


def _answer(told: dict[str, list[dict[str, object]]]) -> str:
    if "groups" in told:
        return f"{len(told['groups']):,} groups in {len(told['accounts'])} accounts"
    if "best" in told:
        return f"{len(told['best'])} highest of {len(told['nodes'])} nodes"
    return f"{len(told['nodes'])} nodes, {len(told['escapes'])} escapes"
