"""Which services send the keys that tell of a VPC endpoint's owner, as the IAM User Guide lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_VPC_ARN: Final = frozenset(
    {
        "acm-pca",
        "applicationinsights",
        "apprunner",
        "athena",
        "cloudformation",
        "comprehendmedical",
        "compute-optimizer",
        "datasync",
        "discovery",
        "ebs",
        "ecr",
        "ecs",
        "firehose",
        "healthlake",
        "iam",
        "iotfleetwise",
        "iotwireless",
        "kinesisanalytics",
        "kms",
        "lambda",
        "medical-imaging",
        "omics",
        "payment-cryptography",
        "polly",
        "rbin",
        "rekognition",
        "route53",
        "s3",
        "scheduler",
        "servicediscovery",
        "servicequotas",
        "ssm-contacts",
        "storagegateway",
        "textract",
        "transcribe",
        "transfer",
    }
)
_OWNER: Final = _VPC_ARN | {
    "b2bi",
    "cassandra",
    "cognito-identity",
    "dms",
    "ds-data",
    "dynamodb",
    "gamelift",
    "identitystore",
    "iottwinmaker",
    "network-firewall",
    "pricing",
    "ses",
    "shield",
    "sms-voice",
    "sqs",
    "workmail",
}

SENDERS: Final[Mapping[str, frozenset[str]]] = {
    "aws:sourcevpcarn": _VPC_ARN,
    "aws:vpceaccount": _OWNER,
    "aws:vpceorgid": _OWNER,
    "aws:vpceorgpaths": _OWNER,
}
"""Key in lower case → the services that send it. IAM User Guide, "AWS global condition context keys"."""

_NOT_SENT: Final = "iam:PassRole"


def is_sender(key: str, action: str) -> bool:
    """Whether requests for the action that come by an endpoint have the key, which is one of `SENDERS`."""
    return action != _NOT_SENT and action.partition(":")[0] in SENDERS[key]
