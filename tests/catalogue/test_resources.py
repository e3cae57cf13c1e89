"""Whether ARNs fit templates, and which type says most about one."""

from __future__ import annotations

import pytest

from leastwise.catalogue.load import Catalogue
from leastwise.catalogue.resources import best_type, fill, fits

P, R, A = "${Partition}", "${Region}", "${Account}"
BUCKET, OBJECT = f"arn:{P}:s3:::${{BucketName}}", f"arn:{P}:s3:::${{BucketName}}/${{ObjectName}}"
ROLE = f"arn:{P}:iam::{A}:role/${{RoleNameWithPath}}"
FUNCTION = f"arn:{P}:lambda:{R}:{A}:function:${{FunctionName}}"
ALIAS = f"arn:{P}:lambda:{R}:{A}:function:${{FunctionName}}:${{Alias}}"
LOGS = f"arn:{P}:logs:{R}:{A}:log-group:${{LogGroupName}}"
STREAM = f"arn:{P}:logs:{R}:{A}:log-group:${{LogGroupName}}:log-stream:${{LogStreamName}}"
SECRET = f"arn:{P}:secretsmanager:{R}:{A}:secret:${{SecretId}}"
IMAGE = f"arn:{P}:ec2:{R}::image/${{ImageId}}"
TOPIC = f"arn:{P}:sns:{R}:{A}:${{TopicName}}"
TABLE_STREAM = f"arn:{P}:dynamodb:{R}:{A}:table/${{TableName}}/stream/${{StreamLabel}}"
CLASSIC = f"arn:{P}:elasticloadbalancing:{R}:{A}:loadbalancer/${{LoadBalancerName}}"
PARAMETER = f"arn:{P}:ssm:{R}:{A}:parameter/${{ParameterNameWithoutLeadingSlash}}"


@pytest.mark.parametrize(
    ("arn", "template", "expected"),
    [
        ("arn:aws:s3:::b", BUCKET, True),
        ("arn:aws:s3:::b/k", BUCKET, False),
        ("arn:aws:s3:::b/k/l m", OBJECT, True),
        ("arn:aws:s3:::b", OBJECT, False),
        ("arn:aws:s3:::b/", OBJECT, False),
        ("arn:aws:s3:::/k", OBJECT, False),
        ("arn:aws-cn:s3:::b/a:b", OBJECT, True),
        ("arn:aws:iam::111122223333:role/service-role/x", ROLE, True),
        ("arn:aws:iam::111122223333:user/x", ROLE, False),
        ("arn:aws:iam::aws:role/x", ROLE, True),
        ("arn:aws:lambda:eu-west-1:111122223333:function:f", FUNCTION, True),
        ("arn:aws:lambda:eu-west-1:111122223333:function:f:live", FUNCTION, False),
        ("arn:aws:lambda:eu-west-1:111122223333:function:f:live", ALIAS, True),
        ("arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f", LOGS, True),
        ("arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:*", LOGS, True),
        ("arn:aws:logs:eu-west-1:111122223333:log-group:g:log-stream:a/b", LOGS, False),
        ("arn:aws:logs:eu-west-1:111122223333:log-group:g:log-stream:a/b", STREAM, True),
        ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf", SECRET, True),
        ("arn:aws:ec2:eu-west-1::image/ami-1", IMAGE, True),
        ("arn:aws:ec2:eu-west-1:111122223333:image/ami-1", IMAGE, False),
        ("arn:aws:sns:eu-west-1:111122223333:t", TOPIC, True),
        ("arn:aws:sns:eu-west-1:111122223333:t:0f1e", TOPIC, False),
        (
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t/stream/2026-01-01T00:00:00.000",
            TABLE_STREAM,
            True,
        ),
        ("arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/a/1", CLASSIC, False),
        ("arn:aws:ssm:eu-west-1:111122223333:parameter/a/b", PARAMETER, True),
        ("not an arn", BUCKET, False),
        ("", BUCKET, False),
    ],
)
def test_fits(arn: str, template: str, expected: bool) -> None:
    assert expected == fits(arn, template)


def test_fill_writes_a_star_for_what_is_missing() -> None:
    values = {"Partition": "aws", "Region": "eu-west-1", "FunctionName": "f"}
    assert fill(FUNCTION, values) == "arn:aws:lambda:eu-west-1:*:function:f"


@pytest.mark.parametrize(
    ("action", "arn", "expected"),
    [
        ("s3:GetObject", "arn:aws:s3:::b/k", "object"),
        ("s3:GetObject", "arn:aws:s3:::b", None),
        ("s3:ListBucket", "arn:aws:s3:::b", "bucket"),
        ("ec2:RunInstances", "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1", "subnet"),
        ("events:PutTargets", "arn:aws:events:eu-west-1:111122223333:rule/r", "rule-on-default-event-bus"),
        ("events:PutTargets", "arn:aws:events:eu-west-1:111122223333:rule/b/r", "rule-on-custom-event-bus"),
        ("iam:AttachRolePolicy", "arn:aws:iam::111122223333:role/r", "role"),
    ],
)
def test_best_type(catalogue: Catalogue, action: str, arn: str, expected: str | None) -> None:
    service, found = catalogue.service(action.partition(":")[0]), catalogue.action(action)
    assert service is not None
    assert found is not None
    assert expected == best_type(arn, found, service=service)


def test_every_template_fits_its_own_filling(catalogue: Catalogue) -> None:
    values = {"Partition": "aws", "Region": "eu-west-1", "Account": "111122223333"}
    misfits = [
        template
        for prefix in catalogue.prefixes
        if (service := catalogue.service(prefix))
        for kind in service.resource_types.values()
        for template in kind.templates
        if not fits(fill(template, _Everything(values)), template)
    ]
    assert misfits == []


class _Everything(dict[str, str]):
    def get(self, key: str, default: str | None = None) -> str:  # type: ignore[override]
        return super().get(key) or "x1"


def test_created_resources_leave_their_id_open(catalogue: Catalogue) -> None:
    rule = catalogue.call("ec2.amazonaws.com", "CreateVpc")
    assert [(t.resource_type, t.created) for t in rule.actions[0].targets if t.created] == [("vpc", True)]


def test_no_fill_names_a_variable_that_the_template_lacks(catalogue: Catalogue) -> None:
    strange = [
        (action.action, target.resource_type, fill.variable)
        for prefix in catalogue.prefixes
        for rule in catalogue.rules(prefix)
        for action in rule.actions
        for target in action.targets
        for fill in target.fills
        if f"${{{fill.variable}}}" not in target.template
    ]
    assert strange == []
