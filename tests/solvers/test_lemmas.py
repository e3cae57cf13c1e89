"""Lemmas put to z3 and cvc5: they say what the engine's sets say, wherever they decide."""

from __future__ import annotations

from itertools import combinations, product
from random import Random

import pytest

from leastwise.decide.theory import Claim, state_of
from leastwise.language.conditions import clauses_of
from leastwise.language.context import Facts, is_list_key
from leastwise.language.matching import resource_pattern
from leastwise.language.values import meet
from leastwise.language.values.texts import Texts
from leastwise.prove import written
from leastwise.prove.smt import Domain, check, lemma_script

LIMIT_MS = 2_000
TEXT = (
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
)
WORDS = ("a", "b", "ab", "A", "aB", "a*", "*b", "?", "*a*", "a?b", "??*", "é", "É*", "${*}", "*${?}b")
FAMILIES = {
    "aws:username": (TEXT, WORDS),
    "aws:tagkeys": (TEXT, WORDS),
    "aws:sourcearn": (
        ("ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "StringLike"),
        ("arn:a:b:*:1:x*", "arn:*:b::1:*", "arn:a:b", "arn:a:b:c:1:x:y", "*:a:b:c?:1:*y", "arn:?:b:*:*:", "*"),
    ),
    "s3:max-keys": (
        tuple(f"Numeric{name}" for name in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan")),
        ("1", "1.0", "1.5", "-2", "x", ".5"),
    ),
    "aws:currenttime": (
        ("DateEquals", "DateNotEquals", "DateLessThan", "DateGreaterThan", "DateGreaterThanEquals"),
        ("2020-01-01", "2020", "1577836800", "2020-01-01T00:00:00.5Z", "never"),
    ),
    "aws:sourceip": (
        ("IpAddress", "NotIpAddress"),
        ("10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.1.2.3", "2001:db8::/32", "2001:db8::1", "::/0", "here"),
    ),
    "aws:securetransport": (("Bool",), ("true", "False", "no")),
    "kms:x": (("BinaryEquals", "StringEquals"), ("YQ==", "YWJj", "a", "abc", "YR==")),
}
SUFFIXES = ("", "", "IfExists")
QUALIFIERS = ("", "", "ForAllValues:", "ForAnyValue:")


def literals(rng, key, *, count):
    bases, values = FAMILIES[key]
    found = []
    for _ in range(count):
        base = rng.choice((*bases, *bases, "Null"))
        if base == "Null":
            test = written.Test(key, base, (rng.choice(("true", "false")),))
        else:
            operator = f"{rng.choice(QUALIFIERS)}{base}{rng.choice(SUFFIXES)}"
            test = written.Test(key, operator, tuple(rng.sample(values, rng.randint(1, 3))))
        found.append((test, rng.random() < 0.6))
    return found


def clause(test):
    (found,) = clauses_of({test.operator: {test.on: test.values}}, has_variables=test.has_variables)
    return found


def answers(script):
    """What both solvers say, of those that decide; they never differ."""
    found = {check(script, solver, limit_ms=LIMIT_MS) for solver in ("z3", "cvc5")} - {"unknown"}
    assert len(found) < 2, script
    return found


def holds_of(value, found, key):
    facts = Facts({} if value is None else {key: value}, is_complete=True)
    return all(clause(test).check(facts) is is_true for test, is_true in found)


@pytest.mark.parametrize("key", FAMILIES)
@pytest.mark.parametrize("may_be_absent", [True, False])
def test_lemmas_agree_with_the_sets_of_the_engine(key, may_be_absent):
    rng = Random(f"{key} {may_be_absent}")
    seen = {"sat": 0, "unsat": 0}
    for _ in range(40):
        found = literals(rng, key, count=rng.randint(1, 5))
        claims = [Claim(one, is_true, one.accepted) for one, is_true in ((clause(t), holds) for t, holds in found)]
        is_never_empty = is_list_key(key)  # of lists of empty texts the engine's state says less than its clauses do
        state = state_of(claims, [~Texts.literals([""])] if is_never_empty else [], may_be_absent=may_be_absent)
        domains = [Domain(key, (("",),), holds=False)] if is_never_empty else []
        domains += [] if may_be_absent else [Domain(key, is_present=True)]
        script = lemma_script(found, domains=domains)
        for answer in answers(script):
            seen[answer] += 1
            if answer == "sat":
                assert state.is_possible, script
            elif state.told == "absent" or (state.is_possible and state.told != "some value"):
                values = None if state.told == "absent" else state.told
                values = tuple(values.split(", ")) if is_list_key(key) and values else values
                assert not holds_of(values, found, key), script
    assert all(seen.values()), seen


UNIVERSE = (
    "",
    "a",
    "b",
    "A",
    "ab",
    "5",
    "1.5",
    "true",
    "TRUE",
    "10.1.2.3",
    "::1",
    "2020-01-01",
    "YQ==",
    "arn:a:b:c:1:x",
)


@pytest.mark.parametrize("key", ["aws:username", "aws:tagkeys"])
def test_what_holds_of_some_value_is_never_refuted(key):
    """Every family at once, empty texts too."""
    rng = Random(f"mixed {key}")
    bases = sorted({base for bases, _ in FAMILIES.values() for base in bases})
    values = (*UNIVERSE, "a*", "*", "??", "10.0.0.0/8", "2")
    lists = [*product(UNIVERSE[:4], repeat=1), *combinations(UNIVERSE, 2)]
    some = [None, *(lists if is_list_key(key) else UNIVERSE)]
    refuted = 0
    for _ in range(80):
        value = rng.choice(some)
        found = []
        for _ in range(rng.randint(2, 6)):
            base = rng.choice((*bases, "Null"))
            name = base if base == "Null" else f"{rng.choice(QUALIFIERS)}{base}{rng.choice(SUFFIXES)}"
            few = ("true", "false") if base == "Null" else values
            test = written.Test(key, name, tuple(rng.sample(few, rng.randint(1, 2))))
            found.append((test, holds_of(value, [(test, True)], key)))
        assert "unsat" not in answers(lemma_script(found, domains=[])), (value, found)
        wrong = [(test, rng.random() < 0.5) for test, _ in found]
        refuted += "unsat" in answers(lemma_script(wrong, domains=[]))
        if refuted and any(holds_of(one, wrong, key) for one in some):
            assert "unsat" not in answers(lemma_script(wrong, domains=[])), wrong
    assert refuted


RESOURCES = (
    "*",
    "arn:a:s::1:x*",
    "arn:a:s:*:1:*y",
    "arn:a:s:r:*:x:y",
    "arn:a:t",
    "arn:a:s",
    "arn:?:s:r:1:x?*",
    "x",
    "**",
)


@pytest.mark.parametrize("arn", ["one", "segments"])
def test_lemmas_on_resources_agree_with_the_sets_of_the_engine(arn):
    rng = Random("resources")
    seen = {"sat": 0, "unsat": 0}
    for _ in range(100):
        found = [
            (written.Test("Resource", rng.choice(("Resource", "NotResource")), tuple(rng.sample(RESOURCES, 2))), True)
            for _ in range(rng.randint(1, 5))
        ]
        found = [(test, rng.random() < 0.6) for test, _ in found]
        meeting = meet([accepted(test) if is_true else ~accepted(test) for test, is_true in found])
        for answer in answers(lemma_script(found, domains=[], arn=arn)):
            seen[answer] += 1
            assert meeting.is_empty is (answer == "unsat"), found
    assert all(seen.values()), seen


def accepted(test):
    patterns = [resource_pattern(text, test.kind, test.has_variables) for text in test.values]
    named = Texts.globs([pattern.glob for pattern in patterns if pattern.glob is not None])
    return ~named if test.operator == "NotResource" else named


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((("Resource", "Resource", "arn:a:s:r:*:x:y"), ("Resource", "Resource", "arn:a:s:*:1:*y")), "sat"),
        ((("Resource", "Resource", "arn:a:s:r:*:x"), ("Resource", "Resource", "arn:a:s:*:1:y*")), "unsat"),
        ((("Resource", "NotResource", "*"),), "unsat"),
        ((("aws:tagkeys", "ForAnyValue:StringEquals", "a"), ("aws:tagkeys", "ForAnyValue:StringEquals", "b")), "sat"),
        ((("aws:username", "ForAnyValue:StringEquals", "a"), ("aws:username", "StringEquals", "b")), "unsat"),
        ((("aws:tagkeys", "ForAllValues:StringEquals", "a"), ("aws:tagkeys", "ForAnyValue:StringLike", "*")), "sat"),
        ((("aws:tagkeys", "StringEquals", "a"), ("aws:tagkeys", "StringNotEquals", "b")), "unsat"),
        ((("aws:tagkeys", "Null", "true"), ("aws:tagkeys", "ForAnyValue:StringNotEquals", "a")), "sat"),
        ((("s3:max-keys", "NumericLessThan", "2"), ("s3:max-keys", "NumericGreaterThan", "1")), "sat"),
        ((("s3:max-keys", "NumericEquals", "1.0"), ("s3:max-keys", "StringEquals", "01")), "sat"),
        ((("s3:max-keys", "NumericEquals", "1.0"), ("s3:max-keys", "StringEquals", "one")), "unsat"),
        ((("aws:sourceip", "IpAddress", "::/0"), ("aws:sourceip", "IpAddress", "0.0.0.0/0")), "unsat"),
    ],
)
def test_lemmas_of_known_answer(found, expected):
    literals = [(written.Test(on, operator, (value,)), True) for on, operator, value in found]
    for arn in ("one", "segments"):
        assert {expected} == answers(lemma_script(literals, domains=[], arn=arn))


def test_all_elements_of_a_list_may_be_empty():
    """No list is null and fails `ForAllValues`: one of empty texts alone satisfies it."""
    null = written.Test("aws:tagkeys", "Null", ("true",))
    every = written.Test("aws:tagkeys", "ForAllValues:StringEquals", ("a",))
    assert {"unsat"} == answers(lemma_script([(null, True), (every, False)], domains=[]))


ACCOUNT = "aws:resourceaccount"


@pytest.mark.parametrize(
    ("resource", "operator", "value", "expected"),
    [
        ("arn:aws:sqs:*:111122223333:*", "StringNotEquals", "111122223333", "unsat"),
        ("arn:aws:sqs:*:1111????????:*", "StringNotLike", "1*", "unsat"),
        ("arn:aws:sqs:*:1111????????:*", "StringEquals", "2", "unsat"),
        ("arn:aws:sqs:*:1111*:*", "StringEquals", "2", "sat"),
        ("arn:aws:sqs:*:1111*:*", "StringNotLike", "11112*", "sat"),
        ("arn:aws:s3:::b", "StringEquals", "111122223333", "sat"),
        ("*", "StringEquals", "111122223333", "sat"),
    ],
)
def test_the_account_of_a_resource(resource, operator, value, expected):
    found = [
        (written.Test("Resource", "Resource", (resource,)), True),
        (written.Test(ACCOUNT, operator, (value,)), True),
    ]
    domains = [Domain(ACCOUNT, is_present=True)]
    assert {expected} == answers(lemma_script(found, domains=domains, accounts={ACCOUNT: "Resource"}))


def test_the_account_of_a_principal():
    arn, account = "aws:principalarn", "aws:principalaccount"
    found = [
        (written.Test(arn, "ArnLike", ("arn:aws:iam::111122223333:role/*",)), True),
        (written.Test(account, "StringEquals", ("444455556666",)), True),
    ]
    script = lemma_script(found, domains=[], accounts={account: arn})
    assert {"unsat"} == answers(script)
    assert {"sat"} == answers(lemma_script(found, domains=[]))
