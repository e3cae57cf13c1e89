"""An organisation of two accounts in the fake AWS, made with its own calls."""

from __future__ import annotations

import json

from aws import HOME, Aws

REGIONS = ("eu-west-1", "us-east-1")
ROLE = "leastwise-read"


def document(action: str, **more: object) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


SHARED = {"Principal": {"AWS": "arn:aws:iam::444455556666:root"}}


def made(aws: Aws) -> str:
    """Makes the estate and answers with the number of the member account."""
    organizations = aws.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    unit = organizations.create_organizational_unit(ParentId=root, Name="prod")["OrganizationalUnit"]["Id"]
    status = organizations.create_account(Email="prod@example.com", AccountName="prod")["CreateAccountStatus"]
    member = status["AccountId"]
    organizations.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    policy = organizations.create_policy(
        Content=document("iam:*").replace("Allow", "Deny"),
        Description="d",
        Name="no-iam",
        Type="SERVICE_CONTROL_POLICY",
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=unit)
    _account(aws, {}, "home")
    _account(aws, _keys(aws, member), "prod")
    return member


def _keys(aws: Aws, account: str) -> dict[str, str]:
    sts = aws.client("sts")
    found = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{ROLE}", RoleSessionName="test")["Credentials"]
    return {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }


def _account(aws: Aws, keys: dict[str, str], name: str) -> None:
    iam = aws.client("iam", **keys)
    trust = document("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
    iam.create_role(RoleName=f"{name}-app", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName=f"{name}-app", PolicyName="own", PolicyDocument=document("sqs:*"))
    iam.create_user(UserName=f"{name}-alice")
    _buckets(aws, keys, name)
    for region in REGIONS:
        sqs = aws.client("sqs", region, **keys)
        for number in range(3):
            sqs.create_queue(QueueName=f"{name}-{number}", Attributes={"Policy": document("sqs:SendMessage", **SHARED)})
        sns = aws.client("sns", region, **keys)
        sns.create_topic(Name=f"{name}-topic")
        kms = aws.client("kms", region, **keys)
        kms.create_key(Policy=document("kms:*", **SHARED))
        secrets = aws.client("secretsmanager", region, **keys)
        secrets.create_secret(Name=f"{name}-secret", SecretString="s")
        ecr = aws.client("ecr", region, **keys)
        ecr.create_repository(repositoryName=f"{name}-repository")


def _buckets(aws: Aws, keys: dict[str, str], name: str) -> None:
    s3 = aws.client("s3", **keys)
    s3.create_bucket(Bucket=f"{name}-reports")
    s3.put_bucket_policy(Bucket=f"{name}-reports", Policy=document("s3:GetObject", **SHARED))
    eu = aws.client("s3", "eu-west-1", **keys)
    eu.create_bucket(Bucket=f"{name}-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


__all__ = ["HOME", "REGIONS", "ROLE", "made"]
