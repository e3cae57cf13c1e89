"""The command line as a user meets it: output, errors, exit codes, and what it leaves on disk."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from made_logs import ACCOUNT, a_file, a_record, write_logs
from told import Command

GOLDEN = Path(__file__).parent.parent / "golden" / "propose"
RENEW = os.environ.get("LEASTWISE_RENEW_GOLDEN") == "1"


@pytest.fixture
def demo(leastwise: Command, demo_logs: Path) -> Command:
    """The command line over a store of the bundled real logs."""
    assert 0 == leastwise("logs", "add", str(demo_logs), "--processes", "1").code
    return leastwise


HEAVY = ("boto3", "botocore", "duckdb", "pyarrow", "numpy", "flask", "yaml", "cryptography")


HELP = """
import sys
sys.argv = ["leastwise", "--help"]
from leastwise.surfaces.cli.main import run
try: run()
except SystemExit: pass
"""


@pytest.mark.parametrize("program", ["import leastwise", HELP])
def test_import_and_help_load_nothing_heavy(program: str) -> None:
    check = f"\nimport sys; print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program + check], capture_output=True, text=True, check=True)
    assert "[]" == done.stderr.strip().splitlines()[-1]


def test_help_names_every_command(leastwise: Command) -> None:
    told = leastwise("--help")
    assert 0 == told.code
    for name in ("can", "catalogue", "demo", "logs", "propose", "used"):
        assert f"  {name} " in told.out


def test_status_has_the_promised_fields_and_they_add_up(demo: Command) -> None:
    told = demo("logs", "status", "--json").json()
    promised = (
        "schema records_read events_kept duplicates skipped unmapped unreadable days accounts regions data_events"
    )
    assert set(promised.split()) <= set(told)
    assert 4_192 == told["records_read"] == told["events_kept"]
    assert 4_192 == sum(told["days"].values()) == sum(told["accounts"].values())  # type: ignore[attr-defined]
    assert told["data_events"]["s3"] is False  # type: ignore[index, call-overload]


def test_adding_twice_changes_nothing(demo: Command, demo_logs: Path) -> None:
    before = demo("logs", "status", "--json").out
    again = demo("logs", "add", str(demo_logs), "--json").json()
    assert (0, 4, 0) == (again["files_read"], again["files_known"], again["events_kept"])
    assert before == demo("logs", "status", "--json").out


def test_the_workspace_is_closed_to_others_and_ignored_by_git(demo: Command, tmp_path: Path) -> None:
    folder = tmp_path / ".leastwise"
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
    assert "*\n" == (folder / ".gitignore").read_text()


def test_a_missing_path_is_an_error_with_its_name(leastwise: Command) -> None:
    told = leastwise("logs", "add", "nowhere")
    assert (2, "") == (told.code, told.out)
    assert told.err.startswith("error: no such file or folder `nowhere`\n")


def test_an_empty_folder_is_not_success(leastwise: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    told = leastwise("logs", "add", "empty")
    assert 2 == told.code
    assert "no log file found there" in told.err


def test_a_bad_file_is_named_and_the_rest_goes_on(leastwise: Command, tmp_path: Path) -> None:
    write_logs(tmp_path / "logs", {"good.json.gz": [a_record(1)]})
    (tmp_path / "logs" / "bad.json").write_text("{")
    (tmp_path / "logs" / "other.json").write_text('{"a": 1}')
    told = leastwise("logs", "add", "logs", "--processes", "1")
    assert 0 == told.code
    assert "1 new event" in told.out
    assert "bad.json`: not valid JSON" in told.err
    assert "other.json`: not a CloudTrail log" in told.err
    assert 2 == len(leastwise("logs", "status", "--json").json()["unreadable"])  # type: ignore[arg-type]


def test_only_bad_files_are_exit_2(leastwise: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    assert 2 == leastwise("logs", "add", "bad.json").code


def test_questions_before_any_logs_say_what_to_do(leastwise: Command) -> None:
    for arguments in (("logs", "status"), ("used",), ("propose", "x")):
        told = leastwise(*arguments)
        assert 2 == told.code
        assert "help: add some with `leastwise logs add PATH`" in told.err


def test_standard_input_is_read(leastwise: Command, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "leastwise", "logs", "add", "-", "--json"]
    done = subprocess.run(
        command, input=a_file(a_record(1), a_record(2)), capture_output=True, check=True, cwd=tmp_path
    )
    assert 2 == json.loads(done.stdout)["events_kept"]


def test_used_lists_principals_the_busiest_first(demo: Command) -> None:
    listed = demo("used", "--json").json()["principals"]
    events = [p["events"] for p in listed]  # type: ignore[attr-defined]
    assert sorted(events, reverse=True) == events
    assert listed[0]["principal"].endswith(":user/bert-jan")  # type: ignore[index, call-overload]


def test_used_tells_denied_calls_apart_with_the_policy_type(demo: Command) -> None:
    told = demo("used", "arn:aws:iam::457448411975:role/stratus-red-team-ec2-get-password-data-role", "--json").json()
    denied = [r for r in told["requests"] if r["denied"]]  # type: ignore[attr-defined]
    assert {"ec2:GetPasswordData"} == {r["action"] for r in denied}
    assert ["identity-based policy"] in [r["denied_by"] for r in denied]
    assert {0} == {r["succeeded"] for r in denied}


def test_a_name_that_is_not_there_is_answered_with_one_that_is(demo: Command) -> None:
    told = demo("propose", "user/benjamim")
    assert 2 == told.code
    assert "did you mean `arn:aws:iam::123837392027:user/benjamin`?" in told.err


@pytest.mark.parametrize("form", ["json", "yaml", "hcl", "cfn"])
def test_every_format_is_written_to_a_file(demo: Command, tmp_path: Path, form: str) -> None:
    told = demo("propose", "user/benjamin", "-f", form, "-o", f"policy.{form}")
    assert (0, "") == (told.code, told.out)
    assert "iam:ListUsers" in (tmp_path / f"policy.{form}").read_text()


def test_json_is_the_document_alone_and_yaml_says_the_same(demo: Command) -> None:
    document = demo("propose", "user/benjamin").json()
    assert {"Version", "Statement"} == set(document)
    assert document == yaml.safe_load(demo("propose", "user/benjamin", "-f", "yaml").out)


def test_several_documents_are_a_list(demo: Command) -> None:
    assert 6 == len(demo("propose", "user/bert-jan").json())


def test_the_proposal_for_programs_has_the_promised_fields(demo: Command) -> None:
    told = demo("propose", "user/benjamin", "--json").json()
    assert {"schema", "principal", "policies", "unknown"} <= set(told)
    (policy,) = told["policies"]  # type: ignore[misc]
    assert {"name", "document", "statements"} <= set(policy)
    assert [s["Sid"] for s in policy["document"]["Statement"]] == [s["sid"] for s in policy["statements"]]


@pytest.mark.parametrize("name", ["explain", "json"])
def test_golden_proposal(demo: Command, name: str) -> None:
    arguments = {"explain": ("--explain",), "json": ("--json",)}[name]
    told = demo("propose", "user/benjamin", *arguments)
    text = told.err if name == "explain" else told.out
    path = GOLDEN / f"{name}.txt"
    if RENEW:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert path.read_text() == text


def test_names_from_logs_cannot_drive_the_terminal(leastwise: Command, tmp_path: Path) -> None:
    evil = {
        "type": "IAMUser",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/\x1b]0;x\x07\u202eevil",
        "accountId": ACCOUNT,
    }
    write_logs(tmp_path / "logs", {"one.json.gz": [a_record(1, userIdentity=evil, awsRegion="\x1b[31mred")]})
    leastwise("logs", "add", "logs", "--processes", "1")
    for arguments in (("used",), ("logs", "status"), ("propose", "x")):
        told = leastwise(*arguments)
        assert not {"\x1b", "\x07", "\u202e"} & set(told.out + told.err)
    assert "\\x1b]0;x\\x07\\u202eevil" in leastwise("used").out


def test_exclusions_are_kept_and_shown(demo: Command) -> None:
    assert 0 == demo("logs", "add", "--exclude", "address=10.8.8.0/24,from=2023-07-10").code
    told = demo("logs", "status", "--json").json()
    assert [{"address": "10.8.8.0/24", "since": 1688947200}] == told["exclusions"]


def test_an_exclusion_that_cannot_be_read_is_refused(leastwise: Command) -> None:
    told = leastwise("logs", "add", "--exclude", "nonsense")
    assert 2 == told.code
    assert "cannot read the exclusion `nonsense`" in told.err


def test_a_window_without_calls_is_said(demo: Command) -> None:
    told = demo("used", "user/benjamin", "--from", "2030-01-01")
    assert 2 == told.code
    assert "in this window" in told.err


def test_days_count_back_from_the_newest_call(demo: Command) -> None:
    listed = demo("used", "--days", "30", "--json").json()["principals"]
    assert listed
    assert all(p["last"] >= "2024-10-31" for p in listed)  # type: ignore[attr-defined]


def test_settings_come_from_the_file_and_the_environment_over_it(
    demo: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leastwise.toml").write_text('[propose]\nformat = "hcl"\n')
    assert demo("propose", "user/benjamin").out.startswith("data ")
    monkeypatch.setenv("LEASTWISE_PROPOSE_FORMAT", "cfn")
    assert demo("propose", "user/benjamin").out.startswith("AWSTemplateFormatVersion")


def test_an_unknown_setting_is_refused_with_one_like_it(leastwise: Command, tmp_path: Path) -> None:
    (tmp_path / "leastwise.toml").write_text('[propose]\nformt = "hcl"\n')
    told = leastwise("propose", "x")
    assert 2 == told.code
    assert "unknown setting `propose.formt` in `leastwise.toml`" in told.err
    assert "did you mean `format`?" in told.err


def test_a_broken_settings_file_is_an_error_with_its_place(leastwise: Command, tmp_path: Path) -> None:
    (tmp_path / "leastwise.toml").write_text("x = \n")
    told = leastwise("used")
    assert 2 == told.code
    assert "cannot read `leastwise.toml`" in told.err
    assert "line 1" in told.err


def test_the_catalogue_shows_an_action_and_what_is_near_it(leastwise: Command) -> None:
    assert "lambda:CreateFunction" == leastwise("catalogue", "show", "LAMBDA:createfunction", "--json").json()["action"]
    told = leastwise("catalogue", "show", "s3:GetObjekt")
    assert 2 == told.code
    assert "did you mean `s3:GetObject`?" in told.err
    assert 457 == leastwise("catalogue", "status", "--json").json()["counts"]["services"]  # type: ignore[index, call-overload]


def test_the_demo_does_the_main_job(leastwise: Command, tmp_path: Path) -> None:
    told = leastwise("demo")
    assert 0 == told.code
    for text in (
        "4,192 records",
        "user/bert-jan",
        "iam:PassRole",
        "what the log could not show",
        "next, with your own",
    ):
        assert text in told.out
    assert [] == list(tmp_path.iterdir())


def test_a_fault_of_ours_is_a_traceback(leastwise: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastwise.surfaces.cli.settings.tomllib.loads", lambda text: 1 / 0)
    Path("leastwise.toml").write_text("")
    with pytest.raises(ZeroDivisionError):
        leastwise("used")
