"""What a snapshot does not hold is seen in the answer: open, with a reason, and never decided in silence."""

from __future__ import annotations

import json

import msgspec
import pytest

from leastwise.estate.ask import Facts, can, who_can
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import Binding
from leastwise.estate.gather import gathered
from leastwise.estate.held import (
    Iam,
    InlinePolicy,
    ManagedPolicy,
    Node,
    NotRead,
    Organization,
    Part,
    Resource,
    Resources,
    Role,
    User,
)
from leastwise.model.decision import ALLOW, DEPENDS, EXPLICIT_DENY, IMPLICIT_DENY

A, B = "111122223333", "444455556666"
APP, ANN = f"arn:aws:iam::{A}:role/app", f"arn:aws:iam::{A}:user/ann"
QUEUE, KEY = f"arn:aws:sqs:eu-west-1:{A}:q", f"arn:aws:kms:eu-west-1:{A}:key/k"
SEND = "sqs:SendMessage"


def document(effect: str = "Allow", action: str = "*", **more: object) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}],
    }
)
ALL = InlinePolicy("all", document())
ROLE = Role(APP, "app", trust=TRUST, inline=(ALL,))
FULL = (Node("r-1", "Root", "root", scps=("p-FullAWSAccess",), rcps=("p-RCPFullAWSAccess",)),)


def estate(*parts: Part, role: Role = ROLE) -> Estate:
    return Estate(gathered([Iam(A, roles=(role,)), *parts]))


def asked(found: Estate, action: str = SEND, resource: str = QUEUE, who: str = APP) -> tuple[set[str], Binding]:
    """The outcomes that are possible, and what binds the request."""
    answer = can(found, who, action, resource, facts=Facts(is_complete=True))
    is_open = ALLOW in answer.decision.possible and answer.decision.outcome is DEPENDS
    if is_open:
        names = {one.principal for one in who_can(found, action, resource, facts=Facts(is_complete=True))}
        assert who in names
    return {str(one) for one in answer.decision.possible}, answer.binding


def assert_told(binding: Binding, *words: str) -> None:
    (doubt,) = binding.doubts
    assert all(word in doubt for word in words), doubt
    assert "\n" not in doubt


def test_everything_is_known() -> None:
    possible, binding = asked(estate(Resources(A, "sqs", "eu-west-1", (Resource(QUEUE, A, "sqs:queue"),))))
    assert ({ALLOW}, ()) == (possible, binding.doubts)


@pytest.mark.parametrize("holds", [True, False])
def test_the_policy_of_a_queue_was_not_read(holds: bool) -> None:
    held = [Resources(A, "sqs", "eu-west-1", (Resource(QUEUE, A, "sqs:queue"),))] if holds else []
    unread = NotRead("sqs.GetQueueAttributes", "access denied", A, "eu-west-1", QUEUE, "AccessDenied")
    possible, binding = asked(estate(*held, unread))
    assert {ALLOW, EXPLICIT_DENY} == possible
    assert_told(binding, QUEUE, "sqs.GetQueueAttributes", "access denied")


@pytest.mark.parametrize("region", ["", "eu-west-1"])
def test_the_queues_were_not_listed(region: str) -> None:
    possible, binding = asked(estate(NotRead("sqs.ListQueues", "access denied", A, region)))
    assert {ALLOW, EXPLICIT_DENY} == possible
    assert_told(binding, "sqs.ListQueues")


@pytest.mark.parametrize(
    "unread",
    [
        NotRead("sqs.ListQueues", "denied", A, "us-east-1"),
        NotRead("sqs.ListQueues", "denied", B),
        NotRead("sns.ListTopics", "denied", A),
        NotRead("sqs.GetQueueAttributes", "denied", A, "eu-west-1", f"{QUEUE}2"),
    ],
)
def test_what_was_not_read_elsewhere_is_no_matter(unread: NotRead) -> None:
    possible, binding = asked(estate(unread))
    assert ({ALLOW}, ()) == (possible, binding.doubts)


def test_a_policy_of_a_queue_cannot_be_read() -> None:
    held = Resources(A, "sqs", "eu-west-1", (Resource(QUEUE, A, "sqs:queue", policies={"policy": "{"}),))
    possible, binding = asked(estate(held))
    assert {ALLOW, EXPLICIT_DENY} == possible
    assert_told(binding, QUEUE, "cannot be read")


def test_whoever_is_not_granted_it_may_be_by_a_policy_that_was_not_read() -> None:
    nobody = msgspec.structs.replace(ROLE, inline=())
    unread = NotRead("sqs.GetQueueAttributes", "access denied", A, "eu-west-1", QUEUE)
    possible, _ = asked(estate(unread, role=nobody))
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible


def test_an_attached_policy_is_missing() -> None:
    role = msgspec.structs.replace(ROLE, inline=(), attached=(f"arn:aws:iam::{A}:policy/gone",))
    possible, binding = asked(estate(role=role))
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible
    assert_told(binding, "policy/gone", "not read")


def test_an_attached_policy_is_missing_beside_a_deny() -> None:
    deny = InlinePolicy("deny", document("Deny", "sqs:*"))
    role = msgspec.structs.replace(ROLE, inline=(deny,), attached=(f"arn:aws:iam::{A}:policy/gone",))
    assert {EXPLICIT_DENY} == asked(estate(role=role))[0]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"Version": "2012-10-17"}', "\x00", '"text"', "[" * 5000])
def test_an_inline_policy_cannot_be_read(text: str) -> None:
    role = msgspec.structs.replace(ROLE, inline=(InlinePolicy("own", text),))
    possible, binding = asked(estate(role=role))
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible
    assert_told(binding, "inline policy own", "cannot be read")


def test_a_policy_is_not_known_until_apply() -> None:
    unknown = InlinePolicy("own", document(), unknown=("Statement[0].Action",))
    possible, binding = asked(estate(role=msgspec.structs.replace(ROLE, inline=(unknown,))))
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible
    assert_told(binding, "until apply")


def test_a_boundary_is_missing() -> None:
    possible, binding = asked(estate(role=msgspec.structs.replace(ROLE, boundary=f"arn:aws:iam::{A}:policy/limit")))
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible
    assert_told(binding, "policy/limit")


def test_a_group_is_missing() -> None:
    found = Estate(gathered([Iam(A, users=(User(ANN, "ann", groups=("ops",)),))]))
    possible, binding = asked(found, who=ANN)
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible
    assert_told(binding, "group/ops")


def test_a_trust_policy_cannot_be_read() -> None:
    target = Role(f"arn:aws:iam::{A}:role/target", "target", trust="{")
    found = Estate(gathered([Iam(A, roles=(ROLE, target))]))
    possible, binding = asked(found, "sts:AssumeRole", target.arn)
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible
    assert_told(binding, "trust policy")


def test_the_trust_policy_of_a_role_elsewhere_is_not_held() -> None:
    possible, binding = asked(estate(), "sts:AssumeRole", f"arn:aws:iam::{B}:role/far")
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible
    assert_told(binding, "role/far", "not in the snapshot")


def test_a_role_that_is_not_there_is_assumed_by_nobody() -> None:
    possible, binding = asked(estate(), "sts:AssumeRole", f"arn:aws:iam::{A}:role/gone")
    assert ({IMPLICIT_DENY}, ()) == (possible, binding.doubts)


def test_grants_on_a_key_were_not_read() -> None:
    policy = document(action="kms:Describe*", Principal={"AWS": ANN})
    held = Resources(A, "kms", "eu-west-1", (Resource(KEY, A, "kms:key", policies={"policy": policy}),))
    unread = NotRead("kms.ListGrants", "access denied", A, "eu-west-1", KEY)
    possible, binding = asked(estate(held, unread), "kms:Decrypt", KEY)
    assert {ALLOW, IMPLICIT_DENY} == possible
    assert_told(binding, "grants", KEY)


@pytest.mark.parametrize("what", ["organizations.DescribeOrganization", "organizations.ListPoliciesForTarget"])
def test_policies_of_the_organization_were_not_read(what: str) -> None:
    possible, binding = asked(estate(NotRead(what, "access denied")))
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible
    assert [f"SCPs of account {A}", f"RCPs of account {A}"] == [doubt.partition(":")[0] for doubt in binding.doubts]


@pytest.mark.parametrize(("subject", "doubted"), [("scp", ["SCPs"]), ("rcp", ["RCPs"]), (A, ["SCPs", "RCPs"])])
def test_some_policies_of_the_organization_were_not_read(subject: str, doubted: list[str]) -> None:
    nodes = (*FULL, Node(A, "main", "account", "r-1", ("p-FullAWSAccess",), ("p-RCPFullAWSAccess",)))
    organization = Organization("o-1", B, nodes, enabled=("scp", "rcp"))
    unread = NotRead("organizations.ListPoliciesForTarget", "access denied", subject=subject)
    possible, binding = asked(estate(organization, unread))
    assert ALLOW in possible
    assert len(possible) > 1
    assert doubted == [doubt.partition(" ")[0] for doubt in binding.doubts]


def test_an_account_is_not_in_the_organization() -> None:
    possible, binding = asked(estate(Organization("o-1", B, FULL, enabled=("scp",))))
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible
    assert all(A in doubt for doubt in binding.doubts)
    assert binding.doubts


def test_the_way_to_the_root_is_broken() -> None:
    nodes = (*FULL, Node(A, "main", "account", "ou-gone", ("p-FullAWSAccess",)))
    possible, binding = asked(estate(Organization("o-1", B, nodes, enabled=("scp",))))
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible
    assert binding.doubts


def test_an_scp_is_missing() -> None:
    nodes = (*FULL, Node(A, "main", "account", "r-1", ("p-gone",)))
    possible, binding = asked(estate(Organization("o-1", B, nodes, enabled=("scp",))))
    assert {ALLOW, EXPLICIT_DENY, IMPLICIT_DENY} == possible
    assert_told(binding, "scp p-gone")


def test_nodes_in_a_ring_lead_to_no_root() -> None:
    nodes = (Node("ou-1", "one", "ou", "ou-2"), Node("ou-2", "two", "ou", "ou-1"), Node(A, "main", "account", "ou-1"))
    possible, binding = asked(estate(Organization("o-1", B, nodes, enabled=("scp",))))
    assert ALLOW in possible
    assert len(possible) > 1
    assert binding.doubts


@pytest.mark.parametrize(
    "who", [f"arn:aws:iam::{B}:role/far", f"arn:aws:iam::{B}:user/far", f"arn:aws:sts::{A}:assumed-role/gone/s"]
)
def test_a_principal_outside_is_open(who: str) -> None:
    policy = document(action="sqs:*", Principal={"AWS": B})
    held = Resources(A, "sqs", "eu-west-1", (Resource(QUEUE, A, "sqs:queue", policies={"policy": policy}),))
    if f"::{A}:" in who:
        with pytest.raises(Exception, match="no principal"):
            asked(estate(held), who=who)
        return
    answer = can(estate(held), who, SEND, QUEUE)
    assert answer.decision.outcome is DEPENDS
    assert any(who in doubt for doubt in answer.binding.doubts)


@pytest.mark.parametrize("key", ["aws:PrincipalOrgID", "aws:principalorgid", "AWS:PRINCIPALORGID"])
def test_a_key_that_is_given_stands_instead_of_the_organizations(key: str) -> None:
    nodes = (*FULL, Node(A, "main", "account", "r-1", ("p-FullAWSAccess",), ("p-RCPFullAWSAccess",)))
    organization = Organization("o-1", B, nodes, enabled=("scp", "rcp"))
    inline = InlinePolicy("own", document(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-other"}}))
    found = estate(organization, role=msgspec.structs.replace(ROLE, inline=(inline,)))
    facts = Facts({key: "o-other"}, is_complete=True)
    assert ALLOW is can(found, APP, SEND, QUEUE, facts=facts).decision.outcome


def test_a_managed_policy_of_aws_that_is_not_held_is_told() -> None:
    role = msgspec.structs.replace(ROLE, inline=(), attached=("arn:aws:iam::aws:policy/AdministratorAccess",))
    possible, binding = asked(estate(role=role))
    assert ALLOW in possible
    assert_told(binding, "AdministratorAccess")
    held = ManagedPolicy(role.attached[0], "AdministratorAccess", document())
    assert {ALLOW} == asked(estate(Iam(B, policies=(held,)), role=role))[0]


def test_resources_of_an_account_of_which_none_are_held_are_open_to_others() -> None:
    elsewhere = f"arn:aws:sqs:eu-west-1:{B}:q"
    possible, binding = asked(estate(), resource=elsewhere)
    assert {ALLOW, IMPLICIT_DENY} <= possible
    assert any(f"of account {B}" in doubt for doubt in binding.doubts)


def test_where_the_queues_of_that_account_were_read_there_is_none_that_lets_in() -> None:
    read = Resources(B, "sqs", "eu-west-1", (Resource(f"arn:aws:sqs:eu-west-1:{B}:other", B, "sqs:queue"),))
    possible, binding = asked(estate(read), resource=f"arn:aws:sqs:eu-west-1:{B}:q")
    assert {IMPLICIT_DENY} == possible
    assert () == binding.doubts


def test_what_has_no_policies_is_closed_to_other_accounts() -> None:
    possible, _ = asked(estate(), "ec2:StopInstances", f"arn:aws:ec2:eu-west-1:{B}:instance/i-1")
    assert {IMPLICIT_DENY} == possible


def test_a_region_that_was_left_out_is_open() -> None:
    left = NotRead("*", "left out on request", A, "eu-west-1", code="LeftOut")
    possible, binding = asked(estate(left), resource=QUEUE)
    assert len(possible) > 1
    assert any("left out" in doubt for doubt in binding.doubts)
