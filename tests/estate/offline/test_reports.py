"""The credential report and the last-accessed details, in the forms in which AWS gives them."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

from written import read, reasons

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/app"
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active"
)
ROWS = (
    f"<root_account>,arn:aws:iam::{ACCOUNT}:root,2020-01-01T00:00:00+00:00,not_supported,no_information,"
    "not_supported,not_supported,true,false\n"
    f"ann,arn:aws:iam::{ACCOUNT}:user/ann,2020-01-01T00:00:00+00:00,true,N/A,N/A,N/A,false,true\n"
)
REPORT = f"{COLUMNS}\n{ROWS}"


def test_a_report_is_kept_row_by_row(tmp_path: Path) -> None:
    found = read(tmp_path, {"any.csv": REPORT})
    rows = found.activity[ACCOUNT].credentials
    assert [] == reasons(found)
    assert {"<root_account>": "not_supported", "ann": "true"} == {row["user"]: row["password_enabled"] for row in rows}


def test_a_report_in_an_answer_is_the_same(tmp_path: Path) -> None:
    answer = {"Content": base64.b64encode(REPORT.encode()).decode(), "ReportFormat": "text/csv"}
    in_answer = read(tmp_path / "answer", {"a.json": answer})
    assert read(tmp_path / "table", {"a.csv": REPORT}).activity == in_answer.activity


def test_a_row_that_is_cut_off_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, {"any.csv": REPORT[:-20]})
    assert [("iam.GetCredentialReport", "the row of `ann` is cut off, or has no ARN")] == reasons(found)
    assert 1 == len(found.activity[ACCOUNT].credentials)


def test_services_and_actions_have_their_dates(tmp_path: Path) -> None:
    tracked = [{"ActionName": "GetRole", "LastAccessedTime": "2026-02-01T00:00:00Z"}, {"ActionName": "PutRolePolicy"}]
    services = [
        {"ServiceNamespace": "iam", "LastAuthenticated": "2026-03-01T00:00:00Z", "TrackedActionsLastAccessed": tracked},
        {"ServiceNamespace": "s3", "TotalAuthenticatedEntities": 0},
    ]
    answer = {"JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "ServicesLastAccessed": services}
    found = read(tmp_path, {f"{quote(ROLE, safe='')}.json": answer})
    assert [] == reasons(found)
    iam, s3 = found.activity[ACCOUNT].last_accessed[ROLE]
    assert ("iam", "2026-03-01T00:00:00Z") == (iam.service, iam.date)
    assert {"GetRole": "2026-02-01T00:00:00Z", "PutRolePolicy": ""} == iam.actions
    assert ("s3", "", {}) == (s3.service, s3.date, s3.actions)


def test_an_answer_about_nobody_and_one_not_ready_are_told(tmp_path: Path) -> None:
    nobody = {"JobStatus": "COMPLETED", "ServicesLastAccessed": []}
    found = read(
        tmp_path, {"a.json": nobody, "b.json": {"Arn": ROLE, "JobStatus": "IN_PROGRESS", "JobCreationDate": "x"}}
    )
    told = dict(one.reason.rpartition(".json: ")[::2] for one in found.not_read)
    assert ["about whom" in told[str(tmp_path / "a")], "in progress" in told[str(tmp_path / "b")]] == [True, True]
