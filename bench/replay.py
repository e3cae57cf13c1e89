"""What a replay of ten million rows takes, and whether it finds what was planted to break, and nothing else."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from leastwise import sample, usage
from measure import Sample, Spread, in_turns, run
from replay_company import Files, Pairs, write_denied
from replay_plants import Plant, Rows, eased, tightened
from report import table

ROWS_WANTED = 10_000_000
WHOLE, ONE_ROLE = "a changed SCP, the whole organisation", "the pruned policy of one role, the busiest"
SECONDS_WANTED = {WHOLE: 30, ONE_ROLE: 1}
HEADING = ("replay of", "clock s, best", "median", "CPU s, best", "median", "MB", "calls", "wanted")
PLANT_HEADING = ("planted", "pairs", "calls", "found alike", "missed", "not planted", "clock s")
_MAY_BREAK = ("sh", "-c", '"$@"; test $? -le 1', "sh")  # 1 says that something would break
_READERS = (
    "observed.py",
    "distinct.py",
    "first_uses.py",
    "told.py",
    "coverage.py",
    "sessions.py",
    "breadth.py",
    "last_uses.py",
)


@dataclass(frozen=True, slots=True)
class Volume:
    """How large the company is, and for how long it is looked at."""

    accounts: int
    roles: int
    days: int
    volume: float


BIG = Volume(40, 1_600, 400, 3.4)
QUICK = Volume(8, 160, 40, 1.0)


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to read, and where replay and plants differ."""

    text: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A made-up company with its store and snapshot in one workspace, and the calls planted as denied."""

    folder: Path
    denied: Pairs

    @property
    def workspace(self) -> Path:
        """The folder of the store and the snapshot."""
        return self.folder / "workspace"


@dataclass(frozen=True, slots=True)
class Tried:
    """What a replay found of a plant: pairs of principal and action with their calls, by verdict."""

    plant: Plant
    found: dict[str, Pairs]
    seconds: float

    @property
    def planted(self) -> dict[str, Pairs]:
        """What it should have found."""
        by_verdict = {"breaks": self.plant.breaks, "newly_allowed": self.plant.newly_allowed}
        return {verdict: pairs for verdict, pairs in by_verdict.items() if pairs}


def replays(program: str, data: Path, times: int, *, volume: Volume, seed: int, rounds: int) -> Report:
    """The tables of the times and of the plants, all in this run."""
    made = made_company(program, data, volume)
    rows, files = Rows(made.workspace), Files(made.folder / "company" / "organization")
    count, role = rows.count(), rows.busiest_role()
    drawn = [one for turn in range(rounds) for one in tightened(files, rows, Random(f"{seed}-{turn}"))]
    tried = [_tried(program, made, one) for one in (*drawn, eased(files, made.denied))]
    pruned = made.folder / "pruned.json"
    run([program, "propose", role, "--from-current", "-o", str(pruned), "--workspace", str(made.workspace)])
    cases = {WHOLE: _scps(made, drawn[0]), ONE_ROLE: ["--policy", str(pruned), "--principal", role]}
    measured, failed = in_turns({name: partial(_replay, program, made, words) for name, words in cases.items()}, times)
    size = f"{count:,} rows, of {ROWS_WANTED:,} wanted: {'kept' if count >= ROWS_WANTED else 'MISSED'}."
    parts = [
        f"{size} {times} runs each; plants of seed {seed}.",
        table([_line(name, spread) for name, spread in measured.items()], HEADING),
        table(list(map(_plant_line, tried)), PLANT_HEADING),
        *(f"not measured: {name}: {reason}" for name, reason in failed.items()),
    ]
    return Report("\n\n".join(parts), tuple(line for one in tried for line in _differences(one)))


def made_company(program: str, data: Path, volume: Volume) -> Made:
    """The company and what was read of its logs, made now unless an earlier run made them."""
    folder = data / f"replay-{volume.accounts}-{volume.roles}-{volume.days}-{volume.volume}-{_recipe()}"
    note = folder / "made.json"
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        note.write_text(json.dumps(_make(program, folder, volume)), encoding="utf-8")
    denied = json.loads(note.read_text(encoding="utf-8"))
    return Made(folder, {(who, action): calls for who, action, calls in denied})


def _make(program: str, folder: Path, volume: Volume) -> list[tuple[str, str, int]]:
    """The company, its store and its snapshot are in the folder; what of the denied calls an eased SCP lets through."""
    print("  making the company and reading its logs", file=sys.stderr, flush=True)
    company, words = folder / "company", [program, "--workspace", str(folder / "workspace")]
    size = ["--accounts", str(volume.accounts), "--roles", str(volume.roles)]
    span = ["--days", str(volume.days), "--volume", str(volume.volume), "--date", "2026-06-01"]
    run([program, "sample", str(company), *size, *span])
    denied = write_denied(company, folder / "denied")
    run([*words, "logs", "add", str(company / "logs"), str(folder / "denied")])
    held = [path for path in sorted(company.iterdir()) if path.is_dir() and path.name != "logs"]
    run([*words, "snapshot", *(word for path in held for word in ("--from", str(path)))])
    return [(who, action, calls) for (who, action), calls in denied.items()]


def _recipe() -> str:
    """What tells stores apart that were made by different versions of the generator and of what reads logs."""
    made, read = Path(sample.__file__).parent, Path(usage.__file__).parent
    sources = [Path(__file__).with_name("replay_company.py"), *sorted(made.glob("*.py")), *sorted(read.glob("**/*.py"))]
    content = b"".join(path.read_bytes() for path in sources if path.name not in _READERS)
    return hashlib.sha256(content).hexdigest()[:8]


def _scps(made: Made, plant: Plant) -> list[str]:
    """The options that try the SCPs of a plant, which are written into files."""
    words = []
    for number, (target, document) in enumerate(plant.scps.items()):
        path = made.folder / f"scp-{number}-{hashlib.sha256(json.dumps(document).encode()).hexdigest()[:8]}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        words += ["--scp", f"{target}={path}"]
    return words


def _replay(program: str, made: Made, words: list[str]) -> Sample:
    return run([*_MAY_BREAK, program, "replay", *words, "--json", "--workspace", str(made.workspace)])


def _tried(program: str, made: Made, plant: Plant) -> Tried:
    print(f"  planted: {plant.name}", file=sys.stderr, flush=True)
    once = _replay(program, made, _scps(made, plant))
    found: dict[str, Counter[tuple[str, str]]] = {}
    for one in json.loads(once.output)["requests"]:
        found.setdefault(one["verdict"], Counter())[one["principal"], one["action"]] += one["calls"]
    return Tried(plant, {verdict: dict(pairs) for verdict, pairs in found.items()}, once.wall)


def _plant_line(one: Tried) -> list[str]:
    planted = {(verdict, *pair): calls for verdict, pairs in one.planted.items() for pair, calls in pairs.items()}
    found = {(verdict, *pair): calls for verdict, pairs in one.found.items() for pair, calls in pairs.items()}
    alike = sum(found.get(pair) == calls for pair, calls in planted.items())
    counts = (len(planted), sum(planted.values()), alike, len(planted) - alike, len(found.keys() - planted.keys()))
    return [one.plant.name, *(f"{count:,}" for count in counts), f"{one.seconds:.2f}"]


def _differences(one: Tried) -> Iterator[str]:
    for verdict in sorted({*one.planted, *one.found}):
        planted, found = one.planted.get(verdict, {}), one.found.get(verdict, {})
        for pair in sorted({*planted, *found}):
            if planted.get(pair) != found.get(pair):
                told = f"{planted.get(pair, 0)} calls planted, {found.get(pair, 0)} found"
                yield f"{one.plant.name}: {verdict}: {' '.join(pair)}: {told}"


def _line(name: str, spread: Spread) -> list[str]:
    wall, cpu = (sorted(what(one) for one in spread.samples) for what in (lambda s: s.wall, lambda s: s.cpu))
    peak = spread.middle(lambda one: one.child_peak)
    counts = json.loads(spread.samples[-1].output)["counts"]
    told = ", ".join(f"{count['calls']:,} {verdict.replace('_', ' ')}" for verdict, count in counts.items())
    limit = SECONDS_WANTED[name]
    median_wall, median_cpu = spread.middle(lambda one: one.wall), spread.middle(lambda one: one.cpu)
    wanted = f"under {limit} s: {'kept' if median_wall < limit else 'MISSED'}"
    return [
        name,
        *(f"{seconds:.2f}" for seconds in (wall[0], median_wall, cpu[0], median_cpu)),
        f"{peak / 1e6:,.0f}",
        told,
        wanted,
    ]
