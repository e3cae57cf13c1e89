"""What each policy type takes, every fault with its code and path, and parse after print as identity."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from made_policies import policies

from examples import EXAMPLES
from leastwise.language.faults import FAULTS, NOTES
from leastwise.language.parse import parse_policy
from leastwise.model.errors import PolicyError
from leastwise.model.policy import KINDS, Policy, Statement

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
ROLE = "arn:aws:iam::111122223333:role/r"
BASES = {
    "identity": ALLOW,
    "boundary": ALLOW,
    "session": ALLOW,
    "scp": ALLOW,
    "resource": {**ALLOW, "Principal": "*"},
    "endpoint": {**ALLOW, "Principal": "*"},
    "trust": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROLE}},
    "rcp": {**ALLOW, "Effect": "Deny", "Principal": "*"},
}


def document(kind="identity", *, without=(), version="2012-10-17", **changes):
    body = {name: value for name, value in {**BASES[kind], **changes}.items() if name not in without}
    return {"Version": version, "Statement": [body]} if version else {"Statement": [body]}


def faults(source, kind="identity"):
    with pytest.raises(PolicyError) as caught:
        parse_policy(source, kind=kind)
    return caught.value.faults


def codes(source, kind="identity"):
    return [(fault.code, fault.path) for fault in faults(source, kind)]


def notes(source, kind="identity"):
    return [note.code for note in parse_policy(source, kind=kind).notes]


@EXAMPLES
@given(policies())
def test_a_printed_policy_parses_to_itself(policy):
    printed = policy.document()
    assert policy == parse_policy(printed, kind=policy.kind)
    assert policy == parse_policy(json.dumps(printed), kind=policy.kind)


@EXAMPLES
@given(policies(), policies())
def test_different_policies_print_differently(a, b):
    assert (a.document() == b.document()) == (a == b or {**vars_of(a), "kind": 0} == {**vars_of(b), "kind": 0})


def vars_of(policy):
    return {"statements": policy.statements, "version": policy.version, "id": policy.id}


@pytest.mark.parametrize("kind", KINDS)
def test_each_type_takes_its_plainest_document(kind):
    policy = parse_policy(document(kind), kind=kind)
    assert (kind, 1, ()) == (policy.kind, len(policy.statements), policy.notes)


def test_every_part_is_read_with_its_place():
    text = """{"Id": "x", "Version": "2008-10-17", "Statement": {
  "Sid": "a b", "Effect": "Deny", "NotPrincipal": {"AWS": "111122223333", "Service": ["sqs.amazonaws.com"]},
  "NotAction": ["s3:*", "*"], "NotResource": "arn:aws:s3:::b",
  "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"a:b": [1.50, "2", -3e2]}}}}"""
    policy = parse_policy(text, kind="resource", name="bucket.json")
    expected = Statement(
        sid="a b",
        actions=("s3:*", "*"),
        resources=("arn:aws:s3:::b",),
        conditions={"Bool": {"aws:SecureTransport": ("false",)}, "NumericLessThan": {"a:b": ("1.50", "2", "-3e2")}},
        effect="Deny",
        principals={"AWS": ("111122223333",), "Service": ("sqs.amazonaws.com",)},
        is_not_action=True,
        is_not_resource=True,
        is_not_principal=True,
    )
    assert Policy((expected,), "resource", "2008-10-17", "x") == policy
    assert "bucket.json:1:51" == str(policy.statements[0].place)


def test_a_fault_says_where_and_what_to_do():
    text = '{"Version": "2012-10-17", "Statement": [{\n  "Effect": "Allow", "Action": "s3:*", "Resource": "*",\n'
    text += '  "Condition": {"StringEqual": {"aws:PrincipalTag/team": "ops"}}}]}'
    (fault,) = faults(text)
    assert ("LW-P03", "unknown condition operator `StringEqual`") == (fault.code, fault.message)
    assert "did you mean `StringEquals`?" == fault.help
    assert "Statement[0].Condition.StringEqual" == fault.path
    assert fault.place is not None
    assert (3, 17, 13) == (fault.place.line, fault.place.column, fault.place.length)
    assert '  "Condition": {"StringEqual": {"aws:PrincipalTag/team": "ops"}}}]}' == fault.excerpt


def test_all_faults_are_told_in_the_order_of_the_document():
    text = """{"Statement": [
      {"Sid": "a", "Effect": "allow", "Action": "GetObject", "Resource": "b", "Resources": 1},
      {"Sid": "a", "Action": {"s3": 1}, "Resource": [1, "*"]}],
      "Version": "2013"}"""
    assert [
        ("LW-P12", "Statement[0].Effect"),
        ("LW-P15", "Statement[0].Action"),
        ("LW-P16", "Statement[0].Resource"),
        ("LW-P06", "Statement[0].Resources"),
        ("LW-P08", "Statement[1]"),
        ("LW-P14", "Statement[1].Sid"),
        ("LW-P05", "Statement[1].Action"),
        ("LW-P05", "Statement[1].Resource[0]"),
        ("LW-P11", "Version"),
    ] == codes(text)
    assert sorted(codes(text)) == sorted(codes(json.loads(text)))


FAULTY = [
    ([], "identity", "LW-P05"),
    ("[1]", "identity", "LW-P05"),
    ({}, "identity", "LW-P08"),
    ({"Statement": ["a"]}, "identity", "LW-P05"),
    ({"Statement": None}, "identity", "LW-P05"),
    (document(Extra=1), "identity", "LW-P06"),
    ({**document(), "Extra": 1}, "identity", "LW-P06"),
    (document(version="2012-10-16"), "identity", "LW-P11"),
    ({**document(), "Version": 2012}, "identity", "LW-P05"),
    (document(Sid="a b"), "identity", "LW-P13"),
    (document(Sid=[]), "identity", "LW-P05"),
    (document(Effect="denY"), "identity", "LW-P12"),
    (document(without=("Effect",)), "identity", "LW-P08"),
    (document(without=("Action",)), "identity", "LW-P08"),
    (document(without=("Resource",)), "identity", "LW-P28"),
    (document(NotAction="s3:*"), "identity", "LW-P09"),
    (document(NotResource="*"), "identity", "LW-P09"),
    (document("resource", NotPrincipal="*"), "resource", "LW-P09"),
    (document(Principal="*"), "identity", "LW-P10"),
    (document(NotPrincipal="*"), "boundary", "LW-P10"),
    (document(Principal="*"), "session", "LW-P10"),
    (document(Principal="*"), "scp", "LW-P10"),
    (document("trust", Resource="*"), "trust", "LW-P10"),
    (document("trust", NotResource="*"), "trust", "LW-P10"),
    (document("trust", without=("Principal",), NotPrincipal="*"), "trust", "LW-P10"),
    (document("resource", without=("Principal",)), "resource", "LW-P08"),
    (document("trust", without=("Principal",)), "trust", "LW-P08"),
    (document("endpoint", without=("Principal",)), "endpoint", "LW-P08"),
    (document(Action="invalid"), "identity", "LW-P15"),
    (document(Action="a a:ListBucket"), "identity", "LW-P15"),
    (document(Action="s:3:ListBucket"), "identity", "LW-P15"),
    (document(Action=""), "identity", "LW-P15"),
    (document(Action=":x"), "identity", "LW-P15"),
    (document(Action="s3:"), "identity", "LW-P15"),
    (document(Action=["*", 1]), "identity", "LW-P05"),
    (document(Action=None), "identity", "LW-P05"),
    (document(Resource="bucket"), "identity", "LW-P16"),
    (document(Resource=" *"), "identity", "LW-P16"),
    (document(Resource=""), "identity", "LW-P16"),
    (document(Resource="ARN:aws:s3:::b"), "identity", "LW-P16"),
    (document(Resource="arn:aws::fdsasf"), "identity", "LW-P16"),
    (document(Resource={"a": "b"}), "identity", "LW-P05"),
    (document(Resource=None), "identity", "LW-P05"),
    (document(Resource="arn:aws:sqs"), "session", "LW-P17"),
    (document(Resource="arn:aws:s3:*"), "scp", "LW-P17"),
    (document("rcp", Resource="arn:aws:s3:*"), "rcp", "LW-P17"),
    (document(Resource="arn:aws:kms:${aws:PrincipalAccount}"), "session", "LW-P17"),
    (document("resource", Principal={"Aws": "*"}), "resource", "LW-P18"),
    (document("resource", Principal="arn:aws:iam::111122223333:root"), "resource", "LW-P19"),
    (document("resource", Principal=["*"]), "resource", "LW-P05"),
    (document("resource", Principal={"AWS": {"a": 1}}), "resource", "LW-P05"),
    (document("resource", Principal={"AWS": "11112222333"}), "resource", "LW-P19"),
    (document("resource", Principal={"AWS": "arn:aws:iam::111122223333:group/g"}), "resource", "LW-P19"),
    (document("resource", Principal={"AWS": " " + ROLE}), "resource", "LW-P19"),
    (document("resource", Principal={"Service": "*"}), "resource", "LW-P19"),
    (document("resource", Principal={"Service": "lambda"}), "resource", "LW-P19"),
    (document("resource", Principal={"CanonicalUser": "abc"}), "resource", "LW-P19"),
    (document("trust", Principal={"Federated": "arn:aws:iam::111122223333:user/u"}), "trust", "LW-P19"),
    (document("rcp", Principal={"AWS": ROLE}), "rcp", "LW-P20"),
    (document("rcp", Effect="Allow"), "rcp", "LW-P23"),
    (document("rcp", Effect="Allow", Action="*", Condition={"Bool": {"a:b": "true"}}), "rcp", "LW-P23"),
    (document("rcp", without=("Action",), NotAction="s3:*"), "rcp", "LW-P10"),
    (document("rcp", without=("Principal",), NotPrincipal="*"), "rcp", "LW-P10"),
    (document("rcp", without=("Principal",)), "rcp", "LW-P08"),
    (document("rcp", version=None), "rcp", "LW-P08"),
    (document("rcp", version="2008-10-17"), "rcp", "LW-P11"),
    (document("rcp", Action="*"), "rcp", "LW-P26"),
    (document("rcp", Action="S3:GetObject"), "rcp", "LW-P26"),
    (document("rcp", Action="s*:GetObject"), "rcp", "LW-P26"),
    (document(Condition=[]), "identity", "LW-P05"),
    (document(Condition="a"), "identity", "LW-P05"),
    (document(Condition={"DateGreaterThan": "b"}), "identity", "LW-P05"),
    (document(Condition={"DateGreaterThan": {"a:b": {}}}), "identity", "LW-P05"),
    (document(Condition={"DateGreaterThan": {"a:b": None}}), "identity", "LW-P05"),
    (document(Condition={"DateGreaterThan": {"a:b": [["c"]]}}), "identity", "LW-P05"),
    (document(Condition={"StringEquals": {"a:b": []}}), "identity", "LW-P22"),
    (document(Condition={"StringEquals": {"a:b": "c", "A:B": "d"}}), "identity", "LW-P21"),
    (document(Condition={"StringIs": {"a:b": "c"}}), "identity", "LW-P03"),
    (document(Condition={"NullIfExists": {"a:b": "true"}}), "identity", "LW-P03"),
    (document(Condition={"ForAnyValues:StringEquals": {"a:b": "c"}}), "identity", "LW-P03"),
    (document(Condition={"StringEquals": {"a:b": "日本"}}), "identity", "LW-P24"),
    (document(Resource="arn:aws:s3:::b\x00"), "identity", "LW-P24"),
    ('{"Statement": [], "Statement": []}', "identity", "LW-P07"),
    ('{"Statement": {"Effect":"Allow","Action":"*","Action":"*","Resource":"*"}}', "identity", "LW-P07"),
    ("", "identity", "LW-P01"),
    ("not json", "identity", "LW-P01"),
    (b"\xff", "identity", "LW-P04"),
    ("[" * 99, "identity", "LW-P02"),
    (document(), "identity-policy", "LW-P27"),
]


@pytest.mark.parametrize(("source", "kind", "code"), FAULTY)
def test_one_fault_alone(source, kind, code):
    source = source if isinstance(source, str | bytes) else json.dumps(source)
    (fault,) = faults(source, kind)
    assert code == fault.code
    assert "\n" not in fault.message
    assert not fault.message.endswith(".")
    assert code in FAULTS


def test_every_fault_has_its_test():
    assert set(FAULTS) - {"LW-P14", "LW-P25"} == {code for _, _, code in FAULTY}


ODD = [
    (document(Resource="arn:aws:s3:::b/${aws:username"), "identity", "LW-P51"),
    (document(Resource="arn:aws:s3:::b/${}"), "identity", "LW-P51"),
    (document(Condition={"StringLike": {"a:b": "${aws:username, 'x}"}}), "identity", "LW-P51"),
    (document(Condition={"StringLike": {"a:b": "${aws:user name}"}}), "identity", "LW-P51"),
    (document("resource", Principal={"AWS": "arn:aws:iam::*:root"}), "resource", "LW-P52"),
    ({"Version": "2012-10-17", "Statement": []}, "identity", "LW-P53"),
    ({**document(), "Id": "x"}, "identity", "LW-P54"),
    (document(Condition={"StringLike": {"a": "b"}}), "identity", "LW-P55"),
    (document(Action="ec2: DescribeInstances"), "identity", "LW-P56"),
    (document(Action="lambda:ListFunctions "), "identity", "LW-P56"),
    (document("resource", Resource="execute-api:/*"), "resource", "LW-P57"),
    (document(Resource=["*", None]), "identity", "LW-P58"),
    (document(Condition={"a": {}}), "identity", "LW-P59"),
    (document("resource", Sid="a b"), "resource", "LW-P60"),
    (document("resource", Principal={"Federated": "accounts.google.com"}), "resource", "LW-P61"),
    (document(Resource="arn:aws:s*:::b"), "identity", "LW-P62"),
    (document(Action=[]), "identity", "LW-P63"),
    (document(Resource=[]), "identity", "LW-P63"),
    (document("resource", Principal={}), "resource", "LW-P63"),
    (document(Condition={"ForAnyValue:Stringlike": {"a:b": "c"}}), "identity", "LW-P64"),
    (document("trust", Principal={"Federated": "arn:aws:iam::x:saml-provider/p"}), "trust", "LW-P65"),
    (document(Resource="arn:aws:s3:::" + "b" * 6200), "identity", "LW-Q02"),
    (document("trust", Sid="b" * 2100), "trust", "LW-Q01"),
]


@pytest.mark.parametrize(("source", "kind", "code"), ODD)
def test_what_is_odd_but_stored_is_a_note(source, kind, code):
    assert [code] == notes(source, kind)
    assert [code] == notes(json.dumps(source), kind)


def test_every_note_has_its_test():
    assert set(NOTES) == {code for _, _, code in ODD}


FINE = [
    (document(Sid=""), "identity"),
    ({"Statement": [{**ALLOW, "Sid": ""}, {**ALLOW, "Sid": ""}]}, "identity"),
    ({"Statement": [{**BASES["resource"], "Sid": "a"}, {**BASES["resource"], "Sid": "a"}]}, "resource"),
    (document(version=None), "identity"),
    (document(version="2008-10-17", Resource="arn:aws:s3:::${"), "identity"),
    ({**document("resource"), "Id": "x"}, "resource"),
    (document(Action="*:*"), "identity"),
    (document(Action="S*:?et*"), "identity"),
    (document(Action=["ec2:*", "service-prefix:action-name"]), "identity"),
    (document(Resource="arn:aws:sqs"), "identity"),
    (document(Resource=["*", "a*", "arn:aws:s3:::${*}${?}${$}/${aws:PrincipalTag/a, 'b c'}"]), "identity"),
    (document(Resource="arn:*:kms:*:${aws:PrincipalAccount}:key/*"), "scp"),
    (document("resource", without=("Resource",)), "resource"),
    (document("trust", Principal="*"), "trust"),
    (document("trust", Principal={"Federated": ["accounts.google.com", "cognito-identity.amazonaws.com"]}), "trust"),
    (document("rcp", Effect="Allow", Action="*"), "rcp"),
    (document("rcp", Principal={"AWS": "*"}), "rcp"),
    (document(Condition={}), "identity"),
    (document(Condition={"Bool": {}}), "identity"),
    (document(Condition={"StringLike": {"accounts.google.com:aud": ["é", 1, True]}}), "identity"),
    (document("resource", Condition={"StringLike": {"a:b": "日本"}}), "resource"),
    *(
        (document("resource", Principal={"AWS": form}), "resource")
        for form in (
            "*",
            "111122223333",
            "arn:aws-cn:iam::111122223333:root",
            "arn:aws:iam::111122223333:user/a/b@c",
            "arn:aws-us-gov:iam::111122223333:role/aws-service-role/x.amazonaws.com/y",
            "arn:aws:sts::111122223333:assumed-role/r/s@x",
            "arn:aws:sts::111122223333:federated-user/u",
            "AIDACKCEVSQ6C2EXAMPLE",
            "AROACLKWSDQRAOEXAMPLE",
            "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E127EXAMPLE51Z",
        )
    ),
]


@pytest.mark.parametrize(("source", "kind"), FINE)
def test_what_aws_takes_is_taken_without_a_word(source, kind):
    policy = parse_policy(source, kind=kind)
    assert () == policy.notes
    assert policy == parse_policy(json.dumps(policy.document()), kind=kind)


@pytest.mark.parametrize(
    ("source", "kind", "hint"),
    [
        (document(without=("Action",), action="s3:*"), "identity", "did you mean `Action`?"),
        (document(Efect="Allow"), "identity", "did you mean `Effect`?"),
        (document(Effect="allow"), "identity", "did you mean `Allow`?"),
        (document(Condition={"stringequal": {"a:b": "c"}}), "identity", "did you mean `StringEquals`?"),
        (document(Condition={"ForAllValue:StringLike": {"a:b": "c"}}), "identity", "`ForAllValues:StringLike`?"),
        (document(Condition={"NullIfExists": {"a:b": "c"}}), "identity", "did you mean `Null`?"),
        (document("resource", Principal={"Aws": "*"}), "resource", "did you mean `AWS`?"),
        (document(), "identty", "did you mean `identity`?"),
    ],
)
def test_a_fault_guesses_what_was_meant(source, kind, hint):
    assert any(hint in (fault.help or "") for fault in faults(source, kind))


def test_a_policy_prints_the_principal_that_rcps_take():
    policy = parse_policy(document("rcp"), kind="rcp")
    assert "*" == policy.document()["Statement"][0]["Principal"]
