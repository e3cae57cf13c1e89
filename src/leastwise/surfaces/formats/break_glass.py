"""The role for emergencies as JSON, Terraform and CloudFormation: the role, its policy and its alarm."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from leastwise.surfaces.formats import NamedPolicy
from leastwise.surfaces.formats.cfn import logical_id, refuse_what_cloudformation_reads
from leastwise.surfaces.formats.hcl import label_of, quoted, template_free
from leastwise.surfaces.formats.json import plain
from leastwise.surfaces.formats.yaml import written
from leastwise.synthesize.guardrails.break_glass import SESSION_SECONDS, BreakGlass


def break_glass_fields(one: BreakGlass) -> dict[str, object]:
    """The role as JSON values."""
    return {
        "role": {
            "RoleName": one.name,
            "Arn": one.arn,
            "MaxSessionDuration": SESSION_SECONDS,
            "AssumeRolePolicyDocument": one.trust.document(),
            "ManagedPolicyArns": [one.policy_arn],
        },
        "alarm": {"Name": _rule(one), "EventPattern": one.alarm, "Targets": [one.topic_arn]},
        "exception": one.exception.pattern,
    }


def _json(one: BreakGlass) -> str:
    return json.dumps(break_glass_fields(one), indent=2)


def _rule(one: BreakGlass) -> str:
    return f"{one.name}-assumed"[:64]


def _hcl(one: BreakGlass) -> str:
    label = label_of(one.name)
    blocks = (
        (
            f'resource "aws_iam_role" "{label}"',
            f"  name                 = {quoted(one.name)}",
            f"  max_session_duration = {SESSION_SECONDS}",
            f"  assume_role_policy   = <<POLICY\n{template_free(one.trust.document())}\nPOLICY",
        ),
        (
            f'resource "aws_iam_role_policy_attachment" "{label}"',
            f"  role       = aws_iam_role.{label}.name",
            f"  policy_arn = {quoted(one.policy_arn)}",
        ),
        (
            f'resource "aws_cloudwatch_event_rule" "{label}"',
            f"  name          = {quoted(_rule(one))}",
            f"  event_pattern = <<PATTERN\n{template_free(one.alarm)}\nPATTERN",
        ),
        (
            f'resource "aws_cloudwatch_event_target" "{label}"',
            f"  rule = aws_cloudwatch_event_rule.{label}.name",
            f"  arn  = {quoted(one.topic_arn)}",
        ),
    )
    return "\n\n".join("\n".join([f"{head} {{", *lines, "}"]) for head, *lines in blocks)


def _cfn(one: BreakGlass) -> str:
    for text in (one.name, one.policy_arn, one.topic_arn):
        refuse_what_cloudformation_reads(NamedPolicy(one.name, {"Version": text}))
    refuse_what_cloudformation_reads(NamedPolicy(one.name, one.trust.document()))
    role = {
        "RoleName": one.name,
        "MaxSessionDuration": SESSION_SECONDS,
        "AssumeRolePolicyDocument": plain(one.trust.document()),
        "ManagedPolicyArns": [one.policy_arn],
    }
    rule = {
        "Name": _rule(one),
        "EventPattern": one.alarm,
        "State": "ENABLED",
        "Targets": [{"Arn": one.topic_arn, "Id": "alarm"}],
    }
    name = logical_id(one.name)
    resources = {
        name: {"Type": "AWS::IAM::Role", "Properties": role},
        f"{name}Assumed": {"Type": "AWS::Events::Rule", "Properties": rule},
    }
    return written({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})


FORMS: Final[Mapping[str, Callable[[BreakGlass], str]]] = {"json": _json, "hcl": _hcl, "cfn": _cfn}
"""How the role is written, by the name that `-f` takes."""
