"""How long `leastwise lint` takes for 300 policies and for one, beside other linters that run offline."""

from __future__ import annotations

import compileall
import gzip
import json
import shlex
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from functools import partial
from itertools import islice
from pathlib import Path

import leastwise
from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.services import Service
from measure import CommandError, Sample, Spread, in_turns, run
from report import table

PUBLISHED = Path(__file__).parents[1] / "tests" / "data" / "policies" / "policies.jsonl.gz"
FILES = 300
PEERS = {
    "ol-parliament 1.7.0": ("ol-parliament==1.7.0", "parliament --directory {} --include_policy_extension json --json"),
    "iam-policy-validator 1.31.4": (
        "iam-policy-validator==1.31.4",
        "iam-validator validate --path {} --format json --aws-services-dir {}/../services",
    ),
}
"""What to install, and how to ask it about a folder. Both are under MIT or BSD licences."""


def linting(program: str, data: Path, times: int) -> str:
    """The table of times, and what could not be measured."""
    many = written(data / "lint" / "many", FILES)
    sizes = sorted((path.stat().st_size, path.name) for path in many.iterdir())
    picked = {
        told: many / sizes[place][1] for told, place in (("1 middling file", FILES // 2), ("the longest file", -1))
    }
    ones = {f"{told} ({path.stat().st_size:,} bytes)": alone(data / "lint", path) for told, path in picked.items()}
    compileall.compile_dir(Path(leastwise.__file__).parent, quiet=2)  # as an installer does, and has done for the peers
    reference(data / "lint" / "services")
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
        for told, folder in {f"{FILES} files": many, **ones}.items()
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


def alone(folder: Path, path: Path) -> Path:
    """A folder with a copy of this file and nothing else."""
    home = folder / f"only-{path.stem}"
    home.mkdir(exist_ok=True)
    shutil.copy(path, home)
    return home


def reference(folder: Path) -> None:
    """The shipped service data as the files that AWS publishes, from which iam-policy-validator runs offline."""
    folder.mkdir(exist_ok=True)
    catalogue = load_catalogue()
    for prefix in catalogue.prefixes:
        service = catalogue.service(prefix)
        if service is not None:
            (folder / f"{prefix}.json").write_text(json.dumps(_reference(service)), encoding="utf-8")
    listed = [{"service": prefix, "url": f"file:{prefix}.json"} for prefix in catalogue.prefixes]
    (folder / "_services.json").write_text(json.dumps(listed), encoding="utf-8")


def _reference(service: Service) -> dict[str, object]:
    actions = [
        {
            "Name": one.name.partition(":")[2],
            "ActionConditionKeys": list(one.condition_keys),
            "Annotations": {"Properties": {mark: level in one.access_levels for mark, level in _MARKS.items()}},
            "Resources": [{"Name": use.name} for use in one.resource_types],
        }
        for one in service.actions.values()
    ]
    resources = [
        {"Name": one.name, "ARNFormats": list(one.templates), "ConditionKeys": list(one.condition_keys)}
        for one in service.resource_types.values()
    ]
    keys = [{"Name": one.name, "Types": [one.type]} for one in service.condition_keys.values()]
    return {
        "Name": service.prefix,
        "Version": "v1.4",
        "Actions": actions,
        "Resources": resources,
        "ConditionKeys": keys,
    }


_MARKS = {
    "IsList": "List",
    "IsPermissionManagement": "Permissions management",
    "IsTaggingOnly": "Tagging",
    "IsWrite": "Write",
}


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
        raise CommandError("it printed nothing")
    return sample


def _line(name: str, spread: Spread, measured: Mapping[str, Spread]) -> list[str]:
    own = measured.get(f"leastwise, {name.rpartition(', ')[2]}")
    cpu = spread.middle(lambda one: one.cpu)
    ratio = own.middle(lambda one: one.cpu) / cpu if own else 0.0
    wall, peak = spread.middle(lambda one: one.wall), spread.middle(lambda one: one.main_peak + one.child_peak)
    return [name, f"{cpu:.2f}", f"{wall:.2f}", f"{peak / 1e6:.0f}", f"{ratio:.2f} times its CPU"]


if __name__ == "__main__":
    print(linting(str(Path(sys.executable).with_name("leastwise")), Path(__file__).parent / "data", 3))
