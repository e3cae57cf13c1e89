"""Measure logs, decisions, proofs, lint, estates, replays beside limits and peers: `make bench BENCH="lint"`."""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from boundary import boundaries
from decisions.compare import decisions
from estate import estate
from guards import LARGE, SMALL, guards
from linting import linting
from make_logs import SEED, Made, busiest, make_logs
from matrix import matrix
from measure import CommandError, Sample, Spread, in_turns, run
from peers import HEAP_KEPT, Size, some_records, trailscraper
from prove.compare import proofs
from replay import BIG, QUICK, replays
from report import Case, query_row, rows, table
from scanning import scanning

HERE = Path(__file__).parent
DATA = HERE / "data"
PEERS = [sys.executable, str(HERE / "peers.py")]
BIG_FILE_EVENTS, SMALL_FILE_EVENTS = 25_000, 50
DUCKDB_FILES = 2


@dataclass(frozen=True, slots=True)
class Logs:
    """A made-up trail on disk, and the name that it has in the table."""

    name: str
    folder: Path
    files: tuple[Path, ...]
    size: Size

    @property
    def workspace(self) -> Path:
        """Where the ingest of these logs leaves its store."""
        return self.folder.parent / "workspace"


def main() -> None:
    """Print the tables of the parts asked for, all from this run."""
    options = _options()
    if options.part in ("all", "logs"):
        ingest_and_queries(options)
    if options.profile:
        return
    about = f"Python {platform.python_version()}, {platform.platform()}.\n"
    if options.part in ("all", "decisions"):
        print(about, decisions(DATA, options.times), sep="\n")
    if options.part in ("all", "prove"):
        print(about, proofs(DATA, options.times, options.history, options.limit, options.count), sep="\n")
    if options.part in ("all", "lint"):
        print(about, linting(options.leastwise, DATA, options.times), sep="\n")
    if options.part in ("all", "estate"):
        print(about, estate(DATA, options.times), sep="\n")
    if options.part in ("all", "boundary"):
        print(about, boundaries(DATA, options.times), sep="\n")
    if options.part in ("all", "matrix"):
        print(about, matrix(options.leastwise, DATA, options.times), sep="\n")
    _replayed(options, about)


def _replayed(options: argparse.Namespace, about: str) -> None:
    """The tables of what is replayed; ends the run where it finds other things than were planted."""
    if options.part in ("all", "scan"):
        print(about, scanning(options.leastwise, DATA, options.times, is_quick=options.quick), sep="\n")
    if options.part in ("all", "guards"):
        tried = guards(options.leastwise, DATA, options.times, volume=SMALL if options.quick else LARGE)
        print(about, tried.text, sep="\n")
        if tried.wrong:
            raise SystemExit("\n".join(["replay and rows differ:", *tried.wrong]))
    if options.part in ("all", "replay"):
        volume = QUICK if options.quick else BIG
        found = replays(options.leastwise, DATA, options.times, volume=volume, seed=options.seed, rounds=options.rounds)
        print(about, found.text, sep="\n")
        if found.wrong:
            raise SystemExit("\n".join(["replay and plants differ:", *found.wrong]))


def ingest_and_queries(options: argparse.Namespace) -> None:
    """The table of logs read and questions answered, or the profile of one ingest, is printed."""
    big = prepare("big files", events=options.big, each=BIG_FILE_EVENTS)
    if options.profile:
        print(profile(big))
        return
    small = prepare("small files", events=options.small, each=SMALL_FILE_EVENTS)
    cases = [case for logs in (big, small) for case in ingest_cases(options.leastwise, logs)]
    cases += [*(limit_case(logs) for logs in (big, small)), duckdb_case(big)]
    peer, missing = trailscraper_case(big)
    cases += peer
    measured, failed = in_turns({case.name: case.once for case in cases}, options.times)
    asked, unasked = in_turns(query_cases(options.leastwise, big), options.times)
    print(_about(big), _about(small), f"Python {platform.python_version()}, {platform.platform()}.\n", sep="\n")
    print(table([*rows(cases, measured), *(query_row(*question) for question in asked.items())]))
    print(f"\nMedians (least to most) of {options.times} runs. Ratios: events per CPU-second. {_store(big)}")
    _print_missing(failed | unasked | missing | _miscounted(big, asked))


EVENTS_AN_HOUR = 25_000
"""How busy one account is in one Region, in big files and in small ones alike."""


def prepare(name: str, *, events: int, each: int) -> Logs:
    """The trail of this size, made now unless an earlier run made it."""
    folder = DATA / f"{events}-events-{each}-each-{_recipe()}"
    note = folder / "made.json"
    if not note.exists():
        print(f"  making {events:,} events, {each:,} in a file", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        made = make_logs(folder, events=events, files=max(1, events // each), seconds=each * 3600 / EVENTS_AN_HOUR)
        note.write_text(json.dumps(asdict(made)), encoding="utf-8")
    made = Made(**json.loads(note.read_text(encoding="utf-8")))
    paths = tuple(sorted((folder / "AWSLogs").rglob("*.json.gz")))
    return Logs(name, folder / "AWSLogs", paths, Size(made.files, made.events, made.raw_bytes))


def _recipe() -> str:
    """What tells trails apart that were made by different versions of the generator."""
    sources = [HERE / "make_logs.py", *sorted((HERE / "synthetic").glob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:8]


def ingest_cases(program: str, logs: Logs) -> Iterator[Case]:
    """`logs add` into an empty workspace, with two processes and with one."""
    for processes, words in ((2, "2 processes"), (1, "1 process")):
        once = partial(ingest, program, logs, processes=processes)
        yield Case(f"leastwise, {logs.name}, {words}", logs.size, once)


def ingest(program: str, logs: Logs, *, processes: int) -> Sample:
    """One ingest of all the logs into a workspace that was empty."""
    shutil.rmtree(logs.workspace, ignore_errors=True)
    add = [program, "logs", "add", str(logs.folder), "--workspace", str(logs.workspace)]
    sample = run([*add, "--processes", str(processes)])
    if not store_bytes(logs.workspace):
        raise CommandError("it ended well but left nothing in the workspace")
    return sample


def limit_case(logs: Logs) -> Case:
    """Unpacking and one copy of the same files, in one process that does nothing else."""
    once = partial(run, [*PEERS, "gunzip", str(logs.folder)], environment=HEAP_KEPT)
    return Case(f"libdeflate gunzip + memcpy, {logs.name}", logs.size, once, _counterpart(logs))


def duckdb_case(logs: Logs) -> Case:
    """DuckDB's own JSON reader and a grouping, over the first files only: it is slow on this layout."""
    files = list(map(str, logs.files[:DUCKDB_FILES]))
    size = Size(len(files), **json.loads(run([*PEERS, "count", *files]).output))
    once = partial(run, [*PEERS, "duckdb", *files])
    return Case(f"DuckDB read_json + group by, {len(files)} {logs.name}", size, once, _counterpart(logs))


def trailscraper_case(logs: Logs) -> tuple[list[Case], dict[str, str]]:
    """A policy from some of the same records by trailscraper, or why that cannot be measured here."""
    try:
        program = trailscraper(DATA)
    except (subprocess.CalledProcessError, OSError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        return [], {"trailscraper generate": f"cannot be installed here: {said[-1][:160]}"}
    source = DATA / "trailscraper.json"
    size = some_records(logs.files[:1], source, events=EVENTS_AN_HOUR)
    name = f"trailscraper 0.10.0 generate, one big file of {size.events:,} events"
    return [Case(name, size, partial(run, [str(program), "generate"], stdin=source), _counterpart(logs))], {}


def _counterpart(logs: Logs) -> str:
    return f"leastwise, {logs.name}, 1 process"


def query_cases(program: str, logs: Logs) -> dict[str, Callable[[], Sample]]:
    """Questions to the store that the last ingest of `logs` left behind."""
    workspace = ["--workspace", str(logs.workspace), "--json"]
    principal = busiest(SEED)
    questions = {
        "logs status": ["logs", "status"],
        "used, busiest principal": ["used", principal],
        "propose, busiest principal": ["propose", principal],
    }
    return {name: partial(run, [program, *words, *workspace]) for name, words in questions.items()}


def profile(logs: Logs) -> str:
    """Where the time of an ingest in one process goes, by function."""
    shutil.rmtree(logs.workspace, ignore_errors=True)
    words = [
        "leastwise",
        "logs",
        "add",
        str(logs.folder),
        "--workspace",
        str(logs.workspace),
        "--processes",
        "1",
    ]
    code = (
        "import cProfile, pstats, sys\n"
        "from leastwise.surfaces.cli.main import run\n"
        f"sys.argv = {[*words, '--processes', '1']!r}\n"
        "profile = cProfile.Profile()\n"
        "try:\n    profile.runcall(run)\nexcept SystemExit:\n    pass\n"
        "pstats.Stats(profile).strip_dirs().sort_stats('tottime').print_stats(40)\n"
    )
    return run([sys.executable, "-c", code]).output


def store_bytes(workspace: Path) -> int:
    """What the files of a workspace take."""
    return sum(path.stat().st_size for path in workspace.rglob("*") if path.is_file())


def _store(logs: Logs) -> str:
    kept = store_bytes(logs.workspace)
    return f"Store: {kept / logs.size.events:.1f} MB per million events of the {logs.name}." if kept else ""


def _about(logs: Logs) -> str:
    size, packed = logs.size, sum(path.stat().st_size for path in logs.files)
    return (
        f"{logs.name}: {size.events:,} events in {size.files:,} files, {size.raw_bytes / 1e6:,.0f} MB raw, "
        f"{packed / 1e6:,.0f} MB gzip, {size.raw_bytes / size.events:,.0f} bytes an event."
    )


def _miscounted(logs: Logs, asked: Mapping[str, Spread]) -> dict[str, str]:
    """A table of times is worth nothing when events were lost on the way."""
    if "logs status" not in asked:
        return {}
    status = json.loads(asked["logs status"].samples[-1].output)
    if status.get("records_read") == logs.size.events:
        return {}
    return {f"all of the {logs.name}": f"{status.get('records_read')} of {logs.size.events} events were read"}


def _print_missing(reasons: Mapping[str, str]) -> None:
    for name, reason in reasons.items():
        print(f"not measured: {name}: {reason}")


_PARTS = ("logs", "decisions", "prove", "lint", "estate", "boundary", "matrix", "replay", "guards", "scan")


def _options() -> argparse.Namespace:
    program = str(Path(sys.executable).with_name("leastwise"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "part",
        nargs="?",
        choices=(
            "all",
            "logs",
            "decisions",
            "prove",
            "lint",
            "estate",
            "boundary",
            "matrix",
            "replay",
            "guards",
            "scan",
        ),
        default="all",
        help="what to measure",
    )
    parser.add_argument("--big", type=int, default=500_000, help="events in files of 44 MB raw")
    parser.add_argument("--small", type=int, default=100_000, help="events in files of 50 events")
    parser.add_argument("--times", type=int, default=3, help="runs of each case")
    parser.add_argument("--profile", action="store_true", help="print the functions of one ingest and stop")
    parser.add_argument("--history", type=Path, help="policy versions to compare, as `make versions` reads them")
    parser.add_argument("--limit", type=int, default=5_000, help="ms that a solver has for one question")
    parser.add_argument("--count", type=int, default=40, help="pairs of each workload that are put to solvers")
    parser.add_argument("--quick", action="store_true", help="replay a small company, for a trial")
    parser.add_argument("--seed", type=int, default=1_000, help="what is planted for replay")
    parser.add_argument("--rounds", type=int, default=2, help="plants of each kind for replay")
    parser.add_argument("--leastwise", default=program, help="the program to measure")
    return parser.parse_args()


if __name__ == "__main__":
    main()
