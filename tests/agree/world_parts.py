"""What worlds are made of: principals, actions with their resources, keys, values and operators."""

from __future__ import annotations

Json = dict

A, B = "111122223333", "444455556666"
CANONICAL = {A: "a" * 64, B: "b" * 64}
IDS = {"user": "AIDACKCEVSQ6C2EXAMPLE", "session": "AROACKCEVSQ6C2EXAMPLE"}
SERVICES = ("ops.amazonaws.com", "lambda.amazonaws.com", "logs.eu-west-1.amazonaws.com")
PROVIDERS = (
    f"arn:aws:iam::{A}:oidc-provider/token.actions.githubusercontent.com",
    f"arn:aws:iam::{A}:saml-provider/Okta",
    "accounts.google.com",
)
LINKED = "aws-service-role/ops.amazonaws.com/AWSServiceRoleForOps"


def targets_of(account: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Actions with the resources on which they are asked."""
    iam = f"arn:aws:iam::{account}:role"
    regional = {
        "sqs:SendMessage": "ann",
        "sns:Publish": "t",
        "logs:PutLogEvents": "log-group:/a/b:log-stream:c",
        "dynamodb:GetItem": "table/ann",
        "lambda:InvokeFunction": "function:f:prod",
        "secretsmanager:GetSecretValue": "secret:ann-AbCdEf",
        "kms:Decrypt": "key/1234-ab",
        "kms:RetireGrant": "key/1234-ab",
        "ec2:StartInstances": "instance/i-0a1b",
    }
    return (
        (
            ("s3:GetObject", "s3:PutObject"),
            ("arn:aws:s3:::b/home/ann/x:y.txt", "arn:aws:s3:::b/*odd?", "arn:aws:s3:::b/A"),
        ),
        (("s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"), ("arn:aws:s3:::b",)),
        *[(("sts:AssumeRole", "sts:TagSession"), (f"{iam}/team/x", f"{iam}/{LINKED}"))] * 2,
        (("ec2:DescribeInstances", "kms:ListKeys", "sts:GetCallerIdentity"), ("*",)),
        (("iam:PassRole",), (f"{iam}/team/passed",)),
        *(((do,), (f"arn:aws:{do.partition(':')[0]}:eu-west-1:{account}:{on}",)) for do, on in regional.items()),
    )


SERVED = ("s3", "sqs", "sns", "kms", "lambda")
NOT_SERVED = ("s3:ListBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "kms:ListKeys")
"""Services that answer to other services, and actions of theirs on which AWS says nothing of such callers."""

TYPED = {
    "String": ("ann", "Ann", "*", "a*b", "a?b", "a$b", "", "ops", "é", "É", "42", "true", "10.0.0.1", "arn:aws:s3:::b"),
    "Numeric": ("42", "-1.5", "0", "42.0", "+7", "0042", "many", "", "4 2", "9999999999999999999999"),
    "Date": (
        "2026-03-01T12:00:00Z",
        "2026-03-01T13:00:00+01:00",
        "2026-03-01T06:30:00-05:30",
        "2026-03-01T12:00:00.5Z",
        "2026-03-01",
        "1772366400",
        "2026-02-30",
        "2026-03",
        "then",
        "",
    ),
    "Ip": ("10.0.0.1", "10.9.8.7", "2001:db8::1", "192.0.2.1", "10.0.0.256", "", "nowhere", "::1"),
    "Bool": ("true", "false", "TRUE", "False", "yes", ""),
    "Arn": (
        f"arn:aws:sns:eu-west-1:{A}:t:u",
        "arn:aws:s3:::b",
        "arn:aws:s3:::b/x/y",
        "nra:aws:s3:::b",
        "",
        "arn:aws",
        "b",
        "*",
    ),
    "Binary": ("YWJj", "YWJjZA==", "", "not base64", "YWJj\n"),
}
RANGES = (
    "10.0.0.0/8",
    "10.0.0.1",
    "10.0.0.1/32",
    "10.0.0.7/24",
    "2001:db8::/32",
    "2001:DB8::1",
    "0.0.0.0/0",
    "::/0",
    "x/8",
    "10.0.0.0/33",
)
KEYS = {
    "aws:PrincipalTag/team": "String",
    "aws:ResourceTag/Team": "String",
    "aws:ResourceTag/Owner": "String",
    "s3:prefix": "String",
    "aws:MultiFactorAuthAge": "Numeric",
    "aws:CurrentTime": "Date",
    "aws:EpochTime": "Date",
    "aws:SourceIp": "Ip",
    "aws:SecureTransport": "Bool",
    "aws:MultiFactorAuthPresent": "Bool",
    "aws:SourceArn": "Arn",
    "test:Blob": "Binary",
    "aws:TagKeys": "List",
    "aws:CalledVia": "List",
    "dynamodb:Attributes": "List",
    "cognito-identity.amazonaws.com:amr": "List",
}
DERIVED = {
    "aws:PrincipalArn": "Arn",
    "aws:PrincipalAccount": "String",
    "aws:username": "String",
    "aws:PrincipalType": "String",
    "aws:userid": "String",
    "aws:PrincipalIsAWSService": "Bool",
    "aws:PrincipalServiceName": "String",
    "aws:ResourceAccount": "String",
}
ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS = {
    "String": tuple(
        f"String{name}"
        for name in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")
    ),
    "Numeric": tuple(f"Numeric{order}" for order in ORDERS),
    "Date": tuple(f"Date{order}" for order in ORDERS),
    "Ip": ("IpAddress", "NotIpAddress"),
    "Bool": ("Bool",),
    "Arn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
    "Binary": ("BinaryEquals",),
}
COMPARING = tuple(name for names in OPERATORS.values() for name in names)
VARIABLES = (
    "aws:username",
    "aws:PrincipalAccount",
    "AWS:principaltag/TEAM",
    "aws:TagKeys",
    "aws:userid",
    "aws:ResourceAccount",
    "s3:prefix",
)
ACCOUNT_KEYS = ("aws:PrincipalAccount", "aws:ResourceAccount")
OTHER_ACTIONS = ("s3:Get", "s3:GetObject?", "ec2:*", "logs:Put*", "sqs:*Queue", "sts:assumerole?*", "kms:G*")
OTHER_RESOURCES = (
    "arn:aws:s3:::c/*",
    "arn:aws:s3:::b/?",
    "arn:aws:s3:::",
    f"arn:aws:sqs:*:{B}:*",
    "arn:aws:ec*:*:*:*:*",
    "arn:*:iam::*:role/?",
    "arn:aws:sqs:${aws:username}:*:*",
)
OTHER_SHORT = ("arn:aws:sns", "arn:aws:rds:*", "arn:aws:sqs:us-east-1", "arn:aws:kms:*")
OTHER_NAMES = (
    B,
    f"arn:aws:iam::{B}:root",
    f"arn:aws:iam::{A}:user/Ann",
    f"arn:aws:iam::{A}:role/*",
    f"arn:aws:iam::{A}:role/app",
    f"arn:aws:sts::{A}:assumed-role/app/s1",
    "AIDAJQABLZS4A3QDU576Q",
    "events.amazonaws.com",
)


def principals_of(account: str) -> tuple[Json, ...]:
    """The principals of an account."""
    iam, sts = f"arn:aws:iam::{account}", f"arn:aws:sts::{account}"
    user, session = {"user_id": IDS["user"]}, {"user_id": IDS["session"]}
    return (
        {"arn": f"{iam}:user/ann", **user},
        {"arn": f"{iam}:user/team/ann", **user},
        {"arn": f"{sts}:assumed-role/app/s1", "role_arn": f"{iam}:role/app", **session},
        {"arn": f"{sts}:assumed-role/x/s1", "role_arn": f"{iam}:role/team/x", **session},
        {"arn": f"{iam}:role/app"},
        {"arn": f"{sts}:assumed-role/AWSServiceRoleForOps/s1", "role_arn": f"{iam}:role/{LINKED}", **session},
        {"arn": f"{sts}:federated-user/bob", "user_arn": f"{iam}:user/ann"},
        {"arn": f"{iam}:root"},
    )
