"""`leastwise violations`: denials as the log tells them or as they are decided again, judged, with the change."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from made_logs import a_record, added, write_logs
from told import Command, Told

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.estate.gather import gathered
from leastwise.estate.held import Iam, InlinePolicy, ManagedPolicy, Node, Organization, OrganizationPolicy, Role
from leastwise.estate.snapshot import write_snapshot
from leastwise.language.parse import parse_policy
from leastwise.model.decision import ALLOW, EXPLICIT_DENY
from leastwise.model.request import Principal, Request
from leastwise.synthesize.guardrails.violation_changes import excepted
from leastwise.synthesize.guardrails.violations import shapes_of
from leastwise.usage.store import Store

Json = dict[str, object]
Record = dict[str, object]
ACCOUNT, MANAGEMENT = "111122223333", "444455556666"
SCP_ARN = f"arn:aws:organizations::{MANAGEMENT}:policy/o-example123/service_control_policy/p-guard"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/limit"
ADMIN = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
GUARD: Json = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Guard",
            "Effect": "Deny",
            "Action": ["sqs:PurgeQueue", "sqs:DeleteQueue", "iam:CreateAccessKey"],
            "Resource": "*",
        }
    ],
}
LIMIT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","sqs:*","iam:*"],"Resource":"*"}]}'
EXPLICIT = " with an explicit deny in a service control policy"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:work"


def arn_of(role: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def denied(role: str, action: str, day: int, *, tail: str, on: str = QUEUE, number: int = 0, **more: object) -> Record:
    """A denied call of a role's session, as the message tells it."""
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/job"
    message = f"User: {session} is not authorized to perform: {action} on resource: {on}{tail}"
    return call(role, action, day, number=number, errorCode="AccessDenied", errorMessage=message, **more)


def call(role: str, action: str, day: int, *, number: int = 0, on: str = QUEUE, **more: object) -> Record:
    service, _, name = action.partition(":")
    identity = {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:job",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/job",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAEXAMPLE",
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "arn": arn_of(role), "accountId": ACCOUNT, "userName": role},
            "attributes": {"mfaAuthenticated": "false", "creationDate": f"2024-05-{day:02}T00:00:00Z"},
        },
    }
    fields: Record = {
        "userIdentity": identity,
        "eventTime": f"2024-05-{day:02}T{8 + number % 8:02}:00:{number % 60:02}Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "eventID": f"00000000-0000-0000-{day:04}-{abs(hash_of(role, action)):08}{number:04}",
        "requestParameters": {"queueUrl": f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/{on.rpartition(':')[2]}"},
        "managementEvent": True,
        "eventCategory": "Management",
    }
    return a_record(number, **(fields | more))


def hash_of(*parts: str) -> int:
    return sum(ord(letter) * (place + 1) for place, letter in enumerate("".join(parts))) % 100_000_000


def snapshot(tmp_path: Path, *roles: str) -> str:
    held = tuple(
        Role(arn_of(name), name, inline=(InlinePolicy("own", ADMIN),), boundary=BOUNDARY if "bound" in name else None)
        for name in roles
    )
    limit = ManagedPolicy(BOUNDARY, "limit", LIMIT)
    full = ("p-FullAWSAccess",)
    nodes = (
        Node("r-1", "Root", "root", "", full),
        Node("ou-1", "Prod", "ou", "r-1", (*full, "p-guard")),
        Node(ACCOUNT, "member", "account", "ou-1", full),
        Node(MANAGEMENT, "management", "account", "r-1", full),
    )
    policies = (OrganizationPolicy("p-guard", "Guard", "scp", json.dumps(GUARD)),)
    organization = Organization("o-example123", MANAGEMENT, nodes, policies, enabled=("scp",))
    path = tmp_path / "made.snapshot"
    write_snapshot(gathered([Iam(ACCOUNT, roles=held, policies=(limit,)), organization]), path)
    return str(path)


@pytest.fixture
def ask(leastwise: Command, tmp_path: Path) -> Callable[..., Told]:
    """The answer on these records; with `roles`, under a snapshot that holds them."""

    def command(records: Sequence[Record], *words: str, roles: Sequence[str] = ()) -> Told:
        workspace = tmp_path / ".leastwise"
        if not workspace.exists():
            added(Store(workspace / "usage"), write_logs(tmp_path / "logs", {"one.json.gz": list(records)}))
        more = ("--snapshot", snapshot(tmp_path, *roles)) if roles else ()
        return leastwise("--workspace", str(workspace), "violations", *more, *words)

    return command


def rows(told: Told) -> list[dict[str, object]]:
    assert 0 == told.code, told.err
    found = told.json()["violations"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("tail", "kind", "denial", "policy"),
    [
        (f"{EXPLICIT}: {SCP_ARN}", "scp", "explicit", SCP_ARN),
        (EXPLICIT, "scp", "explicit", None),
        (" because no service control policy allows the sqs:PurgeQueue action", "scp", "implicit", None),
        (" with an explicit deny in a resource control policy", "rcp", "explicit", None),
        (f" with an explicit deny in a permissions boundary: {BOUNDARY}", "boundary", "explicit", BOUNDARY),
        (" because no permissions boundary allows the sqs:PurgeQueue action", "boundary", "implicit", None),
        (" because no session policy allows the sqs:PurgeQueue action", "session", "implicit", None),
    ],
)
def test_the_log_s_reason_counts(
    ask: Callable[..., Told], tail: str, kind: str, denial: str, policy: str | None
) -> None:
    (one,) = rows(ask([denied("app", "sqs:PurgeQueue", 3, tail=tail)], "--json"))
    assert (kind, denial, policy, "log") == (one["policy_type"], one["denial"], one["policy"], one["reason"])
    assert (arn_of("app"), "sqs:PurgeQueue", QUEUE) == (one["principal"], one["action"], one["resource"])


def test_other_policy_types_are_counted_and_told_on_demand(ask: Callable[..., Told]) -> None:
    records = [
        denied("app", "sqs:PurgeQueue", 3, tail=EXPLICIT),
        denied("app", "sqs:DeleteQueue", 3, tail=" because no identity-based policy allows the sqs:DeleteQueue action"),
    ]
    told = ask(records, "--json")
    assert ["sqs:PurgeQueue"] == [one["action"] for one in rows(told)]
    assert {"identity": 1} == told.json()["summary"]["left_out_calls"]  # type: ignore[index]
    every = ask(records, "--json", "--all-types")
    assert {"sqs:PurgeQueue": "scp", "sqs:DeleteQueue": "identity"} == {
        str(one["action"]): str(one["policy_type"]) for one in rows(every)
    }


def test_a_log_that_gives_no_reason_is_decided_again(ask: Callable[..., Told]) -> None:
    records = [denied("app", "sqs:PurgeQueue", 3, tail="")]
    told = ask(records, "--json", roles=["app"])
    (one,) = rows(told)
    assert ("replay", "scp", "explicit", 0) == (one["reason"], one["policy_type"], one["denial"], one["statement"])
    assert "Guard" in str(one["policy"])


def test_without_a_snapshot_what_no_log_tells_is_not_known(ask: Callable[..., Told]) -> None:
    records = [denied("app", "sqs:PurgeQueue", 3, tail="")]
    told = ask(records, "--json")
    assert [] == rows(told)
    assert {"unknown": 1} == told.json()["summary"]["left_out_calls"]  # type: ignore[index]
    (one,) = rows(ask(records, "--json", "--all-types"))
    assert ("unknown", None) == (one["reason"], one["policy_type"])
    assert "no snapshot" in str(one["told"])


def test_what_the_snapshot_allows_is_not_known(ask: Callable[..., Told]) -> None:
    records = [denied("app", "sqs:SendMessage", 3, tail="")]
    (one,) = rows(ask(records, "--json", "--all-types", roles=["app"]))
    assert ("unknown", "the snapshot's policies allow it") == (one["reason"], one["told"])


def weekly(role: str, action: str, *, tail: str = EXPLICIT) -> list[Record]:
    return [denied(role, action, day, tail=tail, number=day) for day in (2, 9, 16, 23)]


def test_a_rhythm_is_a_need_and_what_came_once_is_none(ask: Callable[..., Told]) -> None:
    records = [*weekly("app", "sqs:PurgeQueue"), denied("tool", "sqs:DeleteQueue", 5, tail=EXPLICIT)]
    found = {str(one["action"]): one for one in rows(ask(records, "--json"))}
    assert "need" == found["sqs:PurgeQueue"]["verdict"]
    assert ["it comes back on 4 days, every 7 days"] == found["sqs:PurgeQueue"]["speaks_for_it"]
    assert "no need" == found["sqs:DeleteQueue"]["verdict"]
    assert ["it was tried once"] == found["sqs:DeleteQueue"]["speaks_against_it"]


def test_a_burst_of_one_day_is_no_need(ask: Callable[..., Told]) -> None:
    records = [denied("app", "sqs:PurgeQueue", 3, tail=EXPLICIT, number=number) for number in range(9)]
    (one,) = rows(ask(records, "--json"))
    assert ("no need", 9) == (one["verdict"], one["calls"])
    assert ["all on one day, 2024-05-03"] == one["speaks_against_it"]


def test_success_before_and_siblings_speak_for_a_need(ask: Callable[..., Told]) -> None:
    records = [
        *(denied("app-prod", "sqs:PurgeQueue", day, tail=EXPLICIT, number=day) for day in (20, 22)),
        call("app-dev", "sqs:PurgeQueue", 10),
        call("app-prod", "sqs:PurgeQueue", 4),
    ]
    (one,) = rows(ask(records, "--json"))
    assert "need" == one["verdict"]
    assert [
        "the same request succeeded, last 2024-05-04",
        f"{arn_of('app-dev')}, alike by name, does it",
    ] == one["speaks_for_it"]


def test_what_is_dangerous_is_no_need_without_somebody_s_word(ask: Callable[..., Told]) -> None:
    records = [
        denied("app", "iam:CreateAccessKey", day, tail=EXPLICIT, on=f"arn:aws:iam::{ACCOUNT}:user/x", number=day)
        for day in (2, 9, 16, 23)
    ]
    (one,) = rows(ask(records, "--json"))
    assert "no need" == one["verdict"]
    assert any("dangerous" in text for text in one["speaks_against_it"])  # type: ignore[attr-defined]


def test_the_smallest_exception_is_proposed_with_all_that_it_grants(ask: Callable[..., Told]) -> None:
    records = weekly("app", "sqs:PurgeQueue", tail=f"{EXPLICIT}: {SCP_ARN}")
    (one,) = rows(ask(records, "--json", roles=["app", "other"]))
    change = one["change"]
    assert isinstance(change, dict)
    assert ("exception", "Guard (p-guard)") == (change["kind"], change["policy"])
    assert [["sqs:DeleteQueue", "iam:CreateAccessKey"], ["sqs:PurgeQueue"]] == [
        statement["Action"] for statement in change["statements"]
    ]
    assert {"ArnNotLike": {"aws:PrincipalArn": [arn_of("app")]}} == change["statements"][1]["Condition"]
    assert [["sqs:PurgeQueue"]] == [granted["actions"] for granted in change["would_grant"]]
    assert [] == change["undecided"]


def test_a_boundary_gets_an_allow_more(ask: Callable[..., Told]) -> None:
    tail = " because no permissions boundary allows the kms:DescribeKey action"
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
    records = [denied("bound", "kms:DescribeKey", day, tail=tail, on=key, number=day) for day in (2, 9, 16, 23)]
    (one,) = rows(ask(records, "--json", roles=["bound"]))
    assert BOUNDARY == one["policy"]
    change = one["change"]
    assert isinstance(change, dict)
    assert "allow" == change["kind"]
    assert [(["kms:DescribeKey"], [key])] == [(s["Action"], s["Resource"]) for s in change["statements"]]
    assert [["kms:DescribeKey"]] == [granted["actions"] for granted in change["would_grant"]]


def test_what_another_policy_still_denies_is_said(ask: Callable[..., Told], tmp_path: Path) -> None:
    tail = " because no permissions boundary allows the sqs:PurgeQueue action"
    told = ask(weekly("bound", "sqs:PurgeQueue", tail=tail), roles=["bound"])
    assert "would grant nothing by itself: another policy still denies it" in told.out


def test_no_change_is_proposed_for_what_is_not_held(ask: Callable[..., Told]) -> None:
    told = ask(weekly("app", "sqs:PurgeQueue"), "--json")
    assert {"kind": "none", "reason": "there is no snapshot: the policy is not known"} == rows(told)[0]["change"]


def test_a_session_policy_is_changed_where_it_is_passed(ask: Callable[..., Told]) -> None:
    tail = " because no session policy allows the sqs:PurgeQueue action"
    told = ask(weekly("app", "sqs:PurgeQueue", tail=tail), roles=["app"])
    assert "no change is proposed: a session policy is passed by whoever assumes the role" in told.out


def test_an_exception_leaves_everything_else_denied() -> None:
    policy = parse_policy(json.dumps(GUARD), kind="scp")
    new = excepted(policy.statements[0], "sqs:PurgeQueue", arn_of("app"))
    everything = parse_policy(ADMIN)
    full = parse_policy(ADMIN, kind="scp")

    def outcome(role: str, action: str) -> object:
        guard = parse_policy(
            json.dumps({"Version": "2012-10-17", "Statement": [one.document() for one in new]}), kind="scp"
        )
        held = PolicySet(identity=[everything], scps=[[full, guard]])
        return evaluate(Request(Principal.of(arn_of(role)), action, QUEUE, {}, ACCOUNT, True), held).outcome

    assert ALLOW is outcome("app", "sqs:PurgeQueue")
    assert EXPLICIT_DENY is outcome("app", "sqs:DeleteQueue")
    assert EXPLICIT_DENY is outcome("other", "sqs:PurgeQueue")


def test_frequency_and_the_summary_count_from_the_newest_call(ask: Callable[..., Told]) -> None:
    records = [
        *weekly("app", "sqs:PurgeQueue"),
        denied("tool", "sqs:DeleteQueue", 20, tail=EXPLICIT),
        denied("tool", "sqs:DeleteQueue", 20, tail=EXPLICIT, number=1),
    ]
    told = ask(records, "--json")
    found = {str(one["action"]): one for one in rows(told)}
    assert {"2024-05-02": 1, "2024-05-09": 1, "2024-05-16": 1, "2024-05-23": 1} == found["sqs:PurgeQueue"]["days"]
    assert {"2024-04-29": 1, "2024-05-06": 1, "2024-05-13": 1, "2024-05-20": 1} == found["sqs:PurgeQueue"]["weeks"]
    summary = told.json()["summary"]
    assert isinstance(summary, dict)
    assert {"scp": 6} == summary["calls_by_type"]
    assert (2, 6, 2, 1) == tuple(summary[name] for name in ("patterns", "calls", "principals", "new_in_last_7_days"))
    assert [False, True] == [found["sqs:PurgeQueue"]["is_new"], found["sqs:DeleteQueue"]["is_new"]]
    assert ["sqs:DeleteQueue", "sqs:PurgeQueue"] == sorted(
        str(one["action"]) for one in rows(ask(records, "--json", "--days", "7"))
    )
    assert ["sqs:PurgeQueue"] == [one["action"] for one in rows(ask(records, "--json", "-P", "role/app"))]


def test_resources_of_one_place_have_one_shape() -> None:
    arns = ["arn:aws:s3:::logs/a/1", "arn:aws:s3:::logs/a/2", "arn:aws:s3:::other/x", QUEUE, "*"]
    assert {
        "arn:aws:s3:::logs/a/1": "arn:aws:s3:::logs/a/*",
        "arn:aws:s3:::logs/a/2": "arn:aws:s3:::logs/a/*",
        "arn:aws:s3:::other/x": "arn:aws:s3:::other/x",
        QUEUE: QUEUE,
        "*": "*",
    } == shapes_of(arns)


def test_hostile_names_are_shown_and_not_obeyed(ask: Callable[..., Told]) -> None:
    hostile = "arn:aws:s3:::logs/\x1b[2J\u202e<script>"
    records = [denied("app", "s3:GetObject", 3, tail=EXPLICIT, on=hostile)]
    told = ask(records)
    assert "\x1b" not in told.out
    assert "\u202e" not in told.out
    assert "\\x1b[2J" in told.out
    assert 0 == told.code


def test_a_company_s_denials_are_those_of_its_logs(leastwise: Command, tmp_path: Path) -> None:
    """The made-up company's denials are by identity policies alone, which the log says."""
    workspace = str(tmp_path / ".leastwise")
    made = leastwise("sample", str(tmp_path / "made"), "--date", "2026-06-01", "--roles", "40", "--days", "20")
    assert 0 == made.code
    leastwise("--workspace", workspace, "logs", "add", str(tmp_path / "made" / "logs"))
    leastwise("--workspace", workspace, "snapshot", "--from", str(tmp_path / "made"))
    assert [] == rows(leastwise("--workspace", workspace, "violations", "--json"))
    every = rows(leastwise("--workspace", workspace, "violations", "--json", "--all-types"))
    assert {("identity", "log")} == {(one["policy_type"], one["reason"]) for one in every}
