"""Scripts for solvers as text: well formed for every operator, and read from policies as the engine reads them."""

from __future__ import annotations

import re
import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import EXAMPLES
from leastwise.language.matching import resource_matches
from leastwise.language.operator_names import BASE_OPERATORS
from leastwise.language.parse import parse_policy
from leastwise.language.values import addresses, booleans, dates, numbers
from leastwise.language.values.globs import arn_glob, glob_of
from leastwise.model.errors import LeastwiseError
from leastwise.prove import smt_readings, smt_texts, written
from leastwise.prove.smt import SIX_PARTS, Domain, Unsupported, check, lemma_script
from leastwise.prove.smt_operators import NEGATIONS, POSITIVE
from leastwise.prove.smt_question import question_script

TOKENS = re.compile(r'"(?:[^"]|"")*"|;[^\n]*|[()]|[^\s()";]+|\s+')
QUALIFIERS = ("", "ForAllValues:", "ForAnyValue:")
KEYS = ("aws:username", "aws:tagkeys")
VALUES = ("a", "5", "2020-01-01", "10.0.0.0/8", "2001:db8::/32", "true", "YQ==", "arn:aws:iam::*:role/?", 'é\n\\u{41}"')


def commands(script):
    """The commands of a script as nested lists; fails when the parentheses do not fit."""
    position, open_lists = 0, [[]]
    while position < len(script):
        token = TOKENS.match(script, position)
        assert token, script[position : position + 40]
        position = token.end()
        if token[0] == "(":
            open_lists.append([])
        elif token[0] == ")":
            open_lists[-2].append(open_lists.pop())
        elif token[0].strip() and token[0][0] != ";":
            open_lists[-1].append(token[0])
    assert 1 == len(open_lists)
    return open_lists[0]


def declared_and_used(script):
    found = commands(script)
    declared = {each[1] for each in found if each[0] in ("declare-const", "define-fun")}
    return declared, {
        word for each in found for word in flat(each) if re.match(r"[kt][0-9]|resource|action|princ", word)
    }


def flat(tree):
    for one in tree:
        if isinstance(one, list):
            yield from flat(one)
        else:
            yield one


def written_operators():
    for base in BASE_OPERATORS:
        for qualifier in QUALIFIERS:
            yield f"{qualifier}{base}"
            if base != "Null":
                yield f"{qualifier}{base}IfExists"


@pytest.mark.parametrize("operator", [*written_operators()])
def test_every_operator_has_a_form(operator):
    for key in KEYS:
        test = written.Test(key, operator, VALUES)
        script = lemma_script([(test, True), (test, False)], domains=[])
        declared, used = declared_and_used(script)
        assert used <= declared
        assert script.isascii()


def test_the_operators_are_those_of_the_engine():
    assert {*BASE_OPERATORS} == {*POSITIVE, *NEGATIONS, "Null"}


@pytest.mark.parametrize("arn", ["one", "segments"])
def test_resources_and_domains_have_a_form(arn):
    literals = [
        (written.Test("Resource", "Resource", ("*", "arn:aws:s3:::b*/?", "arn:aws:sqs", "no-arn", "${*}")), True),
        (written.Test("Resource", "NotResource", ()), True),
        (written.Test("aws:sourceip", "IpAddress", ("10.0.0.0/8",)), False),
    ]
    domains = [
        Domain("Resource", (SIX_PARTS, ("*",))),
        Domain("aws:sourceip", type="IPAddress", is_present=True),
        Domain("aws:username", (("a", smt_texts.Run(":/", least=1)),), holds=False),
        Domain("aws:currenttime", type="Date"),
        Domain("aws:securetransport", type="Bool"),
        Domain("aws:sourcearn", type="ARN"),
        Domain("aws:epochtime", type="Numeric", is_present=False),
        Domain("aws:tagkeys", type="String"),
    ]
    declared, used = declared_and_used(lemma_script(literals, domains=domains, arn=arn))
    assert used <= declared


@pytest.mark.parametrize("owner", ["Resource", "aws:principalarn"])
def test_an_account_is_tied_to_its_arn(owner):
    literals = [(written.Test("aws:resourceaccount", "StringNotEquals", ("111122223333",)), True)]
    declared, used = declared_and_used(lemma_script(literals, domains=[], accounts={"aws:resourceaccount": owner}))
    assert used <= declared


@pytest.mark.parametrize(
    "test",
    [
        written.Test("aws:username", "StringEquals", ("${aws:username}",)),
        written.Test("aws:username", "StringLike", ("a${x, 'b'}*",)),
        written.Test("aws:sourcearn", "ArnLike", ("arn:aws:iam::${aws:PrincipalAccount}:*",)),
        written.Test("Resource", "Resource", ("arn:aws:s3:::${aws:username}",)),
        written.Test("Resource", "StringEquals", ("a",)),
        written.Test("aws:username", "StringEqual", ("a",)),
        written.Test("aws:username", "StringEquals", ("\U00030000",)),
    ],
)
def test_what_has_no_form_is_named(test):
    with pytest.raises(Unsupported):
        lemma_script([(test, True)], domains=[])


def test_a_run_across_colons_cannot_be_cut_into_parts():
    domains = [Domain("Resource", (("arn:", smt_texts.STAR, ":b"),))]
    assert lemma_script([], domains=domains, arn="one")
    with pytest.raises(Unsupported):
        lemma_script([], domains=domains, arn="segments")


def test_variables_are_text_without_them():
    plain = written.Test("aws:username", "StringEquals", ("${aws:username}",), has_variables=False)
    assert '"${aws:username}"' in lemma_script([(plain, True)], domains=[])
    escaped = written.Test("aws:username", "StringEquals", ("${*}${?}${$}",))
    assert '"*?$"' in lemma_script([(escaped, True)], domains=[])


@given(st.text())
@EXAMPLES
def test_texts_are_escaped(text):
    if any(ord(letter) > 0x2FFFF for letter in text):
        return
    literal = smt_texts.literal(text)
    assert literal.isascii()
    assert literal.isprintable()
    read = re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), literal[1:-1].replace('""', '"'))
    assert text == read


PARTS = st.lists(st.sampled_from(("a", "b", ":", "*", "?", "arn", "/", "${*}")), max_size=14).map("".join)
ARNS = st.lists(st.sampled_from(("a", "", "b:", "*", "ab", "/")), min_size=4, max_size=8).map(
    lambda parts: "arn:" + ":".join(parts)
)


@given(PARTS, st.lists(st.sampled_from("ab:/*"), max_size=8).map("".join))
@EXAMPLES
def test_patterns_match_as_the_engine_matches(pattern, text):
    assert smt_texts.fits(smt_texts.glob(pattern), text) is glob_of(pattern).matches(text)


@given(ARNS | PARTS, ARNS, st.sampled_from(("identity", "session", "endpoint", "scp")))
@EXAMPLES
def test_resources_match_as_the_engine_matches(pattern, resource, kind):
    parts = smt_texts.resource_parts(pattern, kind, has_variables=True)
    ours = parts is not None and (not parts or smt_texts.fits(smt_texts.from_parts(parts), resource))
    assert ours is resource_matches(pattern, resource, kind=kind)


@given(ARNS | PARTS, ARNS)
@EXAMPLES
def test_arns_match_as_the_engine_matches(pattern, value):
    ours, theirs = smt_texts.arn_value(pattern), arn_glob(glob_of(pattern).steps)
    assert (ours is not None and smt_texts.fits(ours, value)) is (theirs is not None and theirs.matches(value))


TYPED = (
    "2020-01-01T10:11:12.5+02:00",
    "20200101T101112Z",
    "2020-01-01T101112",
    "2020-02-30",
    "2020",
    "0000",
    "2020-01-01T24:00Z",
    "9999-12-31T23:59Z",
    "-5.",
    "+.5",
    "1e3",
    "10.0.0.01",
    "::ffff:1.2.3.4",
    "1::2%3",
    "tRue",
    "false ",
)


def changed(text, changes):
    for place, letter in changes:
        at = place % (len(text) + 1)
        text = text[:at] + letter + text[at + (place % 2) :]
    return text


CHANGES = st.lists(st.tuples(st.integers(0, 40), st.sampled_from([*"0123456789+-.:TZ%et", ""])), max_size=3)


@given(st.sampled_from(TYPED), CHANGES)
@EXAMPLES
def test_values_read_as_the_engine_reads_them(text, changes):
    text = changed(text, changes)
    instant, number, address = dates.instant(text), numbers.number(text), addresses.address(text)
    assert (None if instant is None else Fraction(instant)) == smt_readings.instant(text)
    assert (None if number is None else Fraction(number)) == smt_readings.number(text)
    assert booleans.boolean(text) is smt_readings.boolean(text)
    ours = smt_readings.address(text)
    assert address == (None if ours is None else ours[1] + (ours[0] == 6) * (1 << 32))


def test_blocks_read_as_the_engine_reads_them():
    for text in ("10.1.2.3/8", "10.0.0.1", "::/0", "2001:db8::1/127", "10.0.0.0/33", "10.0.0.0/", "x/8", "1.2.3.4/08"):
        ours, theirs = smt_readings.block(text), addresses.inside(text).region
        ends = [] if ours is None else [end + (ours[0] == 6) * (1 << 32) for end in (ours[1], ours[2] + 1)]
        assert ends == [cut for cut, _ in theirs.cuts]


DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "AWS": ["111122223333", "arn:aws:iam::444455556666:role/a"],
                "Service": "lambda.amazonaws.com",
            },
            "Action": ["s3:Get*", "S3:PutObject"],
            "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::c*"],
            "Condition": {
                "StringLike": {"s3:prefix": ["a*", "b"], "aws:PrincipalTag/Té": "x"},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]},
            },
        },
        {"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::d"},
    ],
}


@pytest.mark.parametrize("arn", ["one", "segments"])
@pytest.mark.parametrize("actions", [None, ["s3:GetObject", "s3:PutObject", "ec2:RunInstances"]])
def test_a_question_has_a_form(arn, actions):
    policy = parse_policy(DOCUMENT, kind="resource")
    old = parse_policy({**DOCUMENT, "Statement": DOCUMENT["Statement"][:1]}, kind="resource")
    script = question_script(old, policy, arn=arn, actions=actions)
    declared, used = declared_and_used(script)
    assert used <= declared
    assert script == question_script(old, policy, arn=arn, actions=actions)


def test_a_question_is_about_policies_of_one_type():
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    with pytest.raises(Unsupported):
        question_script(parse_policy(document), parse_policy(document, kind="scp"), arn="one", actions=None)


def test_a_partly_exempt_principal_has_no_form():
    statement = {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"}
    policy = parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind="resource")
    with pytest.raises(Unsupported):
        question_script(policy, policy, arn="one", actions=None)


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_a_missing_solver_is_told(solver, monkeypatch):
    monkeypatch.setitem(sys.modules, solver, None)
    with pytest.raises(LeastwiseError, match=solver) as told:
        check(lemma_script([], domains=[]), solver, limit_ms=1000)
    assert "pip install leastwise[solvers]" in told.value.help
