"""How long `leastwise lint` takes for 300 policies and for one, beside other linters that run offline or not."""

from __future__ import annotations

import gzip
import json
import shlex
import subprocess
import sys
import venv
from collections.abc import Mapping
from functools import partial
from itertools import islice
from pathlib import Path

from measure import CommandError, Sample, Spread, in_turns, run
from report import table

PUBLISHED = Path(__file__).parents[1] / "tests" / "data" / "policies" / "policies.jsonl.gz"
FILES = 300
PEERS = {
    "ol-parliament 1.7.0": ("ol-parliament==1.7.0", "parliament --directory {} --include_policy_extension json --json"),
    "iam-policy-validator 1.31.4": (
        "iam-policy-validator==1.31.4",
        "iam-validator validate --path {} --format json --ci-output {}/../out.json",
    ),
}
"""What to install, and how to ask it about a folder. Both are under MIT or BSD licences."""


def linting(program: str, data: Path, times: int) -> str:
    """The table of times, and what could not be measured."""
    many, one = written(data / "lint" / "many", FILES), written(data / "lint" / "one", 1)
    commands = {"leastwise": f"{shlex.quote(program)} lint {{}} -f json"}
    missing: dict[str, str] = {}
    for name, (package, words) in PEERS.items():
        try:
            commands[name] = f"{shlex.quote(str(installed(data / 'lint-peers', package)))}/{words}"
        except (OSError, subprocess.CalledProcessError) as error:
            missing[name] = str(error)[:200]
    cases = {
        f"{name}, {told}": partial(asked, words, folder)
        for name, words in commands.items()
        for told, folder in ((f"{FILES} files", many), ("1 file", one))
    }
    measured, failed = in_turns(cases, times)
    lines = [_line(name, spread, measured) for name, spread in measured.items()]
    heading = ("lint", "CPU s", "clock s", "MB", "leastwise takes")
    not_done = [f"not measured: {name}: {reason}" for name, reason in (missing | failed).items()]
    return "\n\n".join([table(lines, heading), *not_done])


def written(folder: Path, count: int) -> Path:
    """A folder with so many published identity policies, one a file."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = map(json.loads, gzip.decompress(PUBLISHED.read_bytes()).splitlines())
    documents = (row["document"] for row in rows if row["kind"] == "identity")
    for number, document in enumerate(islice(documents, count)):
        (folder / f"{number:03}.json").write_text(json.dumps(document, indent=2), encoding="utf-8")
    return folder


def installed(folder: Path, package: str) -> Path:
    """The programs of a package, in an environment of their own."""
    home = folder / package.partition("=")[0]
    programs = home / "bin"
    if not (home / "installed").exists():
        venv.create(home, with_pip=True, clear=True)
        pip = [str(programs / "pip"), "install", "--quiet", "--disable-pip-version-check", package]
        subprocess.run(pip, check=True, capture_output=True, text=True)
        (home / "installed").touch()
    return programs


def asked(words: str, folder: Path) -> Sample:
    """One run over a folder; 1 is the answer of a linter that found something."""
    command = words.replace("{}", shlex.quote(str(folder)))
    sample = run(["/bin/sh", "-c", f"{command} || [ $? -eq 1 ]"])
    if len(sample.output) < 2:
        raise CommandError("it printed nothing; it reads its service data over the network")
    return sample


def _line(name: str, spread: Spread, measured: Mapping[str, Spread]) -> list[str]:
    own = measured.get(f"leastwise, {name.rpartition(', ')[2]}")
    cpu = spread.middle(lambda one: one.cpu)
    ratio = own.middle(lambda one: one.cpu) / cpu if own else 0.0
    wall, peak = spread.middle(lambda one: one.wall), spread.middle(lambda one: one.main_peak + one.child_peak)
    return [name, f"{cpu:.2f}", f"{wall:.2f}", f"{peak / 1e6:.0f}", f"{ratio:.2f} times its CPU"]


if __name__ == "__main__":
    print(linting(str(Path(sys.executable).with_name("leastwise")), Path(__file__).parent / "data", 3))
