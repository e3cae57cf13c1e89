"""`leastwise scan`, as a user meets it: exceptions, baselines, exit codes, what is not known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_company import made_company
from told import Command, Told

SIZE = ("--accounts", "3", "--roles", "41", "--days", "12", "--date", "2026-06-01")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company with its logs in a store and a snapshot, in one workspace."""
    return made_company(tmp_path_factory.mktemp("scanned"), SIZE).parent


@pytest.fixture
def scan(leastwise: Command, company: Path) -> Command:
    """The scan of the company."""

    def command(*words: str) -> Told:
        return leastwise("--workspace", str(company / ".leastwise"), "scan", *words)

    return command


def findings(told: Told) -> list[dict[str, object]]:
    found = told.json()["findings"]
    assert isinstance(found, list)
    return found


def write(path: Path, **changed: object) -> str:
    fields = {"owner": "platform", "reason": "known", "until": "2999-12-31", **changed}
    lines = [f"{key} = {value if key == 'until' else json.dumps(value)}" for key, value in fields.items() if value]
    path.write_text("[[exception]]\n" + "\n".join(lines) + "\n")
    return str(path)


def test_the_gravest_comes_first_and_ends_with_one(scan: Command) -> None:
    told = scan("--json")
    ranks = [("critical", "high", "medium", "low", "info").index(str(one["severity"])) for one in findings(told)]
    assert ranks == sorted(ranks)
    assert (1, True) == (told.code, ranks[0] <= 1)
    assert 0 == scan("--fail-on", "none").code


def test_an_id_is_accepted_and_only_that(scan: Command, tmp_path: Path) -> None:
    every = findings(scan("--json"))
    chosen = str(every[0]["id"])
    path = write(tmp_path / "a.toml", id=chosen)
    left = findings(scan("--json", "--exceptions", path))
    assert {str(one["id"]) for one in every} - {str(one["id"]) for one in left} == {chosen}
    assert [chosen] == [one["id"] for one in findings(scan("--json", "--exceptions", path, "--preview"))]
    shown = findings(scan("--json", "--exceptions", path, "--show-excepted"))
    assert len(every) == len(shown)
    assert "1 excepted" in scan("--exceptions", path).out


def test_an_exception_that_has_run_out_hides_nothing_and_is_told(scan: Command, tmp_path: Path) -> None:
    every = findings(scan("--json"))
    path = write(tmp_path / "a.toml", id=str(every[0]["id"]), until="2026-05-30")
    told = scan("--json", "--exceptions", path)
    assert len(every) == len(findings(told))
    assert "ended on 2026-05-30" in told.err
    assert "exception has run out" in scan("--exceptions", path).out


def test_an_exception_by_check_and_subject(scan: Command, tmp_path: Path) -> None:
    every = findings(scan("--json"))
    name = str(every[0]["name"])
    left = findings(scan("--json", "--exceptions", write(tmp_path / "a.toml", check=name)))
    assert name not in {one["name"] for one in left}
    same = findings(scan("--json", "--exceptions", write(tmp_path / "b.toml", check=name, subject="arn:aws:iam::1:*")))
    assert len(every) == len(same)


@pytest.mark.parametrize(
    "changed",
    [{"owner": ""}, {"reason": ""}, {"until": '"soon"'}, {"check": "no-such-check"}, {}, {"id": "x", "check": "y"}],
)
def test_an_ill_formed_exception_is_told_with_its_number(
    scan: Command, tmp_path: Path, changed: dict[str, object]
) -> None:
    told = scan("--exceptions", write(tmp_path / "a.toml", **changed))
    assert 2 == told.code
    assert "a.toml" in told.err


def test_what_a_baseline_knows_does_not_fail(scan: Command, tmp_path: Path) -> None:
    path = str(tmp_path / "baseline.json")
    assert "findings written" in scan("--write-baseline", path).err
    assert 0 == scan("--baseline", path).code
    assert [] == findings(scan("--json", "--baseline", path, "--new-only"))
    held = json.loads(Path(path).read_text())
    left_out = held["ids"].pop()
    Path(path).write_text(json.dumps(held))
    assert [left_out] == [one["id"] for one in findings(scan("--json", "--baseline", path, "--new-only"))]
    assert 2 == scan("--baseline", "missing.json").code


def test_one_finding_is_explained_by_the_id_on_screen(scan: Command) -> None:
    first = findings(scan("--json"))[0]
    told = scan("--explain", str(first["id"]))
    assert 0 == told.code
    assert str(first["id"]) in told.out.splitlines()[0]
    assert "remedy:" in told.out
    assert "Source:" in scan("--explain", str(first["name"])).out
    assert 2 == scan("--explain", "LW999-0000000000").code


def test_checks_are_chosen_by_name_code_and_group(scan: Command) -> None:
    every = findings(scan("--json"))
    group = str(every[0]["group"])
    assert {group} == {one["group"] for one in findings(scan("--json", "--select", group))}
    assert group not in {one["group"] for one in findings(scan("--json", "--ignore", group))}
    assert {"LW7"} == {str(one["code"])[:3] for one in findings(scan("--json", "--select", "lw7"))}
    assert 2 == scan("--select", "nonsense").code


def test_without_logs_nothing_is_said_to_be_unused_and_that_is_told(leastwise: Command, company: Path) -> None:
    workspace = ["--workspace", "elsewhere"]
    assert 0 == leastwise(*workspace, "snapshot", "--from", str(company / "made")).code
    told = leastwise(*workspace, "scan", "--json")
    assert "there are no logs" in told.err
    assert told.json()["not_asked"]
    assert all(one["reason"] for one in told.json()["not_asked"])  # type: ignore[attr-defined]


def test_without_a_snapshot_the_way_to_one_is_told(leastwise: Command) -> None:
    told = leastwise("scan")
    assert (2, True) == (told.code, "leastwise snapshot" in told.err)


def test_an_empty_estate_has_no_finding(leastwise: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    empty = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    (tmp_path / "empty" / "authorization-details-111122223333.json").write_text(json.dumps(empty))
    leastwise("snapshot", "--from", "empty")
    told = leastwise("scan")
    assert told.code in (0, 2), told.err


def test_a_file_is_written(scan: Command, tmp_path: Path) -> None:
    told = scan("-f", "html", "-o", str(tmp_path / "report.html"))
    assert "written:" in told.err
    assert (tmp_path / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_what_is_unused_is_explained_with_its_replacement(scan: Command) -> None:
    unused = [one for one in findings(scan("--json", "--days", "10")) if one["name"] == "unused-action"]
    told = scan("--days", "10", "--explain", str(unused[0]["id"]))
    assert 0 == told.code
    document = json.loads(told.out.partition("replacement:\n")[2])
    assert document["Statement"]
