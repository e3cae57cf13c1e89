"""What stands for what in a copy."""

from __future__ import annotations

import pytest

from leastwise.synthesize.mirror import Substitution

MAPPED = Substitution(
    accounts={"111122223333": "444455556666"},
    regions={"eu-west-1": "eu-north-1"},
    prefixes={"prod-": "dev-", "prod-eu-": "dev-"},
)


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("arn:aws:sqs:eu-west-1:111122223333:prod-jobs", "arn:aws:sqs:eu-north-1:444455556666:dev-jobs"),
        ("arn:aws:sqs:eu-west-1:999988887777:jobs", "arn:aws:sqs:eu-north-1:999988887777:jobs"),
        ("arn:aws:s3:::prod-eu-data/a/prod-b", "arn:aws:s3:::dev-data/a/dev-b"),
        ("arn:aws:s3:::prod-data/a/prod-b", "arn:aws:s3:::dev-data/a/dev-b"),
        ("arn:aws:s3:::nonprod-data", "arn:aws:s3:::nonprod-data"),
        ("111122223333", "444455556666"),
        ("s3.eu-west-1.amazonaws.com", "s3.eu-north-1.amazonaws.com"),
        ("lambda.amazonaws.com", "lambda.amazonaws.com"),
        ("prod-words that are no ARN", "prod-words that are no ARN"),
        ("*", "*"),
    ],
)
def test_texts_of_a_policy_in_the_copy(text: str, copy: str) -> None:
    assert copy == MAPPED.document(text)


def test_a_document_keeps_its_shape() -> None:
    statement = {
        "Action": "sqs:*",
        "Resource": ["arn:aws:sqs:eu-west-1:111122223333:a"],
        "Condition": {"Null": {"k": ()}},
    }
    copy = {"Action": "sqs:*", "Resource": ["arn:aws:sqs:eu-north-1:444455556666:a"], "Condition": {"Null": {"k": []}}}
    assert copy == MAPPED.document(statement)


def test_what_replaces_a_beginning_is_taken_as_it_is() -> None:
    assert r"\1x" == Substitution({}, prefixes={"a-": r"\1"}).name("a-x")
