"""Lemmas that are true are refuted, those that some request breaks are not: by hand."""

import pytest
from literals import ALL, KEY, LIST, NONE, SINGLE, is_refuted, lit, no, res

from leastwise.model.request import principal_of
from leastwise.prove.checking.domains import facts_about
from leastwise.prove.checking.lemmas import Facts
from leastwise.prove.personas import Persona
from leastwise.prove.written import Literal

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


@pytest.mark.parametrize(
    ("who", "is_always_there"), [("arn:aws:iam::123456789012:role/app", True), ("anonymous", False)]
)
def test_of_strangers_it_is_not_known_what_they_always_send(who: str, is_always_there: bool) -> None:
    facts = facts_about("s3:getobject", Persona(who, principal_of(who)), ["aws:requestedregion"])
    absent = lit("aws:requestedregion", "StringNotLike", "*")
    assert is_always_there is is_refuted(absent, facts=facts, axioms=SINGLE | {"always-sent"})


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
