"""Replay: what of the observed requests would break, what cannot be told, and what would be news."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from made_logs import ACCOUNT, ALICE, a_record, a_time

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.held import (
    Iam,
    InlinePolicy,
    Node,
    Organization,
    OrganizationPolicy,
    Part,
    Resource,
    Resources,
    Tagged,
    User,
)
from leastwise.language.parse import parse_policy
from leastwise.model.decision import ALLOW, DEPENDS, EXPLICIT_DENY, IMPLICIT_DENY
from leastwise.model.errors import InputError
from leastwise.model.policy import Kind, Policy
from leastwise.synthesize.asking import Answer, joined
from leastwise.synthesize.replay import Options, Replay, replay
from leastwise.synthesize.trial import Candidate, Placed, Trial
from leastwise.usage.observed import opened
from leastwise.usage.store import Store

StoreOf = Callable[..., Store]
BUCKET = "arn:aws:s3:::logs"
DENIED = {"errorCode": "AccessDenied", "errorMessage": "no"}
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
FULL = OrganizationPolicy(
    "p-FullAWSAccess", "FullAWSAccess", "scp", json.dumps({"Version": "2012-10-17", "Statement": [ALLOW_ALL]})
)


def policy(*statements: dict[str, object], kind: Kind = "identity", name: str = "tried") -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind=kind, name=name)


def allow(action: str, resource: str = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str, resource: str = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def text(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def estate(*parts: Part, identity: dict[str, object] | None = None) -> Estate:
    """The account of alice, who may do everything, or what is given."""
    alice = User(ALICE, "alice", inline=(InlinePolicy("own", text(identity or ALLOW_ALL)),))
    return Estate(gathered([Iam(ACCOUNT, users=(alice,)), *parts]))


def organization(*scps: OrganizationPolicy) -> Organization:
    """The account under a unit, with these SCPs at the account."""
    full = ("p-FullAWSAccess",)
    nodes = (
        Node("r-1", "Root", "root", scps=full),
        Node("ou-1", "Prod", "ou", "r-1", scps=full),
        Node(ACCOUNT, "one", "account", "ou-1", scps=(*full, *(one.id for one in scps))),
    )
    return Organization("o-1", "999999999999", nodes, (FULL, *scps), enabled=("scp",))


def replayed(store: Store, candidate: Candidate, held: Estate | None = None, **options: object) -> Replay:
    with opened(store) as observed:
        return replay(
            observed,
            Trial(candidate, held),
            catalogue=load_catalogue(),
            options=Options(**options),  # type: ignore[arg-type]
        )


def verdicts(found: Replay) -> dict[str, int]:
    return dict(found.calls)


def test_what_the_candidate_allows_stays_and_the_rest_breaks(store_of: StoreOf) -> None:
    store = store_of(a_record(0), a_record(1), a_record(7))
    found = replayed(store, Candidate((policy(allow("s3:GetObject", f"{BUCKET}/k/0")),)))
    assert {"allowed": 2, "breaks": 1} == verdicts(found)
    (broken,) = found.breaks
    assert (f"{BUCKET}/k/1", 1, "no identity policy allows it") == (
        broken.request.resource,
        broken.request.events,
        broken.reason,
    )


def test_a_deny_is_named_with_its_statement(store_of: StoreOf) -> None:
    tried = policy(allow("*"), deny("s3:GetObject", f"{BUCKET}/k/1", Sid="NotThis"))
    (broken,) = replayed(store_of(a_record(0), a_record(1)), Candidate((tried,))).breaks
    assert [("identity", "tried", 1, "NotThis")] == [(by.policy_type, by.policy, by.index, by.sid) for by in broken.by]


def test_a_key_that_no_log_tells_leaves_it_open(store_of: StoreOf) -> None:
    condition = {"StringEquals": {"aws:ResourceTag/team": "x"}}
    found = replayed(store_of(a_record(0)), Candidate((policy(allow("s3:*", Condition=condition)),)))
    assert {"undecided": 1} == verdicts(found)
    assert ("aws:ResourceTag/team",) == found.rows[0].keys


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, "allowed"),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, "breaks"),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, "allowed"),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, "breaks"),
        ({"Bool": {"aws:ViaAWSService": "false"}}, "allowed"),
        ({"Null": {"aws:SourceVpce": "true"}}, "allowed"),
        ({"DateLessThan": {"aws:CurrentTime": "2024-05-01T00:00:01Z"}}, "allowed"),
        ({"DateLessThan": {"aws:CurrentTime": "2024-04-01T00:00:00Z"}}, "breaks"),
        ({"StringEquals": {"aws:UserAgent": "x"}}, "undecided"),
    ],
)
def test_facts_come_from_the_log(store_of: StoreOf, condition: dict[str, object], verdict: str) -> None:
    found = replayed(store_of(a_record(0)), Candidate((policy(allow("*", Condition=condition)),)))
    assert {verdict: 1} == verdicts(found)


def test_calls_of_one_hour_on_both_sides_of_a_moment_are_open(store_of: StoreOf) -> None:
    condition = {"DateLessThan": {"aws:CurrentTime": "2024-05-01T00:00:05Z"}}
    found = replayed(store_of(a_record(0), a_record(7)), Candidate((policy(allow("*", Condition=condition)),)))
    assert {"undecided": 2} == verdicts(found)


def test_denied_calls_are_news_when_they_would_be_allowed(store_of: StoreOf) -> None:
    store = store_of(a_record(0, **DENIED), a_record(1, **DENIED))
    found = replayed(store, Candidate((policy(allow("s3:GetObject", f"{BUCKET}/k/0")),)))
    assert {"newly allowed": 1, "stays denied": 1} == verdicts(found)


def test_calls_that_failed_are_left_out_and_counted(store_of: StoreOf) -> None:
    store = store_of(a_record(0, errorCode="NoSuchKey", errorMessage="gone"))
    found = replayed(store, Candidate((policy(allow("s3:GetObject")),)))
    assert ({}, 1) == (verdicts(found), sum(found.left_out.values()))


def test_a_resource_policy_makes_up_for_an_identity_policy(store_of: StoreOf) -> None:
    own = text({**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": {"AWS": ALICE}})
    held = estate(
        Resources(ACCOUNT, "s3", resources=(Resource(BUCKET, ACCOUNT, "s3:bucket", policies={"policy": own}),))
    )
    candidate = Candidate((policy(allow("sqs:*")),))
    assert {"allowed": 1} == verdicts(replayed(store_of(a_record(0)), candidate, held, principal=ALICE))


def test_what_today_denies_as_well_is_not_of_this_change(store_of: StoreOf) -> None:
    held = estate(identity=allow("sqs:*"))
    found = replayed(store_of(a_record(0)), Candidate((policy(allow("sns:*")),)), held, principal=ALICE)
    assert {"denied already": 1} == verdicts(found)


def test_what_stays_let_the_call_through_whatever_it_turned_on(store_of: StoreOf) -> None:
    on_unknown = {"StringNotEquals": {"aws:SourceVpc": "vpc-1", "aws:ResourceTag/a": "b"}}
    stays = deny("s3:*", Condition=on_unknown)
    scp = OrganizationPolicy("p-1", "Guard", "scp", text(stays))
    held = estate(organization(scp))
    beside = Placed(policy(deny("sqs:*"), kind="scp"))
    assert {"allowed": 1} == verdicts(replayed(store_of(a_record(0)), Candidate(scps=(beside,)), held))
    instead = Placed(policy(stays, deny("sqs:*"), kind="scp"), "Guard")
    assert {"allowed": 1} == verdicts(replayed(store_of(a_record(0)), Candidate(scps=(instead,)), held))


@pytest.mark.parametrize("target", ["", "r-1", "ou-1", "Prod", "Root", ACCOUNT, "one", "Guard", "p-1"])
def test_an_scp_is_tried_wherever_it_can_be_attached(store_of: StoreOf, target: str) -> None:
    held = estate(organization(OrganizationPolicy("p-1", "Guard", "scp", text(deny("sqs:*")))))
    tried = Placed(policy(deny("s3:GetObject"), kind="scp"), target)
    assert {"breaks": 1} == verdicts(replayed(store_of(a_record(0)), Candidate(scps=(tried,)), held))


def test_an_scp_has_a_place(store_of: StoreOf) -> None:
    held = estate(organization())
    with pytest.raises(InputError, match="no `elsewhere`"):
        replayed(store_of(a_record(0)), Candidate(scps=(Placed(policy(kind="scp"), "elsewhere"),)), held)


def test_an_scp_that_is_eased_lets_through_what_it_denied(store_of: StoreOf) -> None:
    held = estate(organization(OrganizationPolicy("p-1", "Guard", "scp", text(deny("s3:*")))))
    store = store_of(
        a_record(0, **DENIED), a_record(1, eventSource="sqs.amazonaws.com", eventName="ListQueues", **DENIED)
    )
    found = replayed(store, Candidate(scps=(Placed(policy(deny("sns:*"), kind="scp"), "Guard"),)), held)
    assert [("newly allowed", "s3:GetObject")] == [(one.verdict, one.request.action) for one in found.rows]


def test_resources_count_where_the_scp_names_some(store_of: StoreOf) -> None:
    tried = Placed(policy(deny("s3:GetObject", f"{BUCKET}/k/1"), kind="scp"))
    found = replayed(store_of(a_record(0), a_record(1)), Candidate(scps=(tried,)))
    assert [("breaks", f"{BUCKET}/k/1", False)] == [
        (r.verdict, r.request.resource, r.request.is_any) for r in found.rows
    ]


def test_resources_do_not_count_where_it_names_none(store_of: StoreOf) -> None:
    tried = Placed(policy(deny("s3:GetObject"), kind="scp"))
    found = replayed(store_of(a_record(0), a_record(1)), Candidate(scps=(tried,)))
    assert [("breaks", True, 2)] == [(r.verdict, r.request.is_any, r.request.events) for r in found.rows]


def test_no_scp_binds_services_and_service_linked_roles(store_of: StoreOf) -> None:
    service = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
    path = "aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    linked = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForX/s",
        "principalId": "AROA1:s",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/{path}"}},
    }
    store = store_of(a_record(0, userIdentity=service), a_record(1, userIdentity=linked))
    assert {"allowed": 2} == verdicts(replayed(store, Candidate(scps=(Placed(policy(deny("*"), kind="scp")),))))


def test_an_rcp_is_of_the_resources_account(store_of: StoreOf) -> None:
    tried = Placed(
        parse_policy({"Version": "2012-10-17", "Statement": [{**deny("s3:*"), "Principal": "*"}]}, kind="rcp")
    )
    assert {"breaks": 1} == verdicts(replayed(store_of(a_record(0)), Candidate(rcps=(tried,))))


def test_a_resource_that_the_call_did_not_name_may_be_any(store_of: StoreOf) -> None:
    call = {"eventSource": "rds.amazonaws.com", "eventName": "DescribeDBInstances", "requestParameters": None}
    store = store_of(a_record(0, **call))
    name = "arn:aws:rds:eu-west-1:111122223333:db:one"
    some = Candidate((policy(allow("rds:DescribeDBInstances", name)),))
    assert {"undecided": 1} == verdicts(replayed(store, some))
    every = Candidate((policy(allow("rds:DescribeDBInstances", name), allow("rds:DescribeDBInstances")),))
    assert {"allowed": 1} == verdicts(replayed(store, every))
    but_one = Candidate((policy(allow("rds:*"), deny("rds:DescribeDBInstances", name)),))
    assert {"undecided": 1} == verdicts(replayed(store, but_one))
    others = Candidate((policy({"Effect": "Allow", "Action": "rds:*", "NotResource": name}),))
    assert {"undecided": 1} == verdicts(replayed(store, others))


def test_a_boundary_is_tried_for_everybody(store_of: StoreOf) -> None:
    bound = policy(allow("sqs:*"), kind="boundary")
    assert {"breaks": 1} == verdicts(replayed(store_of(a_record(0)), Candidate(boundary=bound)))


@pytest.mark.parametrize(("team", "verdict"), [("shop", "allowed"), ("other", "breaks")])
def test_tags_of_a_resource_decide_where_the_snapshot_has_them(store_of: StoreOf, team: str, verdict: str) -> None:
    queue = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"
    call = a_record(0, eventSource="sqs.amazonaws.com", eventName="SendMessage", resources=[{"ARN": queue}])
    held = estate(Resources(ACCOUNT, "tagging", "eu-west-1", tagged=(Tagged(queue, {"team": team}),)))
    own = policy(allow("sqs:SendMessage", Condition={"StringEquals": {"aws:ResourceTag/team": "shop"}}))
    assert {verdict: 1} == verdicts(replayed(store_of(call), Candidate((own,)), held, principal=ALICE))


@pytest.mark.parametrize("held", [None, estate(identity=allow("s3:*", "arn:aws:s3:::logs/k/${aws:username}"))])
def test_a_statement_in_another_version_is_another_one(store_of: StoreOf, held: Estate | None) -> None:
    call = a_record(0, requestParameters={"bucketName": "logs", "key": "k/alice"})
    document = {"Version": "2008-10-17", "Statement": [allow("s3:*", "arn:aws:s3:::logs/k/${aws:username}")]}
    tried = parse_policy(document, name="tried")
    assert {"breaks": 1} == verdicts(replayed(store_of(call), Candidate((tried,)), held, principal=ALICE))


@pytest.mark.parametrize("held", [None, estate()])
def test_a_policy_that_reads_the_time_is_asked_at_the_first_and_the_last_call(
    store_of: StoreOf, held: Estate | None
) -> None:
    on = {"bucketName": "logs", "key": "k/0"}
    calls = [a_record(number, requestParameters=on) for number in (600, 3_000)]
    between = a_time(1_800)
    tried = policy(allow("*", Condition={"DateGreaterThan": {"aws:CurrentTime": between}}))
    found = replayed(store_of(*calls), Candidate((tried,)), held, principal=ALICE)
    assert {"undecided"} == set(verdicts(found))


def test_what_is_denied_either_way_is_denied() -> None:
    explicit, implicit = Answer(EXPLICIT_DENY), Answer(IMPLICIT_DENY)
    assert joined([explicit, implicit]) is explicit
    assert joined([explicit, Answer(ALLOW)]).outcome is DEPENDS
