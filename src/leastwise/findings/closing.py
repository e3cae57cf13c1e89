"""The finding that a resource is open, with how to close it."""

from __future__ import annotations

from typing import Final

from leastwise.catalogue.risks import weight_of
from leastwise.findings.finding import Found, Remedy, Severity
from leastwise.findings.openings import Opening
from leastwise.findings.retiring import quoted
from leastwise.findings.weights import SHARED

_CALLS: Final = {
    "dynamodb": "aws dynamodb put-resource-policy --resource-arn {arn} --policy file://policy.json",
    "ecr": "aws ecr set-repository-policy --repository-name {name} --policy-text file://policy.json",
    "kms": "aws kms put-key-policy --key-id {arn} --policy-name default --policy file://policy.json",
    "lambda": "aws lambda remove-permission --function-name {arn} --statement-id SID",
    "s3": "aws s3api put-bucket-policy --bucket {name} --policy file://policy.json",
    "secretsmanager": "aws secretsmanager put-resource-policy --secret-id {arn} --resource-policy file://policy.json",
    "sns": "aws sns set-topic-attributes --topic-arn {arn} --attribute-name Policy --attribute-value file://policy.json",
    "sqs": "aws sqs set-queue-attributes --queue-url URL --attributes file://attributes.json",
}
_TERRAFORM: Final = {
    "dynamodb": "aws_dynamodb_resource_policy",
    "ecr": "aws_ecr_repository_policy",
    "kms": "aws_kms_key_policy",
    "lambda": "aws_lambda_permission",
    "s3": "aws_s3_bucket_policy",
    "secretsmanager": "aws_secretsmanager_secret_policy",
    "sns": "aws_sns_topic_policy",
    "sqs": "aws_sqs_queue_policy",
}
_CLOUDFORMATION: Final = {
    "ecr": "AWS::ECR::Repository",
    "kms": "AWS::KMS::Key",
    "lambda": "AWS::Lambda::Permission",
    "s3": "AWS::S3::BucketPolicy",
    "secretsmanager": "AWS::SecretsManager::ResourcePolicy",
    "sns": "AWS::SNS::TopicPolicy",
    "sqs": "AWS::SQS::QueuePolicy",
}


def found_of(one: Opening, message: str, *, severity: Severity | None, key: str = "") -> Found:
    """The opening as a finding. `key` tells those of one resource apart, the way in where it is not given."""
    held = one.resource
    evidence = [f"actions: {', '.join(one.actions)}"] if one.actions else []
    evidence += [f"who: {', '.join(one.who[:12])}"]
    if one.witness is None and not one.unknown:
        evidence.append("by what the snapshot says of it; there is no policy that could be asked")
    return Found(
        one.name,
        message,
        _remedy(one),
        key=key or one.by,
        account=held.account,
        kind="resource",
        severity=severity,
        witness=one.witness,
        evidence=tuple(evidence),
        unknown=one.unknown,
        risk=float(sum(map(weight_of, one.actions)) or 10),
        breakage=SHARED,
    )


def _remedy(one: Opening) -> Remedy:
    service = one.resource.type.partition(":")[0]
    name = one.resource.arn.rpartition(":")[2].removeprefix("repository/")
    call = _CALLS.get(service, "").format(arn=quoted(one.resource.arn), name=quoted(name))
    resource = _TERRAFORM.get(service)
    made = _CLOUDFORMATION.get(service)
    says = "Name who may in the policy, or ask for `aws:PrincipalOrgID`; take out whoever is not known"
    if service == "s3":
        says += "; turn on Block Public Access for the account"
    if not one.by.startswith("its policy"):
        says = f"Take {', '.join(one.who[:3])} out of {one.by}"
    return Remedy(
        says,
        call,
        f"the console of {service}: permissions of {name}",
        f"change the `{resource}`" if resource else "",
        f"change the {made}" if made else "",
    )
