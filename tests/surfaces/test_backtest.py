"""`leastwise backtest`: the table and the JSON over made-up days, and what it says when there are too few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from made_logs import ACCOUNT, a_record, write_logs
from told import Command

ROLES = ("deploy-dev", "deploy-prod")
SHORT = ("--observe", "8", "--horizon", "4", "--step", "2")


def a_call(number: int, day: int, role: str, name: str) -> dict[str, object]:
    """A call on a queue by a session of the role, on so many days after the first of May."""
    time = datetime(2024, 5, 1, 12, tzinfo=UTC) + timedelta(days=day)
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    identity = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s",
        "accountId": ACCOUNT,
        "principalId": "AROAEXAMPLE:s",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": arn, "accountId": ACCOUNT, "userName": role}},
    }
    parameters = {"queueName": "jobs", "queueUrl": f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/jobs"}
    return a_record(
        number,
        userIdentity=identity,
        eventTime=f"{time:%Y-%m-%dT%H:%M:%SZ}",
        eventSource="sqs.amazonaws.com",
        eventName=name,
        requestParameters=parameters,
        managementEvent=True,
        eventCategory="Management",
    )


@pytest.fixture
def made(leastwise: Command, tmp_path: Path) -> Command:
    """Two roles over sixteen days; what one of them begins late, the other has done from the start."""
    numbers = iter(range(1000))
    records = [a_call(next(numbers), day, role, "GetQueueAttributes") for day in range(16) for role in ROLES]
    records += [a_call(next(numbers), day, "deploy-dev", "PurgeQueue") for day in range(16)]
    records += [a_call(next(numbers), 13, "deploy-prod", name) for name in ("PurgeQueue", "TagQueue")]
    folder = write_logs(tmp_path / "logs", {"one.json.gz": records})
    assert 0 == leastwise("logs", "add", str(folder), "--processes", "1").code
    return leastwise


def policies(told: dict[str, object], place: int = 0) -> dict[str, dict[str, dict[str, float]]]:
    return {one["name"]: one for one in told["backtests"][place]["policies"]}  # type: ignore[index]


def test_the_table_has_a_row_for_each_policy(made: Command) -> None:
    told = made("backtest", *SHORT)
    assert 0 == told.code
    assert "8 days observed and 4 days after: 2 principals, 6 tests" == told.out.splitlines()[0]
    for name in ("exact", "buffer, strict", "buffer, relaxed, siblings", "noun closure", "service wildcard"):
        assert any(line.startswith(f"  {name} ") for line in told.out.splitlines())


def test_the_json_has_the_measures_of_each_policy(made: Command) -> None:
    told = made("backtest", *SHORT, "--json").json()
    assert (1, 16, []) == (told["schema"], told["longest"], told["too_short"])
    exact = policies(told)["exact"]
    denied = "requests_denied actions_denied new_service pairs_denied tests_denied first_denials"
    measures = f"{denied} weight mean_weight unused_weight"
    assert {"name", *measures.split()} == set(exact)
    assert {"all", "by_principal", "low", "high"} == set(exact["weight"])
    assert 1.0 == exact["weight"]["all"]
    assert 0 == policies(told)["service wildcard"]["actions_denied"]["all"] < exact["actions_denied"]["all"]


def test_siblings_are_found_by_their_names(made: Command) -> None:
    told = policies(made("backtest", *SHORT, "--json").json())
    alone, together = told["buffer, relaxed"], told["buffer, relaxed, siblings"]
    assert together["actions_denied"]["all"] < alone["actions_denied"]["all"]


def test_one_principal_can_be_tested(made: Command) -> None:
    told = made("backtest", *SHORT, "--principal", "role/deploy-dev", "--json").json()
    assert 1 == told["backtests"][0]["principals"]  # type: ignore[index]
    assert 0 == policies(told)["exact"]["actions_denied"]["all"]


def test_what_is_too_long_for_the_logs_is_said_beside_the_rest(made: Command) -> None:
    told = made("backtest", *SHORT, "--observe", "20")
    assert 0 == told.code
    assert "not tested: 20 days observed and 4 days after" in told.err
    assert "seen for 16 days" in told.err and "24 days" in told.err
    fields = made("backtest", *SHORT, "--observe", "20", "--json").json()
    assert [{"observe": 20, "horizon": 4, "needs": 24}] == fields["too_short"]


def test_logs_that_are_too_short_end_with_what_they_lack(made: Command) -> None:
    told = made("backtest")
    assert 2 == told.code
    assert "" == told.out
    assert "was seen for 16 days, and 37 are needed" in told.err


def test_the_window_cuts_the_days(made: Command) -> None:
    told = made("backtest", *SHORT, "--days", "10")
    assert 2 == told.code
    assert "and 12 are needed" in told.err
