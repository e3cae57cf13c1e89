"""`leastwise pull-request`: a change is judged by what its base says, never by itself."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from told import Command

SARIF = Path(__file__).parent / "data" / "sarif-schema-2.1.0.json"
READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
WIDE = {**READ, "Resource": "arn:aws:s3:::*"}


class Repository:
    """A git repository with a base and a change on top of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> None:
        who = {f"GIT_{who}_{what}": "x@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(
            ["git", *words], cwd=self.folder, check=True, capture_output=True, env={**os.environ, **who, "HOME": "/"}
        )

    def commit(self, files: dict[str, object]) -> None:
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            elif isinstance(content, str):
                path.write_text(content)
            else:
                path.write_text(json.dumps(content, indent=2))
        self.git("add", "-A")
        self.git("commit", "-qm", "x")


def document(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "repository")
    found.commit({"app.json": document(READ), "README.txt": "no policy"})
    found.git("checkout", "-qb", "change")
    return found


@pytest.fixture
def judged(leastwise: Command, repository: Repository) -> Command:
    def command(*words: str):  # type: ignore[no-untyped-def]
        return leastwise("pull-request", "--base", "main", "--repository", str(repository.folder), *words)

    return command


def test_access_gained_is_told_with_a_request_and_ends_with_one(judged: Command, repository: Repository) -> None:
    repository.commit({"app.json": document(WIDE)})
    told = judged("--json")
    (one,) = told.json()["documents"]  # type: ignore[misc]
    assert 1 == told.code
    assert ("FAIL", "s3:GetObject") == (one["gained"]["verdict"], one["gained"]["witness"]["action"])
    assert "PASS" == one["lost"]["verdict"]
    assert 0 == judged("--allow-gained").code


def test_access_lost_alone_ends_with_nought(judged: Command, repository: Repository) -> None:
    repository.commit({"app.json": document({**READ, "Resource": "arn:aws:s3:::reports/public/*"})})
    told = judged()
    assert 0 == told.code, told.out + told.err
    assert "lost: such as s3:GetObject" in told.out
    assert "gained: nothing (PASS)" in told.out


def test_an_added_document_gains_all_that_it_allows_and_a_removed_one_loses_it(
    judged: Command, repository: Repository
) -> None:
    repository.commit({"new/more.json": document(READ), "app.json": None})
    found = {one["file"]: one for one in judged("--json").json()["documents"]}  # type: ignore[attr-defined]
    assert ("added", "FAIL") == (found["new/more.json"]["change"], found["new/more.json"]["gained"]["verdict"])
    assert ("removed", "PASS", "FAIL") == (
        found["app.json"]["change"],
        found["app.json"]["gained"]["verdict"],
        found["app.json"]["lost"]["verdict"],
    )


def test_only_new_findings_count(leastwise: Command, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "old")
    old = document({**READ, "Action": ["s3:GetObject", "s3:Nonsense"]})
    repository.commit({"app.json": old})
    repository.git("checkout", "-qb", "change")
    repository.commit({"app.json": document({**READ, "Action": ["s3:GetObject", "s3:Nonsense", "s3:Other"]})})
    told = leastwise("pull-request", "--base", "main", "--repository", str(repository.folder), "--json")
    assert ["s3:Other"] == [
        name
        for name in ("s3:Other", "s3:Nonsense")
        if any(name in one["message"] for one in told.json()["findings"])  # type: ignore[attr-defined]
    ]
    assert 1 == told.code


TERRAFORM = """resource "aws_iam_policy" "a" {
  name   = "a"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }]
  })
}
"""
ACCEPTED = """[[exception]]
check = "unknown-action"
until = 2999-12-31
reason = "mended with the next release"
owner = "platform"
"""


def test_the_change_cannot_accept_its_own_findings(judged: Command, repository: Repository) -> None:
    nonsense = document(READ, {**READ, "Sid": "Odd", "Action": "s3:Nonsense"})
    repository.commit({"app.json": nonsense, "accepted.toml": ACCEPTED})
    told = judged("--exceptions", "accepted.toml")
    assert (2, True) == (told.code, "there is no `accepted.toml` in the base" in told.err)
    assert 1 == judged("--allow-gained").code


def test_what_the_base_accepts_is_accepted(leastwise: Command, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "accepting")
    repository.commit({"app.json": document(READ), "accepted.toml": ACCEPTED})
    repository.git("checkout", "-qb", "change")
    odd = document(READ, {**READ, "Sid": "Odd", "Action": "s3:Nonsense"})
    repository.commit({"app.json": odd, "accepted.toml": ACCEPTED.replace("unknown-action", "nothing")})
    words = ("pull-request", "--base", "main", "--repository", str(repository.folder), "--exceptions", "accepted.toml")
    told = leastwise(*words, "--json")
    assert (0, 1) == (told.code, told.json()["excepted"])


def test_a_comment_that_the_change_adds_accepts_nothing(leastwise: Command, tmp_path: Path) -> None:
    plain = TERRAFORM
    repository = Repository(tmp_path / "comments")
    repository.commit({"main.tf": plain})
    repository.git("checkout", "-qb", "change")
    comment = "# leastwise: accept unknown-action until 2999-12-31: never mind\n"
    repository.commit({"main.tf": comment + plain.replace("s3:GetObject", "s3:Nonsense")})
    told = leastwise("pull-request", "--base", "main", "--repository", str(repository.folder), "--json")
    assert ["unknown-action"] == [one["name"] for one in told.json()["findings"] if "Nonsense" in one["message"]]  # type: ignore[attr-defined]


def test_sarif_and_summary_hold_no_markup(judged: Command, repository: Repository, tmp_path: Path) -> None:
    hostile = "a | [x](http://evil.example) @team `code`.json"
    repository.commit({hostile: document(WIDE), "app.json": document({**READ, "Action": "s3:<script>"})})
    sarif, summary = tmp_path / "out.sarif", tmp_path / "summary.md"
    told = judged("--sarif", str(sarif), "--summary", str(summary))
    assert 1 == told.code
    found = json.loads(sarif.read_text())
    assert [] == [error.message for error in Draft7Validator(json.loads(SARIF.read_text())).iter_errors(found)]
    assert {"new-access", "LW101"} <= {one["ruleId"] for one in found["runs"][0]["results"]}
    lines = summary.read_text().splitlines()
    assert "[x](http" not in "".join(line.replace("``", "`").partition("`")[0] for line in lines)
    assert all(line.count("|") - line.count("\\|") == 5 for line in lines if line.startswith("|"))


def test_what_cannot_be_read_ends_with_two(judged: Command, repository: Repository) -> None:
    repository.commit({"broken.json": '{"Version": "2012-10-17", "Statement": ['})
    told = judged()
    assert (2, True) == (told.code, "broken.json" in told.err)


def test_a_ref_that_is_not_there_is_told(leastwise: Command, repository: Repository) -> None:
    told = leastwise("pull-request", "--base", "nowhere", "--repository", str(repository.folder))
    assert (2, True) == (told.code, "there is no commit `nowhere`" in told.err)
    told = leastwise("pull-request", "--base=--upload-pack=x", "--repository", str(repository.folder))
    assert 2 == told.code


def test_a_folder_without_a_repository_is_told(leastwise: Command, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    told = leastwise("pull-request", "--base", "main", "--repository", str(tmp_path / "plain"))
    assert (2, True) == (told.code, "is no git repository" in told.err)


def test_nothing_changed_is_nothing_to_report(judged: Command) -> None:
    told = judged()
    assert (0, "0 files, 0 documents changed: 0 with access gained, 0 new findings") == (told.code, told.out.strip())
