"""Made-up policies for properties: every policy type, small alphabets so that parts meet."""

from __future__ import annotations

from hypothesis import strategies as st

from leastwise.language.operator_names import BASE_OPERATORS, OperatorName
from leastwise.model.policy import Policy, Statement

ACTIONS = ("s3:GetObject", "s3:getobject", "s3:Get*", "S3:*", "sqs:Send?essage", "s3:G*t", "ec2:RunInstances")
RESOURCES = ("*", "arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:sqs:us-east-1:111122223333:${aws:username}")
TEXTS = st.sampled_from(("", "a", "A", "*", "é", "true", "False", '"\\\n', "${aws:username}", "${x, 'y'}", "1.0"))
KEYS = st.sampled_from(("aws:username", "aws:PrincipalTag/Team", "s3:prefix", "aws:SecureTransport"))
PRINCIPALS = {
    "AWS": ("*", "111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:role/a/b"),
    "Service": ("lambda.amazonaws.com", "sqs.us-east-1.amazonaws.com"),
    "CanonicalUser": ("0" * 64,),
}


def lists(choices):
    return st.lists(st.sampled_from(choices), max_size=4).map(tuple)


def operators():
    def named(base, qualifier, if_exists):
        return str(OperatorName(base, qualifier, if_exists and base != "Null"))

    qualifiers = st.sampled_from((None, None, "ForAllValues", "ForAnyValue"))
    return st.builds(named, st.sampled_from(BASE_OPERATORS), qualifiers, st.booleans())


def conditions():
    values = st.lists(TEXTS, min_size=1, max_size=3).map(tuple)
    return st.dictionaries(operators(), st.dictionaries(KEYS, values, max_size=2), max_size=2)


def principals():
    each = {kind: lists(forms) for kind, forms in PRINCIPALS.items()}
    return st.fixed_dictionaries({}, optional=each)


@st.composite
def policies(draw, kinds=("identity", "boundary", "session", "resource", "trust", "scp", "endpoint")):
    kind = draw(st.sampled_from(kinds))
    has_principal, has_resource = kind in ("resource", "trust", "endpoint"), kind != "trust"
    statement = st.builds(
        Statement,
        sid=st.none() | st.just(""),
        actions=lists(ACTIONS),
        resources=lists(RESOURCES) if has_resource else st.just(()),
        conditions=conditions(),
        effect=st.sampled_from(("Allow", "Deny")),
        principals=principals() if has_principal else st.none(),
        is_not_action=st.booleans(),
        is_not_resource=st.booleans() if has_resource else st.just(False),
        is_not_principal=st.booleans() if kind in ("resource", "endpoint") else st.just(False),
        has_resource=st.just(has_resource),
    )
    statements = draw(st.lists(statement, max_size=4))
    version = draw(st.sampled_from(("2012-10-17", "2008-10-17", None)))
    return Policy(tuple(statements), kind, version, draw(st.none() | st.just("id")) if has_principal else None)
