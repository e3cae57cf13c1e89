"""The forms of ARNs of what plans and templates make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

ARN_FORMS: Final[Mapping[str, str]] = {
    "dynamodb:table": "dynamodb:{region}:{account}:table/{name}",
    "ec2:vpc-endpoint": "ec2:{region}:{account}:vpc-endpoint/{name}",
    "ecr:repository": "ecr:{region}:{account}:repository/{name}",
    "iam:group": "iam::{account}:group{path}{name}",
    "iam:instance-profile": "iam::{account}:instance-profile{path}{name}",
    "iam:policy": "iam::{account}:policy{path}{name}",
    "iam:role": "iam::{account}:role{path}{name}",
    "iam:user": "iam::{account}:user{path}{name}",
    "kms:key": "kms:{region}:{account}:key/{name}",
    "lambda:function": "lambda:{region}:{account}:function:{name}",
    "s3:bucket": "s3:::{name}",
    "secretsmanager:secret": "secretsmanager:{region}:{account}:secret:{name}-unknown",
    "sns:topic": "sns:{region}:{account}:{name}",
    "sqs:queue": "sqs:{region}:{account}:{name}",
}
"""Kind → its ARN after the partition. AWS adds a random ending to the name of a secret. Service Authorization
Reference."""

_QUEUE_URL: Final = re.compile(r"https://sqs\.([a-z0-9-]+)\.[a-z.]+/(\d{12})/([\w.-]+)")
_UNNAMEABLE: Final = re.compile(r"[^\w+=,.@-]+")


def made_name(address: str) -> str:
    """A name for what has none yet."""
    return f"unknown-{_UNNAMEABLE.sub('-', address).strip('-')}"


def arn_of_url(url: str) -> str:
    """The ARN of the queue that has the URL; empty where it is none of a queue."""
    found = _QUEUE_URL.fullmatch(url)
    partition = "aws-cn" if found and found[1].startswith("cn-") else "aws"
    return f"arn:{partition}:sqs:{found[1]}:{found[2]}:{found[3]}" if found else ""
