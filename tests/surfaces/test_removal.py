"""What `propose` keeps of today's policies unseen, and what it asks about, as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_logs import ACCOUNT, a_record, write_logs
from told import Command, Told

DAY = 86_400
ACTIONS = ["ec2:DescribeInstances", "ec2:DescribeVolumes", "iam:AttachUserPolicy"]
Record = dict[str, object]


def kept(told: Told) -> dict[str, list[str]]:
    """The reasons by action of what is kept unseen."""
    found: dict[str, list[str]] = {}
    for one in told.json()["kept_unseen"]:  # type: ignore[attr-defined]
        for action in one["actions"]:
            found.setdefault(action, []).append(one["reason"])
    return found


@pytest.fixture
def company(leastwise: Command) -> Command:
    """The command, with the logs and a snapshot of a made-up company, its last-accessed data among it."""
    made = ("sample", "company", "--accounts", "3", "--roles", "41", "--days", "30", "--date", "2026-06-01")
    for command in (made, ("snapshot", "--from", "company"), ("logs", "add", "company/logs", "--processes", "1")):
        assert 0 == leastwise(*command).code
    return leastwise


def test_what_last_accessed_data_has_in_use_is_kept_and_truly_needed(company: Command, tmp_path: Path) -> None:
    truth = json.loads((tmp_path / "company" / "truth.json").read_text())["principals"]
    support = next(arn for arn in truth if arn.endswith("/support-api-function"))
    told = kept(company("propose", support, "--from-current", "--json"))
    by_service = {
        action for action, reasons in told.items() if "by last-accessed data, on a day of the log" in reasons[0]
    }
    assert {"dynamodb:GetItem", "dynamodb:PutItem", "s3:GetObject", "sqs:SendMessage"} <= by_service
    assert by_service <= {*truth[support]["needed"]}
    diff = company("propose", support, "--diff").out
    assert "kept unseen: 1 action (sqs:SendMessage), because `sqs` was used on 2026-05-31 by last-accessed data" in diff
    assert not any(line.startswith('-  "sqs:SendMessage"') for line in diff.splitlines())


def test_without_last_accessed_data_it_goes_and_that_is_said(company: Command, tmp_path: Path) -> None:
    for path in (tmp_path / "company").rglob("last-accessed"):
        for one in path.iterdir():
            one.unlink()
    assert 0 == company("snapshot", "--from", "company").code
    told = company("propose", "role/support-api-deploy", "--diff").out
    assert '-  "lambda:CreateFunction"' in told
    assert "note: the snapshot has no last-accessed data of it: use before the log began would not show" in told
    kept_ = kept(company("propose", "role/support-api-function", "--from-current", "--json"))
    assert ["no data event of `sqs` is in the logs of its account"] == kept_["sqs:SendMessage"]


def user(name: str, day: int) -> Record:
    """A user made on a day of May 2024 with a policy of its own."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}]}
    return {
        "Path": "/",
        "UserName": name,
        "UserId": f"AIDA{name.upper()}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "CreateDate": f"2024-05-{day:02}T00:00:00Z",
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document}],
        "GroupList": [],
        "AttachedManagedPolicies": [],
    }


def call(name: str, day: int, action: str, number: int) -> Record:
    prefix, _, event = action.partition(":")
    identity = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}", "accountId": ACCOUNT, "userName": name}
    request = {"userName": name, "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"} if prefix == "iam" else {}
    return a_record(
        (day - 1) * DAY + number,
        userIdentity={**identity, "principalId": f"AIDA{name.upper()}"},
        eventSource=f"{prefix}.amazonaws.com",
        eventName=event,
        requestParameters=request,
        managementEvent=True,
        eventCategory="Management",
    )


@pytest.fixture
def team(leastwise: Command, tmp_path: Path) -> Command:
    """Thirty users of the second of May, of whom a third use all that they have from the seventh on, and two others.

    `new` was made on the twenty-fourth, four days before the log ends, `old` long before it began.
    """
    names = [f"u{number}" for number in range(30)]
    records = [call(name, day, ACTIONS[0], place) for place, name in enumerate(names) for day in (2, 27)]
    records += [call(name, 7, action, 100 + place) for place, name in enumerate(names[:10]) for action in ACTIONS[1:]]
    records += [call("old", day, ACTIONS[0], 200) for day in (1, 27)] + [call("new", 26, ACTIONS[0], 300)]
    write_logs(tmp_path / "logs", {"one.json.gz": records})
    users = [
        *(user(name, 2) for name in names),
        user("new", 24),
        user("old", 1) | {"CreateDate": "2020-01-01T00:00:00Z"},
    ]
    body = {"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    (tmp_path / "iam.json").write_text(json.dumps(body))
    assert 0 == leastwise("logs", "add", "logs", "--processes", "1").code
    assert 0 == leastwise("snapshot", "--from", "iam.json").code
    return leastwise


def test_a_young_grant_stays_and_a_sensitive_one_is_asked_about(team: Command) -> None:
    told = team("propose", "user/new", "--from-current", "--json")
    reasons = kept(told)
    assert ["ec2:DescribeVolumes"] == [*reasons]
    assert reasons["ec2:DescribeVolumes"][0].startswith("granted 4 days ago: ")
    removal = told.json()["removal"]
    assert ["iam:AttachUserPolicy"] == [one["action"] for one in removal["worth_asking"]]  # type: ignore[call-overload,index]
    diff = team("propose", "user/new", "--diff").out
    assert "kept unseen: 1 action (ec2:DescribeVolumes), because granted 4 days ago: " in diff
    assert "taken away, worth asking about: iam:AttachUserPolicy: sensitive, granted 4 days ago: " in diff


def test_an_old_one_goes(team: Command) -> None:
    assert {} == kept(team("propose", "user/old", "--from-current", "--json"))


def test_a_strict_setting_of_the_buffer_counts_here_too(team: Command) -> None:
    strict = team("propose", "user/new", "--from-current", "--json", "--buffer", "strict")
    assert ["ec2:DescribeVolumes"] == [*kept(strict)]  # of the least weight: half a denial costs more


def test_what_is_written_anew_says_nothing_of_removal(team: Command) -> None:
    assert team("propose", "user/new", "--json").json()["removal"] is None
