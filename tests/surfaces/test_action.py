"""The composite action's own script, run as a workflow would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ACTION = Path(__file__).parents[2] / "action.yml"
READ = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'


def script(name: str) -> str:
    steps = yaml.safe_load(ACTION.read_text())["runs"]["steps"]
    return next(str(step["run"]) for step in steps if step["name"] == name)


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.email=x@example.com", "-c", "user.name=x", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def workflow(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A repository with a change, and the variables that a runner sets."""
    folder, runner = tmp_path / "work", tmp_path / "runner"
    folder.mkdir()
    (runner / "leastwise" / "bin").mkdir(parents=True)
    (runner / "leastwise" / "bin" / "leastwise").symlink_to(Path(sys.executable).with_name("leastwise"))
    git(folder, "init", "-q")
    (folder / "policies").mkdir()
    (folder / "policies" / "app.json").write_text(READ)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "base")
    base = git(folder, "rev-parse", "HEAD")
    (folder / "policies" / "app.json").write_text(READ.replace("s3:GetObject", "s3:*"))
    (folder / "leastwise.toml").write_text("[pull-request]\nallow-gained = true\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "change")
    inputs = {name: str(one["default"]) for name, one in yaml.safe_load(ACTION.read_text())["inputs"].items()}
    variables = {name.upper().replace("-", "_"): value for name, value in inputs.items()}
    own = {
        "GITHUB_WORKSPACE": str(folder),
        "RUNNER_TEMP": str(runner),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    return folder, {**os.environ, **variables, **own, "BASE": base}


def test_a_change_that_gains_access_fails_though_it_brings_a_configuration(
    workflow: tuple[Path, dict[str, str]],
) -> None:
    folder, variables = workflow
    done = subprocess.run(["bash", "-c", script("Judge the change")], env=variables, capture_output=True, text=True)
    assert 1 == done.returncode, done.stderr
    assert "gained: such as" in done.stdout
    assert "new-access" in {
        one["ruleId"] for one in json.loads((folder / "leastwise.sarif").read_text())["runs"][0]["results"]
    }
    assert "What this change gives away" in Path(variables["GITHUB_STEP_SUMMARY"]).read_text()


def test_allowed_gains_and_other_paths_do_not_fail(workflow: tuple[Path, dict[str, str]]) -> None:
    _, variables = workflow
    for changed in ({"ALLOW_GAINED": "true"}, {"PATHS": "elsewhere other*"}):
        run = ["bash", "-c", script("Judge the change")]
        done = subprocess.run(run, env={**variables, **changed}, capture_output=True, text=True)
        assert 0 == done.returncode, done.stderr


def test_no_input_stands_in_a_script() -> None:
    """An expression in a script would be put in as code: inputs come by variables alone."""
    for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert "uses" not in step
