"""The AWS managed policies that made-up accounts use, shortened and in our own words."""

from __future__ import annotations

from collections.abc import Mapping

from leastwise.sample.values import Json


def _allow(*actions: str) -> Json:
    named = sorted(actions) if len(actions) > 1 else actions[0]
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": named, "Resource": "*"}]}


_POWER: Json = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": [
                "account:GetAccountInformation",
                "account:ListRegions",
                "iam:CreateServiceLinkedRole",
                "iam:DeleteServiceLinkedRole",
                "iam:ListRoles",
                "organizations:DescribeOrganization",
            ],
            "Resource": "*",
        },
    ],
}
_READ = (
    "athena:Get*",
    "athena:List*",
    "autoscaling:Describe*",
    "cloudformation:Describe*",
    "cloudformation:Get*",
    "cloudformation:List*",
    "cloudtrail:Describe*",
    "cloudtrail:Get*",
    "cloudtrail:List*",
    "cloudwatch:Describe*",
    "cloudwatch:Get*",
    "cloudwatch:List*",
    "config:Describe*",
    "config:Get*",
    "dynamodb:BatchGetItem",
    "dynamodb:Describe*",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "ec2:Describe*",
    "ecr:BatchGetImage",
    "ecr:Describe*",
    "ecs:Describe*",
    "ecs:List*",
    "glue:Get*",
    "iam:Get*",
    "iam:List*",
    "lambda:Get*",
    "lambda:List*",
    "logs:Describe*",
    "logs:StartQuery",
    "rds:Describe*",
    "s3:GetBucket*",
    "s3:GetObject",
    "s3:List*",
    "sns:Get*",
    "sns:List*",
    "sqs:GetQueueAttributes",
    "sqs:List*",
    "tag:Get*",
)
_AUDIT = (
    "access-analyzer:List*",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetTrailStatus",
    "config:Describe*",
    "ec2:Describe*",
    "guardduty:Get*",
    "guardduty:List*",
    "iam:GenerateCredentialReport",
    "iam:Get*",
    "iam:List*",
    "kms:Describe*",
    "kms:List*",
    "lambda:GetPolicy",
    "lambda:List*",
    "organizations:Describe*",
    "organizations:List*",
    "rds:Describe*",
    "s3:GetBucket*",
    "s3:ListAllMyBuckets",
    "securityhub:Get*",
    "sqs:GetQueueAttributes",
    "tag:GetResources",
)
AWS_POLICIES: Mapping[str, Json] = {
    "AdministratorAccess": _allow("*"),
    "PowerUserAccess": _POWER,
    "ReadOnlyAccess": _allow(*_READ),
    "SecurityAudit": _allow(*_AUDIT),
    "AmazonS3ReadOnlyAccess": _allow("s3:Get*", "s3:List*", "s3:Describe*"),
    "AmazonDynamoDBFullAccess": _allow("dynamodb:*", "cloudwatch:GetMetricData"),
    "CloudWatchReadOnlyAccess": _allow("cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "logs:Describe*"),
    "AmazonSSMManagedInstanceCore": _allow(
        "ssm:DescribeAssociation",
        "ssm:GetDocument",
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:PutInventory",
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ),
    "IAMUserChangePassword": _allow("iam:ChangePassword", "iam:GetAccountPasswordPolicy"),
    "job-function/Billing": _allow("aws-portal:View*", "budgets:View*", "ce:Describe*", "ce:Get*", "cur:Describe*"),
    "service-role/AWSLambdaBasicExecutionRole": _allow(
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"
    ),
    "service-role/AmazonECSTaskExecutionRolePolicy": _allow(
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetAuthorizationToken",
        "ecr:GetDownloadUrlForLayer",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ),
    "aws-service-role/AWSSupportServiceRolePolicy": _allow("ec2:Describe*", "rds:Describe*", "s3:GetBucketLocation"),
    "aws-service-role/AWSTrustedAdvisorServiceRolePolicy": _allow("ec2:Describe*", "iam:GetAccountSummary"),
    "aws-service-role/AmazonECSServiceRolePolicy": _allow("ec2:Describe*", "elasticloadbalancing:Describe*"),
    "aws-service-role/AutoScalingServiceRolePolicy": _allow("ec2:Describe*", "ec2:RunInstances", "sns:Publish"),
    "aws-service-role/AWSConfigServiceRolePolicy": _allow("ec2:Describe*", "iam:Get*", "iam:List*", "s3:GetBucket*"),
}
"""By path and name, what the version in force says."""

AWS_PREFIX = "arn:aws:iam::aws:policy/"
ADMINISTRATOR = f"{AWS_PREFIX}AdministratorAccess"


def literal_actions(attached: tuple[str, ...]) -> frozenset[str]:
    """The actions that attached AWS managed policies name in full."""
    found: set[str] = set()
    for arn in attached:
        statements = AWS_POLICIES.get(arn.removeprefix(AWS_PREFIX), {}).get("Statement", [])
        for statement in statements if isinstance(statements, list) else ():
            found.update(action for action in statement.get("Action", ()) if "*" not in action)
    return frozenset(found)
