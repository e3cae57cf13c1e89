"""Lemmas that the engine finds impossible are refuted, those that some request breaks are not."""

from itertools import product
from random import Random

import pytest
from literals import KEY, LIST, NONE, SINGLE, is_refuted, lit, no

from leastwise.decide.domains import of_type
from leastwise.decide.theory import Claim, state_of
from leastwise.language.conditions import Clause, clauses_of
from leastwise.language.context import Facts as EngineFacts
from leastwise.language.context import is_list_key, type_of_key
from leastwise.language.matching import resource_matches
from leastwise.language.values import TooHard, ValueSet
from leastwise.model.policy import Kind
from leastwise.prove.written import Literal
from leastwise.prove.written import Test as Asked

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
