"""The engines that leastwise is held against, each installed under a folder and run as a program of its own."""

from __future__ import annotations

import json
import subprocess
import venv
from pathlib import Path

from measure import CommandError

HERE = Path(__file__).parent
REACH = "reach-security==0.2.1"
IAM_SIMULATE = "@cloud-copilot/iam-simulate@0.1.173"


def reach(folder: Path) -> list[str]:
    """How to run reach's evaluator, installed in an environment of its own."""
    python = folder / "reach-venv" / "bin" / "python"
    if _installed(python.parents[1]) != REACH:
        venv.create(python.parents[1], with_pip=True, clear=True)
        _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", REACH])
        _note(python.parents[1], REACH)
    return [str(python), str(HERE / "reach_evaluate.py")]


def iam_simulate(folder: Path, call: str) -> list[str]:
    """How to run one of iam-simulate's two calls, installed by npm in a folder of its own."""
    package = folder / "iam-simulate"
    if _installed(package) != IAM_SIMULATE:
        package.mkdir(parents=True, exist_ok=True)
        _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(package), IAM_SIMULATE])
        _note(package, IAM_SIMULATE)
    return ["node", str(HERE / "iam_simulate.mjs"), str(package), call]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or [f"exit {done.returncode}"]
        raise CommandError(f"cannot be installed here: {said[-1][:160]}")


def _installed(folder: Path) -> str:
    note = folder / "installed.json"
    return json.loads(note.read_text(encoding="utf-8")) if note.exists() else ""


def _note(folder: Path, what: str) -> None:
    (folder / "installed.json").write_text(json.dumps(what), encoding="utf-8")
