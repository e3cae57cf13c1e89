"""Exceptions leave out whom they name and nobody else, decided request by request and proved for all."""

from __future__ import annotations

import pytest

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.language.parse import parse_policy
from leastwise.model.decision import Outcome
from leastwise.model.errors import InputError
from leastwise.model.policy import Kind, Policy
from leastwise.model.request import Principal, Request
from leastwise.prove.queries import equivalent, no_new_access
from leastwise.prove.verdict import Verdict
from leastwise.synthesize.guardrails.exceptions import (
    ArnException,
    Exempt,
    TagException,
    excepting,
    exception_of,
    untouched,
    written,
)
from leastwise.synthesize.guardrails.scenarios import EVERYTHING, FULL_ACCESS, FULL_RCP_ACCESS, OPEN

ORG = "o-a1b2c3d4e5"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY = {"Sid": "No", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}
GLASS, CLEANER, APP = (f"arn:aws:iam::111122223333:role/{name}" for name in ("glass", "cleaner", "app"))
STRANGER = "arn:aws:iam::999999999999:role/glass"


def _policy(*statements: dict[str, object], kind: Kind = "scp") -> Policy:
    everyone = {"Principal": "*"} if kind == "rcp" else {}
    return parse_policy({"Version": "2012-10-17", "Statement": [{**one, **everyone} for one in statements]}, kind=kind)


def _is_denied(policy: Policy, arn: str, organization: str = ORG, **tags: str) -> bool:
    who = Principal.of(arn, tags=tags)
    context = {"aws:PrincipalOrgID": organization}
    request = Request(who, "s3:GetObject", "arn:aws:s3:::b/k", context, "111122223333", True)
    if policy.kind == "scp":
        placed = PolicySet(identity=EVERYTHING, resource=OPEN, scps=[[FULL_ACCESS, policy]])
    else:
        placed = PolicySet(identity=EVERYTHING, resource=OPEN, rcps=[[FULL_RCP_ACCESS, policy]])
    outcome = evaluate(request, placed).outcome
    assert outcome in (Outcome.ALLOW, Outcome.EXPLICIT_DENY)
    return outcome is Outcome.EXPLICIT_DENY


BOTH: list[Exempt] = [ArnException(GLASS), TagException("team", "platform")]


def test_each_exception_is_enough_by_itself() -> None:
    found = excepting(_policy(DENY), BOTH)
    assert not _is_denied(found, GLASS)
    assert not _is_denied(found, APP, team="platform")
    assert _is_denied(found, APP, team="data")
    assert _is_denied(found, APP)


def test_several_of_a_kind_are_enough_each() -> None:
    found = excepting(
        _policy(DENY), [ArnException(GLASS), ArnException(CLEANER), TagException("t", "a"), TagException("T", "b")]
    )
    assert not _is_denied(found, GLASS)
    assert not _is_denied(found, CLEANER)
    assert not _is_denied(found, APP, t="a")
    assert not _is_denied(found, APP, t="b")
    assert _is_denied(found, APP, t="c")


MERGED = {
    "ArnNotLike": (
        {"ArnNotLike": {"aws:PrincipalARN": CLEANER}},
        {"ArnNotLike": {"aws:PrincipalARN": (CLEANER, GLASS)}},
    ),
    "ArnNotEqualsIfExists": (
        {"ArnNotEqualsIfExists": {"aws:PrincipalArn": CLEANER}},
        {"ArnNotEqualsIfExists": {"aws:PrincipalArn": (CLEANER, GLASS)}},
    ),
    "another key of the operator": (
        {"ArnNotLike": {"aws:SourceArn": CLEANER}},
        {"ArnNotLike": {"aws:SourceArn": (CLEANER,), "aws:PrincipalArn": (GLASS,)}},
    ),
    "a text operator, under which a pattern reaches further": (
        {"StringNotLike": {"aws:PrincipalArn": CLEANER}},
        {"StringNotLike": {"aws:PrincipalArn": (CLEANER,)}, "ArnNotLike": {"aws:PrincipalArn": (GLASS,)}},
    ),
    "said already": ({"ArnNotLike": {"aws:PrincipalArn": GLASS}}, {"ArnNotLike": {"aws:PrincipalArn": (GLASS,)}}),
}


@pytest.mark.parametrize("name", MERGED)
def test_an_exception_joins_the_condition_that_stands_there(name: str) -> None:
    before, after = MERGED[name]
    found = excepting(_policy({**DENY, "Condition": before}), [ArnException(GLASS)])
    assert after == found.statements[0].conditions


def test_every_deny_is_loosened_and_no_allow() -> None:
    allow = {**ALL, "Sid": "List", "Action": "s3:*"}
    policy = _policy(allow, DENY, {**DENY, "Sid": "Nor", "Action": "sqs:*"})
    found = excepting(policy, [ArnException(GLASS)])
    assert policy.statements[0] == found.statements[0]
    assert [{"ArnNotLike": {"aws:PrincipalArn": (GLASS,)}}] * 2 == [one.conditions for one in found.statements[1:]]
    assert ("statement 1 (List) is an Allow and has no exception",) == untouched(found)


def test_without_exceptions_it_is_the_same_policy() -> None:
    policy = _policy(DENY)
    assert policy is excepting(policy, [])


def test_in_an_rcp_an_exception_is_of_one_account() -> None:
    found = excepting(_policy(DENY, kind="rcp"), [ArnException(GLASS)])
    assert not _is_denied(found, GLASS)
    assert _is_denied(found, STRANGER, "o-zzzzzzzzzz")


@pytest.mark.parametrize("loose", [TagException("team", "platform"), ArnException("arn:aws:iam::*:role/glass")])
def test_in_an_rcp_a_loose_exception_needs_the_organization(loose: Exempt) -> None:
    with pytest.raises(InputError, match="would leave out principals of any account"):
        excepting(_policy(DENY, kind="rcp"), [loose])
    found = excepting(_policy(DENY, kind="rcp"), [loose], organization=ORG)
    assert not _is_denied(found, GLASS, team="platform")
    assert _is_denied(found, STRANGER, "o-zzzzzzzzzz", team="platform")
    assert ["No", "NoStrangers"] == [one.sid for one in found.statements]


def test_where_strangers_alone_are_bound_a_loose_exception_changes_nothing() -> None:
    deny = {**DENY, "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORG}}}
    policy = _policy(deny, kind="rcp")
    assert policy.statements == excepting(policy, [TagException("team", "x")], organization=ORG).statements


def test_what_binds_services_alone_has_no_exception() -> None:
    policy = _policy({**DENY, "Condition": {"Bool": {"aws:PrincipalIsAWSService": "true"}}}, kind="rcp")
    assert policy.statements == excepting(policy, [ArnException(GLASS)]).statements


def test_an_exception_only_ever_allows_more() -> None:
    old = _policy(ALL, DENY)
    new = excepting(old, BOTH)
    assert Verdict.PASS == no_new_access(new, old).verdict
    proof = no_new_access(old, new)
    assert Verdict.FAIL == proof.verdict
    narrowed = _policy(ALL, {**DENY, "Condition": {"ArnNotLike": {"aws:PrincipalArn": GLASS}}})
    assert Verdict.PASS == equivalent(excepting(old, BOTH[:1]), narrowed).verdict


READ: dict[str, Exempt] = {
    GLASS: ArnException(GLASS),
    "arn:aws:iam::*:role/stacksets-exec-*": ArnException("arn:aws:iam::*:role/stacksets-exec-*"),
    "arn:aws:iam::111122223333:root": ArnException("arn:aws:iam::111122223333:root"),
    "team=platform": TagException("team", "platform"),
    "aws:PrincipalTag/team=a=b": TagException("team", "a=b"),
}


@pytest.mark.parametrize("text", READ)
def test_exceptions_are_read(text: str) -> None:
    assert READ[text] == exception_of(text)
    assert written(READ[text]) in text


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:sts::111122223333:assumed-role/app/session",
        "arn:aws:iam::*:role/*",
        "arn:aws:iam::1111*:role/app",
        "arn:aws:iam::111122223333:*",
        "arn:aws:s3:::bucket",
        "arn:aws:iam",
        "platform",
        "team=",
        "=platform",
        "team=*",
        "team=${aws:username}",
    ],
)
def test_what_leaves_out_more_than_a_name_is_refused(text: str) -> None:
    with pytest.raises(InputError) as raised:
        exception_of(text)
    assert raised.value.help


def test_a_boundary_takes_no_exception() -> None:
    with pytest.raises(InputError, match="only SCPs and RCPs"):
        excepting(parse_policy({"Version": "2012-10-17", "Statement": [ALL]}, kind="boundary"), BOTH)


CONDITIONS: list[dict[str, object]] = [
    {},
    {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
    {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORG}},
    {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}, "StringNotLike": {"aws:PrincipalTag/team": "x*"}},
    {"StringNotEquals": {"aws:PrincipalTag/team": "data"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
]
CHOSEN: list[list[Exempt]] = [
    [ArnException(GLASS)],
    [ArnException("arn:aws:iam::*:role/glass")],
    [TagException("team", "platform")],
    [ArnException(GLASS), TagException("team", "platform"), TagException("team", "ops")],
    [ArnException("arn:aws:iam::*:role/gl*"), ArnException(CLEANER)],
]
ASKERS = [(arn, team) for arn in (GLASS, CLEANER, APP, STRANGER) for team in ("", "platform", "ops", "data", "x1")]


def _is_named(exception: Exempt, arn: str, team: str, kind: Kind) -> bool:
    """Whether the exception is of this principal, told without the policy."""
    is_own = arn != STRANGER
    if isinstance(exception, TagException):
        return team == exception.value and (is_own or kind == "scp")
    before, _, after = exception.pattern.partition("*:role/")
    if not after:
        return arn == exception.pattern
    fits = arn.startswith(before) and arn.rpartition("/")[2].startswith(after.rstrip("*"))
    is_whole = after.endswith("*") or arn.endswith(f"/{after}")
    return fits and is_whole and (is_own or kind == "scp")


@pytest.mark.parametrize("kind", ["scp", "rcp"])
@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_whom_an_exception_names_passes_and_for_others_nothing_changes(number: int, kind: Kind) -> None:
    plain = _policy({**DENY, "Condition": CONDITIONS[number]}, kind=kind)
    changed = 0
    for chosen in CHOSEN:
        excepted = excepting(plain, chosen, organization=ORG)
        for arn, team in ASKERS:
            organization, tags = (ORG if arn != STRANGER else "o-zzzzzzzzzz"), ({"team": team} if team else {})
            before = _is_denied(plain, arn, organization, **tags)
            is_named = any(_is_named(one, arn, team, kind) for one in chosen)
            expected = before and not is_named
            changed += expected != before
            assert expected == _is_denied(excepted, arn, organization, **tags), (chosen, arn, team)
    is_of_strangers = number == 2 and kind == "rcp"
    assert is_of_strangers == (changed == 0)
