"""Lemmas that are true are refuted, those that some request breaks are not: by hand, then against the engine."""

from itertools import product
from random import Random

import pytest

from leastwise.decide.domains import of_type
from leastwise.decide.theory import Claim, state_of
from leastwise.language.conditions import Clause, clauses_of
from leastwise.language.context import Facts as EngineFacts
from leastwise.language.context import is_list_key, type_of_key
from leastwise.language.matching import resource_matches
from leastwise.language.values import TooHard, ValueSet
from leastwise.model.policy import Kind
from leastwise.prove.checking.lemmas import Facts, refuted
from leastwise.prove.written import Literal
from leastwise.prove.written import Test as Asked

ALL = frozenset(
    {
        "resources",
        "typed-keys",
        "sent-keys",
        "always-sent",
        "single-valued",
        "principal",
        "service-keys",
        "resource-account",
    }
)
SINGLE = frozenset({"single-valued"})
NONE: frozenset[str] = frozenset()
NOBODY = Facts(None, {}, None)
KEY = "aws:principaltag/team"
LIST = "aws:tagkeys"


def lit(on: str, operator: str, *values: str, holds: bool = True, kind: Kind = "identity") -> Literal:
    return Asked(on, operator, values, kind), holds


def no(on: str, operator: str, *values: str, kind: Kind = "identity") -> Literal:
    return lit(on, operator, *values, holds=False, kind=kind)


def res(*values: str, holds: bool = True, kind: Kind = "identity") -> Literal:
    return lit("Resource", "Resource", *values, holds=holds, kind=kind)


def is_refuted(*literals: Literal, facts: Facts = NOBODY, axioms: frozenset[str] = SINGLE) -> bool:
    return refuted(literals, facts=facts, axioms=axioms)


CLASHES: list[tuple[Literal, ...]] = [
    (lit(KEY, "StringEquals", "a"), lit(KEY, "StringEquals", "b")),
    (lit(KEY, "StringEquals", "a", "b"), lit(KEY, "StringNotEquals", "a", "b")),
    (lit(KEY, "StringEquals", "a"), no(KEY, "StringLike", "a*")),
    (lit(KEY, "StringLike", "a*"), lit(KEY, "StringLike", "b*", "?b*"), no(KEY, "StringLike", "ab*")),
    (lit(KEY, "StringEquals", "Ab"), no(KEY, "StringEqualsIgnoreCase", "aB")),
    (lit(KEY, "StringEqualsIgnoreCase", "a"), lit(KEY, "StringNotEquals", "a", "A")),
    (lit(KEY, "StringNotEqualsIgnoreCase", "a"), lit(KEY, "StringEquals", "a", "A")),
    (lit(KEY, "StringLike", "${*}"), lit(KEY, "StringNotEquals", "*")),
    (lit(KEY, "StringEquals", "a"), lit(KEY, "Null", "true")),
    (no(KEY, "StringNotEquals", "a"), lit(KEY, "Null", "true")),
    (no(KEY, "StringEqualsIfExists", "a"), lit(KEY, "Null", "true"), lit(KEY, "StringLike", "a*")),
    (lit(KEY, "Null", "true"), lit(KEY, "Null", "false")),
    (no(KEY, "Null", "true"), no(KEY, "Null", "false")),
    (no(KEY, "Null", "true", "false"),),
    (lit(KEY, "Null", "yes"),),
    (lit(KEY, "NumericLessThan", "5"), lit(KEY, "NumericGreaterThan", "5")),
    (lit(KEY, "NumericLessThanEquals", "5"), no(KEY, "NumericEquals", "5.0"), no(KEY, "NumericLessThan", "5")),
    (lit(KEY, "NumericGreaterThanEquals", "5"), lit(KEY, "NumericNotEquals", "+5"), lit(KEY, "NumericLessThan", "5.0")),
    (lit(KEY, "NumericLessThan", "x"),),
    (lit(KEY, "NumericLessThan", "5"), lit(KEY, "StringLike", "a*")),
    (lit(KEY, "NumericLessThan", "5"), lit(KEY, "StringEquals", "7", "x")),
    (lit(KEY, "DateLessThan", "2020-01-01"), lit(KEY, "DateGreaterThan", "2019-12-31T23:00:00-01:00")),
    (lit(KEY, "DateEquals", "1577836800"), no(KEY, "DateEquals", "2020-01-01")),
    (
        lit(KEY, "DateNotEquals", "2020"),
        lit(KEY, "DateLessThanEquals", "2020"),
        lit(KEY, "DateGreaterThanEquals", "2020"),
    ),
    (
        lit(KEY, "DateGreaterThan", "2000"),
        lit(KEY, "NumericLessThan", "900000000"),
        lit(KEY, "StringLike", "?????????*"),
    ),
    (lit(KEY, "IpAddress", "10.0.0.0/8"), lit(KEY, "IpAddress", "11.0.0.0/8")),
    (lit(KEY, "IpAddress", "10.1.0.0/16"), lit(KEY, "NotIpAddress", "10.0.0.0/8")),
    (lit(KEY, "IpAddress", "10.0.0.0/30"), lit(KEY, "NotIpAddress", "10.0.0.0/31", "10.0.0.2/31")),
    (lit(KEY, "IpAddress", "::/0"), lit(KEY, "IpAddress", "0.0.0.0/0")),
    (lit(KEY, "IpAddress", "0.0.0.0/0"), lit(KEY, "StringLike", "vpc-*")),
    (lit(KEY, "Bool", "true"), lit(KEY, "Bool", "false")),
    (lit(KEY, "Bool", "TRUE"), no(KEY, "StringEqualsIgnoreCase", "true")),
    (lit(KEY, "Bool", "yes"),),
    (lit(KEY, "BinaryEquals", "YWJj"), lit(KEY, "StringNotEquals", "YWJj", "abc")),
    (lit(KEY, "BinaryEquals", "?"),),
    (lit(KEY, "ArnLike", "arn:aws:iam::1:role/a*"), no(KEY, "ArnLike", "arn:aws:iam::*:role/*")),
    (lit(KEY, "ArnEquals", "arn:*:iam::1:role/a"), lit(KEY, "ArnNotEquals", "a?n:*:i*:*:1:*")),
    (lit(KEY, "ArnLike", "arn:aws:iam"),),
    (lit(KEY, "ArnLike", "arn:aws:*:role"),),
    (lit(KEY, "ForAllValues:StringEquals", "a"), lit(KEY, "StringEquals", "b")),
    (lit(KEY, "ForAnyValue:StringEquals", "a"), lit(KEY, "StringEquals", "b")),
    (lit(KEY, "ForAnyValue:StringEqualsIfExists", "a"), lit(KEY, "Null", "true")),
    (lit(KEY, "ForAllValues:StringEquals", "a"), lit(KEY, "ForAllValues:StringEquals", "b"), lit(KEY, "Null", "false")),
    (no(KEY, "ForAllValues:StringEquals", "a"), lit(KEY, "Null", "true")),
    (lit(LIST, "ForAllValues:StringEquals", "a"), lit(LIST, "ForAnyValue:StringEquals", "b")),
    (no(LIST, "ForAnyValue:StringLike", "*"), lit(LIST, "Null", "false")),
    (no(LIST, "ForAllValues:StringLike", "a*"), lit(LIST, "ForAllValues:StringEquals", "ab", "ac")),
    (lit(LIST, "StringEquals", "a"),),
    (lit(LIST, "StringNotEquals", "a"), lit(LIST, "Null", "false")),
    (lit(LIST, "StringEqualsIfExists", "a"), lit(LIST, "ForAnyValue:StringEquals", "a")),
    (lit(KEY, "StringEquals", "${aws:username}"), no(KEY, "StringEquals", "${aws:username}")),
    (lit(KEY, "StringEquals"),),
    (res("arn:aws:s3:::a/*"), res("arn:aws:s3:::b/*")),
    (res("arn:aws:s3:::a/b"), res("arn:aws:s3:::a/*", holds=False)),
    (res("*", holds=False),),
    (res("arn:aws:s3:::*"), lit("Resource", "NotResource", "arn:aws:s3:::*")),
    (res("arn:aws:s*:::a"),),
    (res("arn:aws:s3:::a*", kind="scp"), no("Resource", "Resource", "arn:aws:s3:*:*:a*")),
    (res("arn:aws:sqs", kind="resource"),),
    (res("arn:aws:sqs:*", kind="session"),),
    (res("arn:aws:sqs"), res("arn:aws:sqs:*:*:*", holds=False)),
    (res("xrn:aws:sqs:a:b:c"),),
]

NO_CLASHES: list[tuple[Literal, ...]] = [
    (),
    (lit(KEY, "StringEquals", "a", "b"), lit(KEY, "StringNotEquals", "a")),
    (no(KEY, "StringEquals", "a"), no(KEY, "StringEquals", "b")),
    (lit(KEY, "StringNotLike", "*"),),
    (lit(KEY, "StringEqualsIfExists", "a"), no(KEY, "StringEquals", "a")),
    (lit(KEY, "StringLike", "a${*}"), lit(KEY, "StringEquals", "a*")),
    (lit(KEY, "StringLike", "a*b"), no(KEY, "StringLike", "ab", "a?b", "a??b")),
    (lit(KEY, "StringLike", "*"), lit(KEY, "Null", "true")),
    (lit(KEY, "StringEqualsIgnoreCase", "ab"), lit(KEY, "StringNotEquals", "ab", "Ab", "aB")),
    (lit(KEY, "NumericLessThan", "5"), lit(KEY, "NumericGreaterThan", "4.999999999999999999999999999")),
    (lit(KEY, "NumericEquals", "5"), lit(KEY, "StringNotEquals", "5")),
    (lit(KEY, "NumericNotEquals", "5"), no(KEY, "NumericLessThan", "5"), no(KEY, "NumericGreaterThan", "5")),
    (lit(KEY, "NumericEquals", "2020"), lit(KEY, "DateEquals", "2020-01-01")),
    (lit(KEY, "DateLessThan", "2020"), lit(KEY, "StringLike", "2019-*")),
    (lit(KEY, "IpAddress", "10.0.0.0/8"), lit(KEY, "NotIpAddress", "10.0.0.0/9")),
    (lit(KEY, "NotIpAddress", "0.0.0.0/0", "::/0"), lit(KEY, "Null", "false")),
    (lit(KEY, "Bool", "true"), no(KEY, "StringEquals", "true")),
    (lit(KEY, "BinaryEquals", "YQ=="), no(KEY, "StringEquals", "YQ==", "a")),
    (lit(KEY, "ArnLike", "arn:aws:iam::*:role/*"), no(KEY, "ArnLike", "arn:aws:iam::1:*", "arn:aws:iam::2:*")),
    (lit(KEY, "ForAllValues:StringEquals", "a"), lit(KEY, "ForAllValues:StringEquals", "b")),
    (lit(KEY, "ForAllValues:StringEquals", "a"), lit(KEY, "StringEquals", "")),
    (lit(LIST, "ForAnyValue:StringEquals", "a"), lit(LIST, "ForAnyValue:StringEquals", "b")),
    (lit(LIST, "ForAnyValue:StringEquals", ""), lit(LIST, "ForAllValues:StringEquals", "b")),
    (lit(LIST, "StringNotEquals", "a"),),
    (no(LIST, "StringEquals", "a"), lit(LIST, "ForAnyValue:StringEquals", "a")),
    (lit(KEY, "StringEquals", "${aws:username}"), no(KEY, "StringEquals", "${aws:userid}")),
    (lit(KEY, "StringEquals", "a"), lit(LIST, "StringEquals", "a")),
    (res("arn:aws:s3:::a*"), res("arn:aws:s3:::*b")),
    (res("*"), res("arn:*:?*:*:*:*", holds=False)),
    (lit("Resource", "NotResource"),),
    (res("arn:aws:sqs:*", kind="resource"), res("arn:aws:sqs:a:b:c:d")),
    (res("arn:aws:s3:::b/*/t/*"), res("arn:aws:s3:::b/1/2/t/x")),
]


@pytest.mark.parametrize("literals", CLASHES, ids=str)
def test_a_true_lemma_is_refuted(literals: tuple[Literal, ...]) -> None:
    assert is_refuted(*literals)


@pytest.mark.parametrize("literals", NO_CLASHES, ids=str)
def test_a_false_lemma_is_not(literals: tuple[Literal, ...]) -> None:
    assert not is_refuted(*literals)


def test_without_single_values_a_key_may_hold_several() -> None:
    both = (lit(KEY, "ForAnyValue:StringEquals", "a"), lit(KEY, "ForAnyValue:StringEquals", "b"))
    assert is_refuted(*both)
    assert not is_refuted(*both, axioms=NONE)
    neither = (no(KEY, "StringEquals", "a"), no(KEY, "StringNotEquals", "a"), lit(KEY, "Null", "false"))
    assert is_refuted(*neither)
    assert not is_refuted(*neither, axioms=NONE)
    assert is_refuted(lit(KEY, "StringEquals", "a"), lit(KEY, "ForAnyValue:StringEquals", "b"), axioms=NONE)


def test_values_are_of_the_type_of_their_key() -> None:
    secure, time, address, arn = "aws:securetransport", "aws:epochtime", "aws:sourceip", "aws:sourcearn"
    typed = SINGLE | {"typed-keys"}
    lemmas = [
        (no(secure, "Bool", "true"), no(secure, "Bool", "false"), lit(secure, "Null", "false")),
        (lit(secure, "StringEquals", "yes"),),
        (lit(secure, "StringEquals", "TRUE"),),
        (no(time, "NumericLessThan", "1"), no(time, "NumericGreaterThanEquals", "1"), lit(time, "Null", "false")),
        (lit(time, "StringLike", "a*"),),
        (lit(address, "NotIpAddress", "0.0.0.0/0", "::/0"), lit(address, "Null", "false")),
        (lit(arn, "ArnNotLike", "arn:*:*:*:*:*"), lit(arn, "Null", "false")),
        (lit("aws:currenttime", "StringEquals", "yesterday"),),
    ]
    for lemma in lemmas:
        assert is_refuted(*lemma, axioms=typed)
        assert not is_refuted(*lemma, axioms=SINGLE)


def test_keys_that_are_always_sent_are_never_absent() -> None:
    assert is_refuted(lit("aws:securetransport", "StringNotLike", "*"), axioms=SINGLE | {"always-sent"})
    assert not is_refuted(lit("aws:securetransport", "StringNotLike", "*"))
    known = Facts("s3:getobject", {}, None)
    absent = lit("aws:resourceaccount", "StringNotLike", "*")
    assert is_refuted(absent, facts=known, axioms=SINGLE | {"always-sent"})
    for action in (None, "ebs:getsnapshotblock", "events:putevents", "ds:acceptshareddirectory"):
        assert not is_refuted(absent, facts=Facts(action, {}, None), axioms=SINGLE | {"always-sent"})


def test_a_key_that_the_action_does_not_list_is_absent() -> None:
    sent = SINGLE | {"sent-keys"}
    put, get = Facts("s3:putobject", {}, None), Facts("s3:getobject", {}, None)
    tag, own = lit("aws:requesttag/a", "StringEquals", "x"), lit("s3:requestobjecttag/a", "StringEquals", "x")
    assert is_refuted(tag, facts=put, axioms=sent)
    assert not is_refuted(own, facts=put, axioms=sent)
    assert is_refuted(own, facts=get, axioms=sent)
    assert not is_refuted(own, facts=get)
    assert not is_refuted(own, facts=Facts(None, {}, None), axioms=sent)
    assert is_refuted(lit("kms:calleraccount", "StringEquals", "1"), facts=get, axioms=sent)
    for key in ("ec2:roledelivery", "saml:aud", "accounts.google.com:aud", "aws:sourceip", "nobody:knows"):
        assert not is_refuted(lit(key, "StringLike", "*"), facts=get, axioms=sent)


def test_resources_fit_a_template_of_the_action() -> None:
    fit = frozenset({"resources"})
    put, listing = Facts("s3:putbucketacl", {}, None), Facts("s3:listallmybuckets", {}, None)
    assert is_refuted(res("arn:aws:s3:::a/*"), facts=put, axioms=fit)
    assert is_refuted(res("arn:*:s3:::*", holds=False), facts=put, axioms=fit)
    assert not is_refuted(res("arn:aws:s3:::*", holds=False), facts=put, axioms=fit)
    assert not is_refuted(res("arn:aws:s3:::a*"), facts=put, axioms=fit)
    assert is_refuted(res("arn:aws:s3:::*"), facts=listing, axioms=fit)
    assert not is_refuted(res("arn:aws:s3:::*"), facts=listing)
    assert not is_refuted(res("arn:aws:s3:::a/*"), facts=Facts(None, {}, None), axioms=fit)


def test_the_account_of_a_resource_is_that_of_its_arn() -> None:
    told = SINGLE | {"resource-account"}
    queue, bucket = res("arn:aws:sqs:*:111122223333:*"), res("arn:aws:s3:::b")
    other, same = (
        lit("aws:resourceaccount", "StringEquals", "444455556666"),
        lit("aws:resourceaccount", "StringEquals", "111122223333"),
    )
    assert is_refuted(queue, other, axioms=told)
    assert not is_refuted(queue, other)
    assert not is_refuted(queue, same, axioms=told)
    assert not is_refuted(bucket, other, axioms=told)
    assert not is_refuted(queue, no("aws:resourceaccount", "StringEquals", "111122223333"), axioms=told)
    sent = Facts("sqs:sendmessage", {}, None)
    assert is_refuted(
        queue, no("aws:resourceaccount", "StringEquals", "111122223333"), facts=sent, axioms=told | {"always-sent"}
    )
    elsewhere = res("arn:aws:sqs:*:111122223333:*", holds=False)
    assert is_refuted(same, elsewhere, facts=sent, axioms=told | {"resources"}) is False  # other partitions
    elsewhere = res("arn:*:sqs:*:111122223333:*", holds=False)
    owned = res("arn:*:sqs:*:????????????:*")  # `aws` in the place of an account is none
    assert is_refuted(same, elsewhere, owned, facts=sent, axioms=told | {"resources"})
    assert not is_refuted(same, elsewhere, facts=sent, axioms=told | {"resources"})
    assert not is_refuted(same, elsewhere, owned, facts=sent, axioms=told - {"resource-account"})
    assert is_refuted(
        queue, lit("aws:resourceaccount", "Null", "true"), lit("aws:resourceaccount", "StringLike", "*"), axioms=told
    )
    assert not is_refuted(queue, lit(KEY, "StringEquals", "a"), axioms=told)


def test_an_account_told_by_an_arn_is_one_account() -> None:
    told = frozenset({"resource-account"})
    queue, other = (
        res("arn:aws:sqs:*:111122223333:*"),
        lit("aws:resourceaccount", "ForAnyValue:StringEquals", "444455556666"),
    )
    assert is_refuted(queue, other, axioms=told)
    both = (other, lit("aws:resourceaccount", "ForAnyValue:StringEquals", "111122223333"))
    assert not is_refuted(res("arn:aws:s3:::b"), *both, axioms=told)
    assert is_refuted(res("arn:aws:s3:::b"), *both, axioms=told | SINGLE)
    who = [no("aws:principalaccount", "StringEquals", "111"), no("aws:principalaccount", "StringNotEquals", "111")]
    assert is_refuted(*who, facts=ROLES, axioms=frozenset({"principal"}))


ROLES = Facts("s3:getobject", {}, ("arn:aws:iam::111:role/*",), ("arn:aws:iam::111:role/admin",))
ADMIN = Facts("kms:decrypt", {"aws:principalarn": "arn:aws:iam::111:role/admin", "aws:username": None}, None)


def test_the_principal_is_who_asks() -> None:
    arn, who = "aws:principalarn", SINGLE | {"principal"}
    assert is_refuted(lit(arn, "ArnLike", "arn:aws:iam::222:*"), facts=ROLES, axioms=who)
    assert is_refuted(lit(arn, "ArnEquals", "arn:aws:iam::111:role/admin"), facts=ROLES, axioms=who)
    assert is_refuted(no(arn, "ArnLike", "arn:aws:iam::111:role/*"), facts=ROLES, axioms=who)
    assert not is_refuted(lit(arn, "ArnLike", "arn:aws:iam::111:role/a*"), facts=ROLES, axioms=who)
    assert not is_refuted(lit(arn, "ArnLike", "arn:aws:iam::222:*"), facts=ROLES)
    assert is_refuted(lit("aws:username", "StringLike", "*"), facts=ADMIN, axioms=who)
    assert is_refuted(lit(arn, "StringNotLike", "*admin"), facts=ADMIN, axioms=who)
    assert is_refuted(
        lit("aws:sourcearn", "ArnLike", "*:*:*:*:*:*"), facts=Facts(None, {}, None, is_service=False), axioms=ALL
    )


@pytest.mark.parametrize("facts", [ROLES, ADMIN], ids=["roles", "admin"])
def test_the_account_of_the_principal_is_that_of_its_arn(facts: Facts) -> None:
    who = SINGLE | {"principal"}
    assert is_refuted(lit("aws:principalaccount", "StringEquals", "222"), facts=facts, axioms=who)
    assert is_refuted(no("aws:principalaccount", "StringEquals", "111"), facts=facts, axioms=who)
    assert not is_refuted(lit("aws:principalaccount", "StringEquals", "111"), facts=facts, axioms=who)
    assert not is_refuted(lit("aws:principalaccount", "StringEquals", "222"), facts=facts)


def test_the_account_of_the_caller_comes_with_the_actions_that_list_it() -> None:
    wrong = no("kms:calleraccount", "StringEquals", "111")
    assert is_refuted(wrong, facts=ADMIN, axioms=ALL)
    assert not is_refuted(wrong, facts=ROLES, axioms=ALL)
    assert not is_refuted(wrong, facts=ROLES, axioms=SINGLE | {"principal"})


def test_two_keys_tell_one_account() -> None:
    who, anyone = SINGLE | {"principal"}, Facts("kms:decrypt", {}, None)
    one, other = lit("aws:principalaccount", "StringEquals", "1"), lit("kms:calleraccount", "StringEquals", "2")
    arn = lit("aws:principalarn", "ArnLike", "arn:aws:iam::1:role/*")
    assert is_refuted(arn, other, facts=anyone, axioms=who)
    assert not is_refuted(arn, one, facts=anyone, axioms=who)
    assert not is_refuted(arn, other, facts=anyone)
    assert is_refuted(one, other, arn, facts=anyone, axioms=who)


def test_an_arn_without_account_tells_an_empty_one() -> None:
    root = Facts("kms:decrypt", {}, ("arn:aws:iam::*:root",))
    both = lit("aws:principalaccount", "StringEquals", "1"), lit("kms:calleraccount", "StringNotEquals", "1")
    assert is_refuted(*both, facts=root, axioms=frozenset({"principal"}))
    nowhere = lit("aws:principalarn", "ArnLike", "arn:aws:iam:::root"), lit("aws:principalaccount", "StringEquals", "1")
    assert is_refuted(*nowhere, facts=root, axioms=frozenset({"principal"}))
    empty = lit("aws:principalaccount", "Null", "true")
    assert not is_refuted(nowhere[0], empty, facts=root, axioms=frozenset({"principal"}))


TEXT_VALUES = ["a", "b", "ab", "A", "a*", "*b", "?", "", "*", "true", "5"]
ARN_VALUES = [
    "arn:aws:iam::1:role/a",
    "arn:aws:iam::*:role/*",
    "arn:*:*:*:1:*",
    "arn:aws:iam::1:?ole/b",
    "arn:aws:iam",
    "*:*:*:*:*:*",
]
NUMBER_VALUES = ["1", "1.0", "2", "-3", "2.5", "x"]
DATE_VALUES = ["2020-01-01", "2020", "1577836800", "2020-01-01T00:00:01Z", "2020-01-01T01:00:00+01:00", "x"]
ADDRESS_VALUES = ["10.0.0.0/8", "10.0.0.0/31", "10.0.0.1", "::/0", "2001:db8::/32", "0.0.0.0/0", "x"]
FAMILIES = {
    "text": (["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"], TEXT_VALUES),
    "case": (["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringEquals", "StringLike"], TEXT_VALUES),
    "arn": (["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"], ARN_VALUES),
    "arn and text": (["ArnLike", "ArnNotLike", "StringLike", "StringNotEquals"], ARN_VALUES),
    "number": (
        [f"Numeric{n}" for n in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan")],
        NUMBER_VALUES,
    ),
    "date": (
        [f"Date{n}" for n in ("Equals", "NotEquals", "LessThan", "GreaterThanEquals", "GreaterThan")],
        DATE_VALUES,
    ),
    "address": (["IpAddress", "NotIpAddress"], ADDRESS_VALUES),
    "boolean": (["Bool"], ["true", "false", "TRUE", "x"]),
    "bytes": (["BinaryEquals"], ["YQ==", "YWI=", "a", ""]),
}
MIXED = [
    "text boolean",
    "text number",
    "number date",
    "text bytes",
    "text address",
]
CANDIDATES = [
    *("", "a", "b", "ab", "A", "B", "aB", "x", "a*", "*", "?", "ba", "true", "false", "True", "5", "1", "1.", "0", "2"),
    *(
        "2.5",
        "2.2",
        "3",
        "-3",
        "-4",
        "1.5",
        "2020",
        "2020.0",
        "1577836800",
        "1577836799",
        "2020-01-01T00:00:00.5Z",
        "2021-01-01",
    ),
    *(
        "2019-01-01",
        "2020-01-01T00:00:01Z",
        "1577836801.5",
        "10.0.0.0",
        "10.0.0.1",
        "10.0.0.2",
        "11.0.0.0",
        "::1",
        "2001:db8::1",
    ),
    *(
        "arn:aws:iam::1:role/a",
        "arn:aws:iam::1:role/b",
        "arn:aws:iam::2:role/b",
        "arn:aws:iam::1:xole/b",
        "arn:x:y:z:1:q",
    ),
    *("arn:x:y:z:2:q", "arn:aws:iam::1", "YQ==", "YR==", "YWI="),
]
KEYS = [
    KEY,
    LIST,
    "aws:securetransport",
    "aws:epochtime",
    "aws:currenttime",
    "aws:sourceip",
    "aws:principalarn",
    "iam:passedtoservice",
]


def random_literal(rng: Random, families: list[str]) -> tuple[str, tuple[str, ...], bool]:
    if rng.random() < 0.12:
        return "Null", (rng.choice(("true", "false")),), rng.random() < 0.5
    operators, values = FAMILIES[rng.choice(families)]
    prefix = rng.choice(("", "", "", "ForAllValues:", "ForAnyValue:"))
    suffix = rng.choice(("", "", "", "IfExists"))
    chosen = tuple(rng.sample(values, rng.choice((1, 1, 2, 3)) if len(values) > 3 else 1))
    return f"{prefix}{rng.choice(operators)}{suffix}", chosen, rng.random() < 0.6


def random_lemma(rng: Random, families: list[str]) -> tuple[str, list[Literal], list[Clause]]:
    key = rng.choice(KEYS)
    literals, clauses = [], []
    for _ in range(rng.randint(1, 4)):
        operator, values, holds = random_literal(rng, families)
        literals.append((Asked(key, operator, values), holds))
        clauses += clauses_of({operator: {key: values}}, has_variables=True)
    return key, literals, clauses


def families_of(rng: Random) -> list[str]:
    return rng.choice([[name] for name in FAMILIES] + [text.split() for text in MIXED])


def test_no_lemma_that_a_request_breaks_is_refuted() -> None:
    """Each literal is asked of many contexts by the engine; where all hold, the lemma is false."""
    broken = 0
    for seed in range(4000):
        rng = Random(seed)
        key, literals, clauses = random_lemma(rng, families_of(rng))
        is_list = is_list_key(key)
        lists = [tuple(rng.choices(CANDIDATES, k=rng.randint(1, 3))) for _ in range(60)]
        some = [(text,) for text in CANDIDATES] if is_list else CANDIDATES
        for value in [None, *some, *lists]:
            given = EngineFacts({key: value}, is_complete=True)
            if any(clause.check(given) is not holds for clause, (_, holds) in zip(clauses, literals, strict=True)):
                continue
            is_single = not isinstance(value, tuple) or len(value) == 1
            axioms = SINGLE if is_list or is_single else NONE
            assert not is_refuted(*literals, axioms=axioms), (literals, value)
            broken += 1
            break
    assert broken > 1000


def engine_says_impossible(key: str, literals: list[Literal], clauses: list[Clause], domain: list[ValueSet]) -> bool:
    claims = []
    for clause, (_, holds) in zip(clauses, literals, strict=True):
        assert clause.accepted is not None
        claims.append(Claim(clause, holds, clause.accepted))
    try:
        return not state_of(claims, domain, may_be_absent=True).is_possible
    except TooHard:
        return False


def fits_empty_list(key: str, literals: list[Literal], clauses: list[Clause]) -> bool:
    """Whether a list of one empty text breaks the lemma, which the theory of decisions does not try."""
    given = EngineFacts({key: ("",)}, is_complete=True)
    return all(clause.check(given) is holds for clause, (_, holds) in zip(clauses, literals, strict=True))


@pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "any text"])
def test_what_the_engine_finds_impossible_is_refuted(is_typed: bool) -> None:
    impossible = 0
    for seed in range(1200):
        rng = Random(seed)
        key, literals, clauses = random_lemma(rng, families_of(rng))
        domain = of_type(type_of_key(key)) if is_typed else []
        if not engine_says_impossible(key, literals, clauses, domain):
            continue
        axioms = SINGLE | {"typed-keys"} if is_typed else SINGLE
        assert is_refuted(*literals, axioms=axioms) or fits_empty_list(key, literals, clauses), literals
        impossible += 1
    assert impossible > 300


RESOURCES = [
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/b",
    "arn:aws-cn:s3:::a/b",
    "*",
    "arn:aws:sqs:r:1:q",
    "arn:aws:sqs:r:2:q:x",
]
PATTERNS = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::a/*",
    "arn:*:s3:::?",
    "arn:aws:sqs:*",
    "arn:aws:sqs",
    "arn:aws:sqs:*:1:*",
    "arn:aws:s?s:*",
]
KINDS: list[Kind] = ["identity", "resource", "scp", "session"]


def test_no_lemma_that_a_resource_breaks_is_refuted() -> None:
    refuted_ = 0
    for seed in range(1500):
        rng = Random(seed)
        kind = rng.choice(KINDS)
        literals = [
            lit(
                "Resource",
                rng.choice(("Resource", "NotResource")),
                *rng.sample(PATTERNS, rng.randint(1, 2)),
                kind=kind,
                holds=sign,
            )
            for sign in rng.choices((True, False), k=rng.randint(1, 4))
        ]
        told = is_refuted(*literals)
        refuted_ += told
        for resource in RESOURCES:
            named = [any(resource_matches(v, resource, kind=kind) for v in test.values) for test, _ in literals]
            held = [one is (test.operator == "Resource") for one, (test, _) in zip(named, literals, strict=True)]
            assert not (told and all(one is sign for one, (_, sign) in zip(held, literals, strict=True))), literals
    assert refuted_ > 200


ACCOUNTS = ["111", "222", "1*", "*", ""]
ARNS = ["arn:aws:iam::111:role/a", "arn:aws:iam::222:user/b", "arn:aws:iam::1:root", "arn:aws:iam:::root"]
ASKED = ["StringEquals", "StringLike", "StringNotLike", "StringEqualsIfExists", "ForAllValues:StringLike", "Null"]


def random_bucket(rng: Random, arn: str, account: str) -> list[Literal]:
    """Literals about an ARN and the key that tells its account."""
    literals = []
    for _ in range(rng.randint(1, 3)):
        sign = rng.random() < 0.6
        if rng.random() < 0.5:
            operator = rng.choice(ASKED)
            values = (rng.choice(("true", "false")),) if operator == "Null" else tuple(rng.sample(ACCOUNTS, 2))
            literals.append(lit(account, operator, *values, holds=sign))
        elif arn == "Resource":
            literals.append(lit(arn, "Resource", *rng.sample(PATTERNS, 2), holds=sign))
        else:
            literals.append(
                lit(arn, rng.choice(("ArnLike", "ArnNotLike")), rng.choice(ARNS).replace("a", "*"), holds=sign)
            )
    return literals


def holds_in(literal: Literal, request: dict[str, str | None]) -> bool:
    """Whether the engine finds the literal true of the request."""
    (test, sign), resource = literal, request["Resource"]
    if test.on == "Resource" and resource is not None:
        return any(resource_matches(value, resource) for value in test.values) is sign
    (clause,) = clauses_of({test.operator: {test.on: test.values}}, has_variables=True)
    return clause.check(EngineFacts(request, is_complete=True)) is sign


def requests_of(arn: str, account: str) -> list[dict[str, str | None]]:
    """Requests in which the account is that of the ARN, where it has one, or absent."""
    if arn != "Resource":
        told = [{arn: one, account: one.split(":")[4]} for one in ARNS]
        return [{"Resource": "*", **one} for one in told] + [{"Resource": "*", arn: None, account: "anonymous"}]
    found: list[dict[str, str | None]] = []
    for resource in RESOURCES:
        own = resource.split(":")[4] if resource.count(":") > 4 else ""
        found += [{arn: resource, account: one} for one in ([own] if own else ["111", "2", ""])]
        found.append({arn: resource, account: None})
    return found


@pytest.mark.parametrize(
    ("arn", "account"),
    [("Resource", "aws:resourceaccount"), ("aws:principalarn", "aws:principalaccount")],
)
def test_no_lemma_about_an_account_that_a_request_breaks_is_refuted(arn: str, account: str) -> None:
    told = 0
    for seed in range(800):
        literals = random_bucket(Random(seed), arn, account)
        is_true = is_refuted(*literals, axioms=SINGLE | {"principal", "resource-account"})
        broken = [one for one in requests_of(arn, account) if all(holds_in(literal, one) for literal in literals)]
        assert not (is_true and broken), (literals, broken)
        told += is_true
    assert told > 100


def test_every_pair_of_signs_of_one_test_is_covered() -> None:
    """A test and its opposite: what every request makes true of one is false of the other."""
    for (operator, values), qualifier in product(
        [("StringEquals", "a"), ("NumericLessThan", "1"), ("IpAddress", "10.0.0.0/8"), ("Bool", "true")],
        ["", "ForAnyValue:"],
    ):
        positive = lit(KEY, f"{qualifier}{operator}", values)
        assert is_refuted(positive, no(KEY, f"{qualifier}{operator}", values, values))
