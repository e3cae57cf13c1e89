"""What each named function makes of a request parameter's value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leastwise.catalogue.transforms import TRANSFORMS, transformed

ARN = "arn:aws:x:eu-west-1:111122223333:"
ROWS: list[tuple[str, str, str | None]] = [
    ("absolute-path", "/a/b", "a/b"),
    ("absolute-path", "a", None),
    ("account-id", "111122223333", "111122223333"),
    ("account-id", "ou-1", None),
    ("account-of-arn", f"{ARN}role/x", "111122223333"),
    ("account-of-queue-url", "https://sqs.eu-west-1.amazonaws.com/111122223333/q", "111122223333"),
    ("account-of-queue-url", "q", None),
    ("after-colon", "a:b", "b"),
    ("after-colon-number", "job:3", "3"),
    ("after-colon-number", "job", None),
    ("after-first-dash", "ou-ab12-cd34", "ab12-cd34"),
    ("after-last-colon", "a:b:c", "c"),
    ("after-last-slash", "https://sqs.eu-west-1.amazonaws.com/111122223333/q.fifo", "q.fifo"),
    ("alias-name", "alias/aws/s3", "aws/s3"),
    ("alias-name", "1234abcd", None),
    ("app-instance-of-arn", f"{ARN}app-instance/i1/user/u1", "i1"),
    ("arn", f"{ARN}y", f"{ARN}y"),
    ("arn", "y", None),
    ("before-colon", "project:uuid", "project"),
    ("before-colon", f"{ARN}report/group:uuid", "group"),
    ("bucket-of-copy-source", "/b/k%20x?versionId=1", "b"),
    ("key-of-copy-source", "b/k%20x/y?versionId=1", "k x/y"),
    ("key-of-copy-source", "b", None),
    ("version-of-copy-source", "b/k?versionId=v1", "v1"),
    ("version-of-copy-source", "b/k", None),
    ("custom-event-bus", "default", None),
    ("custom-event-bus", f"{ARN}event-bus/orders", "orders"),
    ("event-bus-name", "default", "default"),
    ("event-bus-name", f"{ARN}archive/a", None),
    ("foundation-model-id", "anthropic.claude-v2", "anthropic.claude-v2"),
    ("foundation-model-id", "eu.anthropic.claude-v2", None),
    ("inference-profile-id", "eu.anthropic.claude-v2", "eu.anthropic.claude-v2"),
    ("inference-profile-id", "anthropic.claude-v2", None),
    ("hosted-zone-id", "Z123ABC", "Z123ABC"),
    ("hosted-zone-id", "0a1b2c3d-0000-4000-8000-000000000000", None),
    ("uuid", "0a1b2c3d-0000-4000-8000-000000000000", "0a1b2c3d-0000-4000-8000-000000000000"),
    ("uuid", "Z123ABC", None),
    ("id-of-arn", f"{ARN}cluster/c", "c"),
    ("id-of-arn", "c", "c"),
    ("job-definition-name", f"{ARN}job-definition/j:3", "j"),
    ("job-definition-name", "j:3", "j"),
    ("is:instance", "instance", "instance"),
    ("is:instance", "volume", None),
    ("key-id", "arn:aws:kms:eu-west-1:111122223333:key/1234", "1234"),
    ("key-id", "1234", "1234"),
    ("key-id", "alias/x", None),
    ("lambda-alias", "live", "live"),
    ("lambda-alias", "3", None),
    ("lambda-version", "3", "3"),
    ("lambda-version", "f:$LATEST", "$LATEST"),
    ("lambda-qualified", "f:live", "f:live"),
    ("lambda-qualified", "arn:aws:lambda:eu-west-1:111122223333:function:f:3", "f:3"),
    ("lambda-layer", f"{ARN}layer:l:2", "l"),
    ("lambda-name", "f", "f"),
    ("lambda-name", "f:live", "f"),
    ("lambda-name", "111122223333:function:f:live", "f"),
    ("lambda-name", "arn:aws:lambda:eu-west-1:111122223333:function:f", "f"),
    ("log-group-name", "/aws/lambda/f", "/aws/lambda/f"),
    ("log-group-name", "arn:aws:logs:eu-west-1:111122223333:log-group:/a/b:*", "/a/b"),
    ("name-of-table", "arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i", "t"),
    ("only:i", "i-0abc", "i-0abc"),
    ("only:i", "vol-0abc", None),
    ("only:tgw", "tgw-attach-0abc", None),
    ("ou-id", "ou-ab12-cd34", "ab12-cd34"),
    ("ou-id", "r-ab12", None),
    ("part:2", f"{ARN}service-deployment/c/s/d", "s"),
    ("part:2", "s", None),
    ("resource-of-arn", f"{ARN}mfa/path/x", "path/x"),
    ("root-id", "r-ab12", "ab12"),
    ("secret-name", "prod/db", "prod/db-??????"),
    ("secret-name", f"{ARN}secret:prod-AbCdEf", f"{ARN}secret:prod-AbCdEf"),
    ("stack-name", "s", "s"),
    ("stack-name", "arn:aws:cloudformation:eu-west-1:111122223333:stack/s/uuid", "s"),
    ("state-machine-name", "arn:aws:states:eu-west-1:111122223333:stateMachine:m:live", "m"),
    ("strip-leading-slash", "/a/b", "a/b"),
    ("task-family", "f:7", "f"),
    ("task-revision", f"{ARN}task-definition/f:7", "7"),
    ("task-revision", "f", None),
    ("topic-of-subscription", "arn:aws:sns:eu-west-1:111122223333:t:0f1e", "t"),
    ("topic-of-subscription", "PendingConfirmation", None),
    ("true", "true", "true"),
    ("true", "false", None),
    ("type-of-arn", "arn:aws:iam::111122223333:role/x", "role"),
    ("wafv2-scope", "REGIONAL", "regional"),
    ("wafv2-scope", "CLOUDFRONT", "global"),
    ("without-scheme", "https://token.actions.githubusercontent.com/", "token.actions.githubusercontent.com"),
]


@pytest.mark.parametrize(("name", "value", "expected"), ROWS)
def test_transform(name: str, value: str, expected: str | None) -> None:
    assert expected == transformed(name, value)


def test_every_transform_has_a_row() -> None:
    assert set(TRANSFORMS) == {name for name, _, _ in ROWS if ":" not in name}


def test_every_transform_in_the_table_exists() -> None:
    path = Path(__file__).parents[2] / "scripts" / "catalogue_sources" / "curated.toml"
    used = set(re.findall(r'"[^"\s]+\|([a-z0-9:-]+)"', path.read_text()))
    assert set() == {name for name in used if not name.startswith(("only:", "part:"))} - set(TRANSFORMS)
