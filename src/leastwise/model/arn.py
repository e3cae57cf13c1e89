"""Amazon Resource Names: their six parts, and literal text made safe inside a policy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arn:
    """The six parts of an ARN; `resource` is all after the fifth colon."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def parse_arn(text: str) -> Arn | None:
    """The ARN that `text` is, or None when it has not six parts beginning with `arn`."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        return None
    return Arn(parts[1], parts[2], parts[3], parts[4], parts[5])


_PARTITION_BY_PREFIX = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-iso-", "aws-iso"),
    ("eusc-", "aws-eusc"),
)


def partition_of(region: str) -> str:
    """The partition that a region belongs to.

    Source: the partitions file of the AWS SDK (botocore 1.44.5).
    """
    for prefix, partition in _PARTITION_BY_PREFIX:
        if region.startswith(prefix):
            return partition
    return "aws"


_ESCAPES = str.maketrans({"*": "${*}", "?": "${?}", "$": "${$}"})


def literal(text: str) -> str:
    """`text` written so that a policy matches exactly it: no wildcard, no policy variable.

    IAM reads `*`, `?` and `$` literally only as `${*}`, `${?}`, `${$}` under Version 2012-10-17.
    Source: IAM User Guide, "IAM policy elements: Variables and tags".
    """
    return text.translate(_ESCAPES)
