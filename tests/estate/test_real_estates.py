"""Authorization details of others, and a made-up company: whole estates as they are read from files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.estate.ask import can, who_can
from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.offline import read_files
from leastwise.language.parse import parse_policy
from leastwise.model.decision import ALLOW, DEPENDS
from leastwise.model.policy import Kind, Policy
from leastwise.model.request import UNKNOWN, Principal, Request
from leastwise.sample import Size, company, truth, write_estate

Json = dict[str, Any]
DUMPS = sorted((Path(__file__).parents[1] / "data" / "authorization-details").glob("*.json"))
ASKED = (
    ("s3:GetObject", "arn:aws:s3:::bucket1/foo"),
    ("s3:GetObject", "arn:aws:s3:::bucket3/foo"),
    ("s3:ListBucket", "arn:aws:s3:::bucket"),
    ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:{account}:function:helloworld"),
    ("iam:CreateUser", "arn:aws:iam::{account}:user/new"),
    ("iam:PassRole", "arn:aws:iam::{account}:role/any"),
    ("ec2:DescribeInstances", "*"),
    ("sts:GetCallerIdentity", "*"),
)


def parsed(document: object, kind: Kind = "identity") -> Policy:
    return parse_policy(document if isinstance(document, str) else json.dumps(document), kind=kind)


def by_hand(dump: Json, one: Json) -> PolicySet:
    """The policies of a user or role, put together from the file; not known where one that is attached is not there."""
    managed = {
        policy["Arn"]: next(v["Document"] for v in policy["PolicyVersionList"] if v["IsDefaultVersion"])
        for policy in dump.get("Policies", ())
    }
    groups = {group["GroupName"]: group for group in dump.get("GroupDetailList", ())}
    holders = [one, *(groups[name] for name in one.get("GroupList", ()))]
    inline = [
        policy["PolicyDocument"]
        for holder in holders
        for name in ("UserPolicyList", "RolePolicyList", "GroupPolicyList")
        for policy in holder.get(name, ())
    ]
    attached = [managed.get(policy["PolicyArn"]) for holder in holders for policy in holder["AttachedManagedPolicies"]]
    boundary = one.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return PolicySet(
        identity=UNKNOWN if None in attached else [parsed(document) for document in (*inline, *attached)],
        boundary=parsed(managed[boundary], "boundary") if boundary else None,
    )


def questions() -> Iterator[tuple[Path, str]]:
    for path in DUMPS:
        dump = json.loads(path.read_text(encoding="utf-8"))
        for one in (*dump.get("UserDetailList", ()), *dump.get("RoleDetailList", ())):
            yield path, one["Arn"]


@lru_cache
def estate_of(path: Path) -> Estate:
    return Estate(gathered(read_files([path])))


@pytest.mark.parametrize(("path", "arn"), list(questions()), ids=lambda value: getattr(value, "stem", value))
def test_can_is_the_decision_on_the_files_policies(path: Path, arn: str) -> None:
    dump = json.loads(path.read_text(encoding="utf-8"))
    one = next(o for name in ("UserDetailList", "RoleDetailList") for o in dump.get(name, ()) if o["Arn"] == arn)
    tags = {tag["Key"]: tag["Value"] for tag in one.get("Tags", ())}
    who = Principal.of(
        arn, role_arn=arn if ":role/" in arn else None, tags=tags, user_id=one.get("UserId", one.get("RoleId"))
    )
    account, policies = arn.split(":")[4], by_hand(dump, one)
    for action, on in ASKED:
        resource = on.format(account=account)
        expected = evaluate(Request(who, action, resource), policies)
        answer = can(estate_of(path), arn, action, resource)
        assert (expected.outcome, set(expected.possible)) == (answer.decision.outcome, set(answer.decision.possible))
        assert (policies.identity is UNKNOWN) is bool(answer.binding.doubts)
        found = {found.principal for found in who_can(estate_of(path), action, resource)}
        assert (ALLOW in expected.possible) is (arn in found), (action, resource)


def test_there_are_principals_of_both_kinds() -> None:
    assert {"user", "role"} == {arn.split(":")[5].partition("/")[0] for _, arn in questions()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Json, Estate]:
    """What is true of a made-up company, and the company as it is read from its folder."""
    folder = tmp_path_factory.mktemp("company")
    one = company(Size(3, 41), 11, today=date(2026, 6, 1))
    write_estate(one, folder)
    return truth(one), Estate(gathered(read_files([folder])))


def test_what_is_needed_is_granted(made: tuple[Json, Estate]) -> None:
    known, estate = made
    count, lacking = 0, []
    for arn, needs in known["principals"].items():
        for action in needs["needed"]:
            for resource in needs["on"].get(action, ()):
                count += 1
                answer = can(estate, arn, action, resource)
                if not answer.may_be_allowed:
                    lacking.append((arn, action, resource, answer.decision.outcome, answer.decision.settled_by))
    assert [] == lacking[:5], (len(lacking), count)
    assert count > 100


def test_whoever_administers_may_make_users(made: tuple[Json, Estate]) -> None:
    known, estate = made
    assert known["administrators"]
    for account in estate.snapshot.iam:
        found = {one.principal for one in who_can(estate, "iam:CreateUser", f"arn:aws:iam::{account}:user/new")}
        expected = {arn for arn in known["administrators"] if f"::{account}:" in arn}
        assert expected <= found, expected - found


def test_who_can_is_every_principal_that_can(made: tuple[Json, Estate]) -> None:
    known, estate = made
    held = sorted(estate.resources)[::4]
    roles = sorted(arn for arn in known["principals"] if ":role/" in arn)[::6]
    asked = [("s3:GetObject", f"{arn}/a") for arn in held if ":s3:" in arn]
    asked += [("sqs:SendMessage", arn) for arn in held if ":sqs:" in arn]
    asked += [("kms:Decrypt", arn) for arn in held if ":kms:" in arn]
    asked += [("sts:AssumeRole", arn) for arn in roles]
    asked += [("secretsmanager:GetSecretValue", arn) for arn in held if ":secretsmanager:" in arn]
    assert len(asked) > 5
    for action, resource in asked:
        found = {one.principal: one.decision.outcome for one in who_can(estate, action, resource)}
        for arn in known["principals"]:
            answer = can(estate, arn, action, resource)
            expected = answer.decision.outcome if answer.may_be_allowed else None
            assert expected == found.get(arn), (arn, action, resource)
            assert expected in (ALLOW, DEPENDS, None)
