"""Whole questions put to z3 and cvc5: what the engine finds by trying requests, they never refute."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from adversarial import families, random_tags
from leastwise.decide.evaluate import evaluate
from leastwise.decide.policies import PolicySet
from leastwise.language.parse import parse_policy
from leastwise.model.decision import ALLOW
from leastwise.model.request import Request
from leastwise.prove.smt import check
from leastwise.prove.smt_question import question_script

LIMIT_MS = 2_000
USER, ROLE, SERVICE = "arn:aws:iam::111122223333:user/u", "arn:aws:iam::444455556666:role/r", "lambda.amazonaws.com"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ALLOW_ALL = parse_policy({"Version": "2012-10-17", "Statement": EVERYTHING})
ALLOW_ALL_TO_EVERYONE = parse_policy(
    {"Version": "2012-10-17", "Statement": {**EVERYTHING, "Principal": "*"}}, kind="resource"
)
ACTIONS = ("s3:GetObject", "s3:PutObject", "sqs:SendMessage")
RESOURCES = ("*", "arn:aws:s3:::b/x", "arn:aws:s3:::b/y:z", "arn:aws:sqs:eu-west-1:111122223333:q", "arn:aws:sqs::1:q")
CONTEXTS = [
    {
        name: value
        for name, value in zip(("s3:prefix", "aws:TagKeys", "aws:SourceIp"), values, strict=True)
        if value is not None
    }
    for values in product((None, "", "a", "ab"), (None, ("a",), ("a", "b"), ("",)), (None, "10.1.2.3", "::1"))
]
PATTERNS = {
    "actions": ("*", "s3:*", "S3:Get*", "s3:?utObject", "sqs:SendMessage", "*:*"),
    "resources": (
        *RESOURCES[:4],
        "arn:aws:s3:::b/*",
        "arn:aws:sqs:*:*:q",
        "arn:aws:s3:::*:z",
        "arn:aws:sqs",
        "arn:*:s3:::?/x",
    ),
}
PRINCIPALS = ("*", {"AWS": "111122223333"}, {"AWS": [USER, ROLE]}, {"Service": SERVICE}, {"AWS": "*"})
CONDITIONS = (
    ("StringEquals", "s3:prefix", ("a", "")),
    ("StringNotLike", "s3:prefix", ("a*",)),
    ("StringLikeIfExists", "S3:Prefix", ("?b",)),
    ("StringEqualsIgnoreCase", "s3:prefix", ("AB",)),
    ("ForAllValues:StringEquals", "s3:prefix", ("a",)),
    ("ForAnyValue:StringNotEquals", "s3:prefix", ("a",)),
    ("ForAllValues:StringEquals", "aws:TagKeys", ("a",)),
    ("ForAllValues:StringNotEquals", "aws:tagkeys", ("b",)),
    ("ForAnyValue:StringLikeIfExists", "aws:TagKeys", ("b*",)),
    ("StringNotEquals", "aws:TagKeys", ("a",)),
    ("Null", "aws:TagKeys", ("true",)),
    ("Null", "s3:prefix", ("false",)),
    ("IpAddress", "aws:SourceIp", ("10.0.0.0/8",)),
    ("NotIpAddress", "aws:SourceIp", ("10.1.0.0/16", "::/0")),
    ("NotIpAddressIfExists", "aws:SourceIp", ("10.0.0.0/8",)),
)


def statement(rng):
    found = {"Effect": rng.choice(("Allow", "Allow", "Deny")), "Principal": rng.choice(PRINCIPALS)}
    found[rng.choice(("Action", "Action", "NotAction"))] = rng.sample(PATTERNS["actions"], rng.randint(1, 2))
    found[rng.choice(("Resource", "Resource", "NotResource"))] = rng.sample(PATTERNS["resources"], rng.randint(1, 2))
    if rng.random() < 0.7:
        conditions = {}
        for operator, key, values in rng.sample(CONDITIONS, rng.randint(1, 2)):
            conditions.setdefault(operator, {})[key] = list(values)
        found["Condition"] = conditions
    return found


def document(rng):
    statements = [statement(rng) for _ in range(rng.randint(1, 3))]
    return parse_policy({"Version": "2012-10-17", "Statement": statements}, kind="endpoint")


def allowed(policy, requests):
    """The requests that the document allows; as the policy of an endpoint it decides alone."""
    policies = PolicySet(identity=[ALLOW_ALL], resource=[ALLOW_ALL_TO_EVERYONE], endpoint=[policy])
    return {number for number, request in enumerate(requests) if evaluate(request, policies).outcome is ALLOW}


def requests():
    people = (USER, ROLE, "arn:aws:iam::111122223333:user/other", SERVICE, "anonymous")
    return [
        Request(principal, action, resource, context, context_is_complete=True)
        for principal, action, resource, context in product(people, ACTIONS, RESOURCES, CONTEXTS)
    ]


@pytest.mark.parametrize("seed", range(10))
def test_questions_agree_with_the_engine(seed):
    rng, asked = Random(seed), requests()
    asked = rng.sample(asked, 1500)
    seen = {"sat": 0, "unsat": 0}
    for _ in range(20):
        old = document(rng)
        new = document(rng) if rng.random() < 0.5 else mutated(rng, old)
        is_found = bool(allowed(new, asked) - allowed(old, asked))
        for actions in (None, ACTIONS):
            said = {
                check(question_script(old, new, arn=arn, actions=actions), solver, limit_ms=LIMIT_MS)
                for arn, solver in product(("one", "segments"), ("z3", "cvc5"))
            } - {"unknown"}
            assert len(said) < 2, (old.document(), new.document())
            assert not (is_found and "unsat" in said), (old.document(), new.document())
            for answer in said:
                seen[answer] += 1
    assert all(seen.values()), seen


def mutated(rng, policy):
    """The policy with a statement less, or one more that may deny."""
    written = policy.document()
    statements = list(written["Statement"])
    if len(statements) > 1 and rng.random() < 0.5:
        statements.pop(rng.randrange(len(statements)))
    else:
        statements.append({**statement(rng), "Effect": rng.choice(("Allow", "Deny", "Deny"))})
    return parse_policy({**written, "Statement": statements}, kind="endpoint")


def test_not_principal_exempts_whom_it_lists():
    deny = {"Effect": "Deny", "NotPrincipal": {"Service": SERVICE}, "Action": "*", "Resource": "*"}
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    only_service = {**allow, "Principal": {"Service": SERVICE}}

    def policy(*statements):
        return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind="resource")

    exempting = policy(allow, deny)
    for old, new, expected in (
        (policy(only_service), exempting, "unsat"),
        (exempting, policy(only_service), "unsat"),
        (exempting, policy(allow), "sat"),
    ):
        for solver in ("z3", "cvc5"):
            script = question_script(old, new, arn="segments", actions=None)
            assert expected == check(script, solver, limit_ms=LIMIT_MS)


def scripted(pair):
    _, old, new = pair
    return question_script(parse_policy(old), parse_policy(new), arn="segments", actions=None)


def test_adversarial_families_are_what_they_say():
    for family in families():
        said = check(scripted(family.make()), "z3", limit_ms=LIMIT_MS)
        assert said in ("unknown", "sat" if family.has_new_access else "unsat"), family


def test_the_random_tags_have_no_solution():
    assert "unsat" == check(scripted(random_tags(150)), "z3", limit_ms=30_000)
