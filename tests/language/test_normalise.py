"""One canonical form, and never another meaning: a plain reading of both decides the same."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_policies import policies

from examples import EXAMPLES
from leastwise.language.normalise import normalise, same_form
from leastwise.language.operator_names import split_operator
from leastwise.language.parse import parse_policy
from leastwise.model.policy import Policy, Statement

NAMES = ("s3:getobject", "s3:getacl", "s3:put", "sqs:sendmessage", "ec2:runinstances", "s3:g:t")
NAMED = ("arn:aws:s3:::a", "arn:aws:s3:::a/b", "arn:aws:sqs:us-east-1:111122223333:eve", "*")
CONTEXTS = ({}, {"aws:username": "a", "s3:prefix": "A"}, {"aws:principaltag/team": "true", "aws:username": "é"})


def glob(pattern, text):
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def holds(operator, key, values, context):
    """A plain reading of one condition: enough to tell canonical forms apart, by no means all of AWS's rules."""
    name = split_operator(operator)
    actual = context.get(key.lower())
    if name.base == "Null":
        return any((actual is None) == (value.lower() == "true") for value in values)
    if actual is None:
        return name.if_exists or "Not" in name.base or name.qualifier == "ForAllValues"
    if name.base in ("StringLike", "StringNotLike"):
        found = any(glob(value, actual) for value in values)
    elif name.base == "Bool":
        found = any(value.lower() == actual.lower() for value in values)
    else:
        found = actual in values
    return found != ("Not" in name.base)


def applies(statement, action, resource, context):
    acts = any(glob(a.lower(), action) for a in statement.actions) != statement.is_not_action
    on = not statement.has_resource or any(glob(r, resource) for r in statement.resources) != statement.is_not_resource
    return (
        acts
        and on
        and all(
            holds(operator, key, values, context)
            for operator, block in statement.conditions.items()
            for key, values in block.items()
        )
    )


def meaning(policy):
    """For each request, who is allowed and who is denied."""
    found = {}
    for action, resource, number in product(NAMES, NAMED, range(len(CONTEXTS))):
        hits = [s for s in policy.statements if applies(s, action, resource, CONTEXTS[number])]
        found[action, resource, number] = {(s.effect, who, s.is_not_principal) for s in hits for who in everyone(s)}
    return found


def everyone(statement):
    if statement.principals is None:
        return {"self"}
    flat = {f"{kind} {account(value)}" for kind, values in statement.principals.items() for value in values}
    return {", ".join(sorted(flat))} if statement.is_not_principal else flat


def account(value):
    return value.split(":")[4] if value.endswith(":root") else value


@EXAMPLES
@given(policies())
def test_the_meaning_stays(policy):
    assert meaning(policy) == meaning(normalise(policy))


@EXAMPLES
@given(policies(), st.randoms(use_true_random=False))
def test_order_repeats_and_labels_do_not_matter(policy, rng):
    def mixed(values):
        return tuple(rng.sample([*values, *values], len(values) * 2))

    def turned(mapping, inner):
        return {key: inner(mapping[key]) for key in rng.sample(list(mapping), len(mapping))}

    statements = [
        replace(
            s,
            sid="x",
            actions=mixed(s.actions),
            resources=mixed(s.resources),
            conditions=turned(s.conditions, lambda block: turned(block, mixed)),
            principals=None if s.principals is None else turned(s.principals, mixed),
        )
        for s in policy.statements
    ]
    other = replace(policy, statements=mixed(statements), id="y", name="z")
    assert normalise(policy) == normalise(other)
    assert same_form(policy, other)


@EXAMPLES
@given(policies())
def test_a_normal_form_is_its_own(policy):
    once = normalise(policy)
    assert once == normalise(once)
    assert once == parse_policy(once.document(), kind=once.kind)


def statement(actions=("s3:GetObject",), resources=("*",), conditions=None, **more):
    return Statement(None, actions, resources, conditions or {}, **more)


def policy(*statements, kind="identity", version="2012-10-17"):
    return Policy(statements, kind, version)


def when(operator, key="aws:username", *values):
    return statement(conditions={operator: {key: values}})


SAME = [
    (policy(statement(("s3:GetObject", "s3:Get*"))), policy(statement(("S3:get*",)))),
    (policy(statement(("s3:Get*", "*"))), policy(statement(("*",)))),
    (policy(statement(("s3:Get**",))), policy(statement(("s3:Get*", "s3:GetO*", "s3:GetO?j*t")))),
    (policy(statement(("a:b",)), statement(("a:c",))), policy(statement(("a:c", "a:b")))),
    (policy(statement(("a:b",), is_not_action=True)), policy(*[statement(("A:b",), is_not_action=True)] * 2)),
    (policy(statement(resources=("*", "arn:aws:s3:::b"))), policy(statement())),
    (policy(statement(), statement(())), policy(statement())),
    (policy(statement(), statement(resources=())), policy(statement())),
    (policy(when("stringequals", "AWS:UserName", "b", "a")), policy(when("StringEquals", "aws:username", "a", "b"))),
    (policy(when("Bool", "a:b", "TRUE")), policy(when("Bool", "a:b", "true"))),
    (policy(when("ArnEqualsIfExists", "a:b", "x")), policy(when("ArnLikeIfExists", "a:b", "x"))),
    (policy(when("StringLike", "a:b", "x", "*")), policy(when("StringLike", "a:b", "*"))),
    (policy(statement(conditions={"Bool": {}})), policy(statement())),
    (policy(statement(), version=None), policy(statement())),
    (policy(when("Bool", "a:b", "${x}"), version=None), policy(when("Bool", "a:b", "${x}"), version="2008-10-17")),
    (
        policy(statement(principals={"AWS": ("111122223333",), "Service": ()}), kind="resource"),
        policy(statement(principals={"AWS": ("arn:aws:iam::111122223333:root",)}), kind="resource"),
    ),
    (
        policy(statement(("a:b",), ("arn:aws-cn:s3:::b",), principals={"AWS": ("111122223333",)}), kind="resource"),
        policy(
            statement(("a:b",), ("arn:aws-cn:s3:::b",), principals={"AWS": ("arn:aws-cn:iam::111122223333:root",)}),
            kind="resource",
        ),
    ),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_the_same_said_twice(a, b):
    assert normalise(a) == normalise(b)


OTHER = [
    (policy(statement(("s3:Get*",))), policy(statement(("s3:GetObject",)))),
    (policy(statement(("s3:Get*",))), policy(statement(("s3:Get*",), effect="Deny"))),
    (policy(statement(("a:b",), is_not_action=True)), policy(statement(("a:b",)))),
    (
        policy(statement(("a:b",), is_not_action=True), statement(("a:c",), is_not_action=True)),
        policy(statement(("a:b", "a:c"), is_not_action=True)),
    ),
    (policy(when("StringEquals", "a:b", "A")), policy(when("StringEquals", "a:b", "a"))),
    (policy(when("StringEquals", "a:b", "*")), policy(when("StringEquals", "a:b", "*", "a"))),
    (policy(when("StringLike", "a:b", "*")), policy(when("StringLike", "a:b", "*", "${x}"))),
    (policy(when("Bool", "a:b", "${x}"), version=None), policy(when("Bool", "a:b", "${x}"))),
    (policy(when("StringLike", "a:b", "x")), policy(when("StringLikeIfExists", "a:b", "x"))),
    (policy(statement(), kind="scp"), policy(statement(effect="Deny"), kind="scp")),
    (
        policy(statement(principals={"AWS": ("*",)}), kind="resource"),
        policy(statement(principals={"AWS": ("*", "111122223333")}), kind="resource"),
    ),
    (
        policy(statement(principals={"AWS": ("*",)}), kind="resource"),
        policy(statement(principals={"AWS": ("*",)}, is_not_principal=True), kind="resource"),
    ),
]


@pytest.mark.parametrize(("a", "b"), OTHER)
def test_what_may_differ_in_meaning_stays_different(a, b):
    assert normalise(a) != normalise(b)


def test_two_spellings_of_one_operator_on_one_key_both_count():
    both = statement(conditions={"StringEquals": {"a:b": ("x",)}, "stringequals": {"A:b": ("y",)}})
    assert both.conditions == normalise(policy(both)).statements[0].conditions


def test_an_account_between_two_partitions_stays_a_number():
    mixed = statement(("a:b",), ("arn:aws:s3:::b", "arn:aws-cn:s3:::b"), principals={"AWS": ("111122223333",)})
    assert {"AWS": ("111122223333",)} == normalise(policy(mixed, kind="resource")).statements[0].principals
