"""The read-only role of other accounts, for CloudFormation and Terraform."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from leastwise.surfaces.formats import NamedPolicy
from leastwise.surfaces.formats.discover import FORMATS
from leastwise.surfaces.formats.hcl import quoted
from leastwise.surfaces.formats.yaml import written

_SAYS: Final = "The role through which leastwise reads this account. It can change nothing."
_POLICY: Final = "leastwise-read"


def stack(role_name: str, policies: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """A template that makes the role, for a StackSet: who may assume it is a parameter."""
    names = [f"{_POLICY}-{number}" if number else _POLICY for number in range(len(policies))]
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _SAYS,
        "Parameters": {
            "TrustedAccount": {
                "Type": "String",
                "AllowedPattern": "[0-9]{12}",
                "Description": "The account that leastwise is run from.",
            },
            "ExternalId": {
                "Type": "String",
                "Default": "",
                "Description": "Asked of who assumes the role; may be empty.",
            },
            "RoleName": {"Type": "String", "Default": role_name, "AllowedPattern": "[\\w+=,.@-]{1,64}"},
        },
        "Conditions": {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {
            "ReadRole": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": {"Ref": "RoleName"},
                    "Description": _SAYS,
                    "AssumeRolePolicyDocument": _trust(),
                    "Policies": [
                        {"PolicyName": name, "PolicyDocument": one} for name, one in zip(names, policies, strict=True)
                    ],
                },
            }
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["ReadRole", "Arn"]}}},
    }


def _trust() -> dict[str, object]:
    condition = {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${TrustedAccount}:root"}},
        "Action": "sts:AssumeRole",
        "Condition": {"Fn::If": ["HasExternalId", condition, {"Ref": "AWS::NoValue"}]},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _as_json(role_name: str, policies: Sequence[Mapping[str, object]]) -> str:
    return json.dumps(stack(role_name, policies), indent=2)


def _as_yaml(role_name: str, policies: Sequence[Mapping[str, object]]) -> str:
    return written(stack(role_name, policies))


def _as_terraform(role_name: str, policies: Sequence[Mapping[str, object]]) -> str:
    """The role with the same parameters as variables, and its policies."""
    held = FORMATS["hcl"]([NamedPolicy(_POLICY, one) for one in policies])
    labels = ["leastwise_read" if number == 0 else f"leastwise_read{number + 1}" for number in range(len(policies))]
    attached = [_ATTACHED.replace("LABEL", label) for label in labels]
    return "\n".join((_ROLE.replace("NAME", quoted(role_name)).replace("SAYS", quoted(_SAYS)), *attached, held))


_ROLE: Final = """\
variable "trusted_account" {
  type        = string
  description = "The account that leastwise is run from."
}

variable "external_id" {
  type        = string
  default     = ""
  description = "Asked of who assumes the role; may be empty."
}

variable "role_name" {
  type    = string
  default = NAME
}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "leastwise_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${var.trusted_account}:root"]
    }

    dynamic "condition" {
      for_each = var.external_id == "" ? [] : [var.external_id]

      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "leastwise" {
  name               = var.role_name
  description        = SAYS
  assume_role_policy = data.aws_iam_policy_document.leastwise_trust.json
}
"""
_ATTACHED: Final = """\
resource "aws_iam_role_policy_attachment" "LABEL" {
  role       = aws_iam_role.leastwise.name
  policy_arn = aws_iam_policy.LABEL.arn
}
"""

ROLE_FORMS: Final[Mapping[str, Callable[[str, Sequence[Mapping[str, object]]], str]]] = {
    "json": _as_json,
    "cfn": _as_yaml,
    "hcl": _as_terraform,
}
"""How the role is written, by the name that `-f` takes."""
