"""The logs are CloudTrail's, and show each action that a principal truly needs, and no other."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import leastwise

from leastwise.sample import Company, Size, company, truth, write_logs
from leastwise.sample.calls import CALLS
from leastwise.sample.logs import day_records

TODAY = date(2026, 6, 1)
ACTIONS = {(call.source, call.event): call.action for call in CALLS.values()}
Record = dict[str, Any]


@pytest.fixture(scope="module")
def small() -> Company:
    return company(Size(3, 41), 2, today=TODAY)


@pytest.fixture(scope="module")
def needs(small: Company) -> dict[str, Any]:
    return json.loads(json.dumps(truth(small)))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def logs(small: Company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    write_logs(small, folder, days=21, volume=0.5)
    return folder


def caller(record: Record) -> str:
    identity = record["userIdentity"]
    if identity["type"] == "AssumedRole":
        return str(identity["sessionContext"]["sessionIssuer"]["arn"])
    return str(identity.get("arn", ""))


def test_a_year_shows_what_each_principal_needs_and_no_other(small: Company, needs: dict[str, Any]) -> None:
    called: dict[str, set[str]] = defaultdict(set)
    for account in small.accounts:
        for back in range(1, 367):
            for record in day_records(small, account, TODAY - timedelta(days=back), volume=0):
                if caller(record) and "errorCode" not in record:
                    called[caller(record)].add(ACTIONS[(record["eventSource"], record["eventName"])])
    with_data = {account.id for account in small.accounts if account.has_data_events}
    for arn, told in needs["principals"].items():
        shown = {a for a in told["needed"] if a not in told["unlogged"]}
        shown -= set() if told["account"] in with_data else {a for a in shown if CALLS[a].is_data}
        assert shown == called[arn] - set(told["formerly"]), arn


def test_denied_calls_are_of_actions_that_nobody_needs(small: Company, needs: dict[str, Any]) -> None:
    denied = [
        record
        for account in small.accounts
        for back in range(1, 60)
        for record in day_records(small, account, TODAY - timedelta(days=back), volume=0)
        if "Throttling" not in record.get("errorCode", "Throttling")
    ]
    assert denied
    for record in denied:
        action = ACTIONS[(record["eventSource"], record["eventName"])]
        assert action not in needs["principals"][caller(record)]["needed"]
        assert f"not authorized to perform: {action} " in record["errorMessage"]


def test_files_stand_where_a_trail_of_an_organization_puts_them(small: Company, logs: Path) -> None:
    for path in logs.rglob("*.json.gz"):
        parts = path.relative_to(logs).parts
        account, region = parts[2], parts[4]
        assert ("AWSLogs", small.id, "CloudTrail") == (parts[0], parts[1], parts[3])
        assert path.name.startswith(f"{account}_CloudTrail_{region}_{''.join(parts[5:8])}T")
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            assert account == record["recipientAccountId"]
            assert region == record["awsRegion"]
            assert record["eventTime"].startswith("-".join(parts[5:8]))


def test_event_ids_are_taken_once(logs: Path) -> None:
    paths = logs.rglob("*.json.gz")
    ids = [r["eventID"] for path in paths for r in json.loads(gzip.decompress(path.read_bytes()))["Records"]]
    assert len(ids) == len(set(ids)) > 1_000


def test_data_events_are_logged_for_some_accounts_only(small: Company, logs: Path) -> None:
    for account in small.accounts:
        paths = (logs / "AWSLogs" / small.id / account.id).rglob("*.json.gz")
        records = [r for path in paths for r in json.loads(gzip.decompress(path.read_bytes()))["Records"]]
        assert account.has_data_events == any(record["eventCategory"] == "Data" for record in records)


def test_people_rest_at_weekends_and_keep_working_hours(small: Company) -> None:
    saturday = date(2026, 5, 30)
    week = [saturday - timedelta(days=back) for back in range(5, -1, -1)]
    days = {
        day: [r for a in small.accounts for r in day_records(small, a, day) if "@" in caller_name(r)] for day in week
    }
    assert [] == days[saturday]
    hours = {record["eventTime"][11:13] for day in week[:-1] for record in days[day]}
    assert hours
    assert "07" <= min(hours)
    assert max(hours) <= "17"


def records_of(small: Company, day: date) -> list[Record]:
    return [record for account in small.accounts for record in day_records(small, account, day)]


def caller_name(record: Record) -> str:
    return str(record["userIdentity"].get("principalId", ""))


def test_leastwise_reads_every_record(small: Company, needs: dict[str, Any], logs: Path, tmp_path: Path) -> None:
    assert 0 == leastwise(tmp_path, "logs", "add", str(logs), "--processes", "1").returncode
    status = json.loads(leastwise(tmp_path, "logs", "status", "--json").stdout)
    assert status["records_read"] == status["events_kept"] > 1_000
    assert {} == status["unreadable"] == status["unmapped"] == status["skipped"]
    assert 21 == len(status["days"])
    for arn in small.accounts[1].roles[3].arn, small.accounts[1].roles[-1].arn:
        told = needs["principals"][arn]
        used = json.loads(leastwise(tmp_path, "used", arn, "--json").stdout)["requests"]
        assert {r["action"] for r in used if r["count"] > r["denied"]} <= {*told["needed"], *told["formerly"]}
