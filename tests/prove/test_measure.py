"""Measures: the numbers by hand, the class counts against one action at a time, and what makes them a ratchet."""

from __future__ import annotations

import gzip
import json
import math
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import EXAMPLES
from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.language.matching import names_action, resource_pattern
from leastwise.language.parse import parse_policy
from leastwise.language.values import counting
from leastwise.language.values.counting import count, texts_up_to
from leastwise.language.values.texts import Texts
from leastwise.model.policy import Kind, Policy, Statement
from leastwise.model.request import Request
from leastwise.prove.actions import action_index
from leastwise.prove.measure import ALPHABET, LENGTH, Measure, compare, measure

CORPUS = Path(__file__).parent.parent / "data" / "policies" / "policies.jsonl.gz"
ROLE = "arn:aws:iam::111122223333:role/app"


def of(*statements: Mapping[str, object], kind: Kind = "identity", version: str = "2012-10-17") -> Policy:
    return parse_policy({"Version": version, "Statement": list(statements)}, kind=kind)


def allow(action: object = "s3:GetObject", resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object = "s3:GetObject", resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def by_address(*blocks: str, operator: str = "IpAddress", **more: object) -> dict[str, object]:
    return {"Condition": {operator: {"aws:SourceIp": list(blocks)}, **more}}


def test_one_action_on_one_resource() -> None:
    found = measure(of(allow("S3:getobject", "arn:aws:s3:::b/k")))
    assert ("s3:GetObject",) == found.actions == found.levels["Read"]
    assert ("s3",) == found.services
    assert (1, 0.0) == (found.pairs, found.log2)
    assert ((), False) == (found.accounts.names, found.accounts.is_any)
    assert found.addresses.is_any and "no" == found.public


def test_everything() -> None:
    found = measure(of(allow("*")))
    assert action_index().names == found.actions
    assert len(found.actions) == sum(len(names) for names in found.levels.values())
    assert len(action_index().names) * texts_up_to(LENGTH, ALPHABET) == found.pairs
    assert round(math.log2(len(found.actions)) + LENGTH * 8 + math.log2(256 / 255), 3) == found.log2
    assert None is found.accounts.number


def test_nothing() -> None:
    for policy in (of(allow(), deny("s3:*")), of(deny("*"))):
        found = measure(policy)
        assert ((), (), 0, None) == (found.actions, found.services, found.pairs, found.log2)
        assert (0, 0, False) == (found.addresses.v4, found.addresses.v6, found.addresses.is_any)
        assert 0 == found.accounts.number


def test_resources_longer_than_are_counted_still_allow_the_action() -> None:
    found = measure(of(allow(resource="arn:aws:s3:::b/" + "k" * LENGTH)))
    assert (1, 0) == (len(found.actions), found.pairs)


def test_a_deny_takes_its_resources_away() -> None:
    room = LENGTH - len("arn:aws:s3:::b/")
    found = measure(of(allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::b/*"), deny(resource="arn:aws:s3:::b/x*")))
    assert 2 * texts_up_to(room) - texts_up_to(room - 1) == found.pairs


def test_conditions_count_as_held_for_allows_and_as_not_held_for_denies() -> None:
    held = {"Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}
    plain, told = measure(of(allow())), measure(of(allow(**held), deny("s3:*", **held)))
    assert (plain.pairs, plain.actions) == (told.pairs, told.actions)
    assert (0, 0, 1, 1) == (
        plain.conditional_allows,
        plain.conditional_denies,
        told.conditional_allows,
        told.conditional_denies,
    )


def test_a_deny_for_some_principals_is_left_out() -> None:
    everyone = allow(resource="arn:aws:s3:::b/*", Principal="*")
    some = measure(of(everyone, deny(Principal={"AWS": "111122223333"}), kind="resource"))
    assert (("s3:GetObject",), 1) == (some.actions, some.conditional_denies)
    every = measure(of(everyone, deny(Principal={"AWS": "*"}), kind="resource"))
    assert ((), 0) == (every.actions, every.conditional_denies)


@pytest.mark.parametrize(
    ("statements", "like"),
    [
        ((allow(resource="arn:aws:s3:::b/${aws:username}/*"),), (allow(resource="arn:aws:s3:::b/*/*"),)),
        ((allow(), deny(resource="arn:aws:s3:::b/${aws:username}")), (allow(),)),
        (
            (allow(), {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b/${aws:username}"}),
            (allow(resource="arn:aws:s3:::b/*"),),
        ),
        (({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::${aws:username}"},), (allow(),)),
    ],
)
def test_variables_are_read_as_widely_as_can_be(
    statements: tuple[dict[str, object], ...], like: tuple[dict[str, object], ...]
) -> None:
    found = measure(of(*statements))
    assert measure(of(*like)).pairs == found.pairs
    assert 1 == found.variables


def test_without_a_version_of_variables_they_are_text() -> None:
    found = measure(of(allow(resource="arn:aws:s3:::b/${aws:username}"), version="2008-10-17"))
    assert (1, 0) == (found.pairs, found.variables)


def test_actions_that_the_catalogue_does_not_know_are_told() -> None:
    found = measure(of(allow(["nope:Do*", "s3:GetObject", "iam:NoSuch"])))
    assert (("iam:NoSuch", "nope:Do*"), ("s3:GetObject",)) == (found.unknown_actions, found.actions)
    assert () == measure(of(allow("nope:Do"), deny("*"))).unknown_actions
    assert ("nope:Do",) == measure(of(allow("nope:Do"), deny("*", "arn:aws:s3:::b"))).unknown_actions


@pytest.mark.parametrize(
    ("resources", "names", "is_any"),
    [
        (
            ["arn:aws:sqs:eu-west-1:111122223333:q", "arn:aws:iam::444455556666:role/*"],
            ("111122223333", "444455556666"),
            False,
        ),
        (["arn:aws:sqs:*:111122223333:*", "arn:aws:sqs:*:*:q"], ("111122223333",), True),
        (["arn:aws:sqs:*:${aws:PrincipalAccount}:*"], (), True),
        (["arn:aws:sqs:*:1111*:q"], (), True),
        (["*"], (), True),
        (["arn:aws:s3:::b"], (), False),
    ],
)
def test_accounts_of_resources(resources: list[str], names: tuple[str, ...], is_any: bool) -> None:
    found = measure(of(allow("*", resources))).accounts
    assert (names, is_any) == (found.names, found.is_any)


@pytest.mark.parametrize(
    ("principal", "accounts", "public"),
    [
        ({"AWS": ["111122223333", ROLE]}, (("111122223333",), False), "no"),
        ({"AWS": "arn:aws:iam::444455556666:root", "Service": "sns.amazonaws.com"}, (("444455556666",), False), "no"),
        ({"Service": "sns.amazonaws.com"}, ((), False), "no"),
        ("*", ((), True), "yes"),
        ({"AWS": "*"}, ((), True), "yes"),
    ],
)
def test_accounts_of_principals(principal: object, accounts: tuple[tuple[str, ...], bool], public: str) -> None:
    found = measure(of(allow("sqs:SendMessage", "*", Principal=principal), kind="resource"))
    assert (accounts, public) == ((found.accounts.names, found.accounts.is_any), found.public)


def test_everyone_under_conditions() -> None:
    held = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}}
    some = allow("sqs:SendMessage", "*", Principal="*", **held)
    assert "with conditions" == measure(of(some, kind="resource")).public
    assert "yes" == measure(of(some, allow("sqs:SendMessage", "*", Principal="*"), kind="resource")).public
    other = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "NotPrincipal": {"AWS": ROLE}}
    found = measure(of(other, kind="resource"))
    assert ("yes", True, True) == (found.public, found.accounts.is_any, found.principals.is_any)


def test_trust_policies_name_principals_and_no_resource() -> None:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "ec2.amazonaws.com", "AWS": ROLE},
    }
    found = measure(of(statement, kind="trust"))
    assert (("sts:AssumeRole",), ("111122223333",)) == (found.actions, found.accounts.names)
    assert (f"AWS {ROLE}", "Service ec2.amazonaws.com") == found.principals.names


V4 = sum(1 << (32 - bits) for bits in (8, 8, 10, 8, 16, 12, 24, 16, 15, 3))
ALL_V4 = (1 << 32) - V4
STRAIGHT = {"Bool": {"aws:ViaAWSService": "false"}}


@pytest.mark.parametrize(
    ("statements", "v4", "v6"),
    [
        ((allow(**by_address("203.0.113.0/24", "203.0.113.7", "10.0.0.0/8")),), 256, 0),
        ((allow(**by_address("203.0.113.0/24", "2001:db8::/120")),), 256, 256),
        ((allow(**by_address("10.0.0.0/8", "fd00::/8")),), 0, 0),
        ((allow(**by_address("0.0.0.0/0")),), ALL_V4, 0),
        ((allow(**by_address("203.0.113.0/24", operator="IpAddressIfExists")),), 256, 0),
        ((allow(**by_address("203.0.113.0/24")), allow(**by_address("203.0.113.0/23"))), 512, 0),
        ((allow(**by_address("203.0.113.0/24")), deny(**by_address("203.0.113.0/25"))), 128, 0),
        ((allow(), deny("*", **by_address("203.0.113.0/24", operator="NotIpAddress"))), 256, 0),
        ((allow("nope:Do"), deny("*", **by_address("203.0.113.0/24", operator="NotIpAddress"))), 256, 0),
        ((allow(), deny("*", **by_address("203.0.113.0/24", operator="NotIpAddress", **STRAIGHT))), 256, 0),
        ((allow(Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}}),), 0, 0),
        ((allow(**by_address("203.0.113.0/24")), deny("s3:*")), 0, 0),
    ],
)
def test_public_addresses(statements: tuple[dict[str, object], ...], v4: int, v6: int) -> None:
    found = measure(of(*statements)).addresses
    assert (v4, v6, False) == (found.v4, found.v6, found.is_any)


MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


@pytest.mark.parametrize(
    "statements",
    [
        (allow(),),
        (allow(**by_address("0.0.0.0/0", "::/0")),),
        (allow(**by_address("203.0.113.0/24")), allow("s3:PutObject")),
        (allow(["s3:GetObject", "s3:PutObject"]), deny(**by_address("203.0.113.0/24", operator="NotIpAddress"))),
        (allow(), deny("*", "arn:aws:s3:::b/*", **by_address("203.0.113.0/24", operator="NotIpAddress"))),
        (allow(), deny("*", **by_address("203.0.113.0/24", operator="NotIpAddress", **MFA))),
    ],
)
def test_addresses_that_nothing_limits(statements: tuple[dict[str, object], ...]) -> None:
    assert measure(of(*statements)).addresses.is_any


def test_what_is_too_much_to_count_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    easy = measure(of(allow("sqs:*")))
    monkeypatch.setattr(counting, "BUDGET", 100)
    hard = measure(of(allow("s3:GetObject", "arn:aws:s3:::*a?????b*"), allow("sqs:*")))
    assert (None, None) == (hard.pairs, hard.log2)
    assert ("s3:GetObject", *easy.actions) == hard.actions
    change = compare(easy, hard)
    assert (("pairs",), True) == (change.not_known, change.is_wider)
    assert None is compare(hard, hard).is_wider


def test_a_change_names_what_came_and_what_went() -> None:
    old = measure(of(allow(["s3:GetObject", "sqs:SendMessage"], "arn:aws:s3:::b/*")))
    new = measure(of(allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::b/k")))
    change = compare(old, new)
    assert (("services", "pairs"), ()) == (change.narrower, change.wider)
    assert (("s3:PutObject",), ("sqs:SendMessage",)) == (change.gained["actions"], change.lost["actions"])
    assert False is change.is_wider
    assert ("services", "pairs") == compare(new, old).wider


ACTIONS = ("*", "s3:*", "s3:Get*", "s3:GetObject", "iam:Pass*", "sqs:SendMessage", "s3:*Object", "nope:*")
RESOURCES = (
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::*/k",
    "arn:aws:sqs:*:111122223333:q",
    "arn:aws:s3:::b/${aws:username}",
)
CONDITIONS: tuple[dict[str, object], ...] = (
    {},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/25"}},
    {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
)
STATEMENTS = st.builds(
    lambda effect, action, actions, resource, resources, condition: {
        "Effect": effect,
        action: actions,
        resource: resources,
        "Condition": condition,
    },
    st.sampled_from(["Allow", "Allow", "Deny"]),
    st.sampled_from(["Action", "Action", "NotAction"]),
    st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3, unique=True),
    st.sampled_from(["Resource", "Resource", "NotResource"]),
    st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=3, unique=True),
    st.sampled_from(CONDITIONS),
)
POLICIES = st.lists(STATEMENTS, min_size=1, max_size=5)
Document = list[dict[str, object]]


def numbers(found: Measure) -> tuple[object, ...]:
    return (
        found.actions,
        found.services,
        found.unknown_actions,
        found.accounts,
        found.public,
        found.addresses,
        found.pairs,
    )


@EXAMPLES
@given(POLICIES, st.randoms(use_true_random=False))
def test_equal_policies_have_equal_measures(document: Document, chance: random.Random) -> None:
    """Order, doubles and names of statements change nothing."""
    other = [{**statement, "Sid": f"S{place}"} for place, statement in enumerate([*document, document[0]])]
    for statement in other:
        if "Action" in statement:
            actions = statement["Action"]
            assert isinstance(actions, list)
            statement["Action"] = chance.sample(actions, len(actions))
    chance.shuffle(other)
    assert numbers(measure(of(*document))) == numbers(measure(of(*other)))


@EXAMPLES
@given(POLICIES, STATEMENTS)
def test_an_allow_more_makes_no_number_smaller_and_a_deny_more_none_greater(
    document: Document, more: dict[str, object]
) -> None:
    without = measure(of(*document))
    allowed = compare(without, measure(of(*document, {**more, "Effect": "Allow"})))
    denied = compare(without, measure(of(*document, {**more, "Effect": "Deny"})))
    assert ((), ()) == (allowed.narrower, allowed.not_known)
    assert ((), ()) == (denied.wider, denied.not_known)


@EXAMPLES
@given(POLICIES)
def test_classes_count_as_their_actions_one_by_one(document: Document) -> None:
    policy = of(*document)
    found = measure(policy)
    shown = (
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "iam:PassRole",
        "sqs:SendMessage",
        "sqs:ListQueues",
        "ec2:RunInstances",
    )
    for name in shown:
        assert (name in found.actions) == (not allowed_resources(policy, name).is_empty())
    by_name = {name: count(allowed_resources(policy, name), LENGTH) for name in shown}
    alone = measure(of(*document, {"Effect": "Deny", "NotAction": list(shown), "Resource": "*"}))
    assert sum(by_name.values()) == alone.pairs


def allowed_resources(policy: Policy, action: str) -> Texts:
    granted, denied = Texts.none(), Texts.none()
    for statement in policy.statements:
        if not names_action(statement, action.lower()):
            continue
        if statement.effect == "Allow":
            granted |= resources_of(statement, is_wide=True)
        elif not statement.conditions:
            denied |= resources_of(statement, is_wide=False)
    return granted & ~denied


def resources_of(statement: Statement, *, is_wide: bool) -> Texts:
    found = Texts.none()
    for text in statement.resources:
        if "${" not in text or is_wide != statement.is_not_resource:
            pattern = resource_pattern(text.replace("${aws:username}", "*"), "identity", True)
            assert pattern.glob is not None
            found |= Texts.globs([pattern.glob])
    return ~found if statement.is_not_resource else found


def test_published_policies_allow_the_actions_that_are_decided_so() -> None:
    """Policies without conditions, Denies and variables: an action is measured where some resource is allowed."""
    chance = random.Random(7)
    rows = [json.loads(line) for line in gzip.decompress(CORPUS.read_bytes()).splitlines()]
    tried = 0
    for row in chance.sample([row for row in rows if row["kind"] == "identity" and plain(row)], 60):
        policy = parse_policy(row["document"], kind="identity")
        found = measure(policy)
        asked = {*chance.sample(action_index().names, 3), *chance.sample(found.actions, min(4, len(found.actions)))}
        resources = [text.replace("*", "x") for statement in policy.statements for text in statement.resources]
        for name in sorted(asked):
            requests = [Request(ROLE, name, resource) for resource in {*resources, "arn:aws:s3:::x"}]
            outcomes = {evaluate(request, PolicySet(identity=[policy])).outcome.value for request in requests}
            assert (name in found.actions) == ("ALLOW" in outcomes), (row["name"], name)
            tried += 1
    assert tried > 200


def plain(row: Mapping[str, object]) -> bool:
    text = json.dumps(row)
    return not any(word in text for word in ('"Condition"', '"Deny"', "${", "NotResource", "<", "ACCOUNT"))
