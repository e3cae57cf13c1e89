"""Who reaches the resources that are said to be sensitive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.estate.ask import Answer, Facts, who_can
from leastwise.estate.held import Resource
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.power import is_asked
from leastwise.findings.registry import check
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene
from leastwise.findings.weights import counted
from leastwise.language.values.globs import glob_of
from leastwise.model.decision import ALLOW
from leastwise.model.errors import RequestError

_READS: Final = {
    "dynamodb": "dynamodb:GetItem",
    "ecr": "ecr:BatchGetImage",
    "kinesis": "kinesis:GetRecords",
    "kms": "kms:Decrypt",
    "lambda": "lambda:GetFunction",
    "logs": "logs:GetLogEvents",
    "s3": "s3:GetObject",
    "secretsmanager": "secretsmanager:GetSecretValue",
    "sns": "sns:Publish",
    "sqs": "sqs:ReceiveMessage",
}
"""The action by which what is stored is read, by service."""
_SHOWN: Final = 12


@check(
    "LW723",
    "sensitive-resource-reached",
    group="external",
    severity="info",
    source='IAM User Guide, "Identify access with IAM Access Analyzer", internal access',
    actions=tuple(_READS.values()),
)
def sensitive_resource_reached(scene: Scene) -> Iterator[Found]:
    """A sensitive resource, with how many principals read what is stored there.

    Which resources are sensitive is said by `--sensitive`, a pattern of ARNs. Each has one finding: the principals
    that are allowed to read it by HTTPS in its Region, and how many more may be under some condition.

    What it cannot see: services of which it knows no action that reads, which it says; copies of what is stored; and
    principals who may assume one of these roles, which `leastwise who-can --chains` follows.
    """
    for pattern in scene.settings.sensitive:
        matches = glob_of(pattern).matches
        for arn, held in sorted(scene.estate.resources.items()):
            if matches(arn):
                yield _found(scene, arn, held)


def _on(arn: str, action: str) -> str:
    return f"{arn}/example" if action == "s3:GetObject" else arn


def _plain(held: Resource) -> Facts:
    """A request by HTTPS to the resource's own Region."""
    region = {"aws:RequestedRegion": held.region} if held.region else {}
    return Facts({"aws:SecureTransport": True, **region})


def _found(scene: Scene, arn: str, held: Resource) -> Found:
    action = _READS.get(held.type.partition(":")[0])
    remedy = Remedy("See whether each of them still needs it", f"leastwise who-can {action or 'ACTION'} {quoted(arn)}")
    if action is None:
        why = f"of {held.type} no action is known that reads what is stored"
        return Found(arn, f"who reads {arn} is not known", remedy, account=held.account, kind="resource", unknown=why)
    sure: list[Answer] = []
    perhaps: list[Answer] = []
    try:
        for one in who_can(scene.estate, action, _on(arn, action), facts=_plain(held)):
            if is_asked(one.principal):
                (sure if one.decision.outcome is ALLOW else perhaps).append(one)
    except RequestError as error:
        return Found(arn, f"who reads {arn} is not known", remedy, account=held.account, unknown=str(error))
    more = f", and {len(perhaps)} more under conditions" if perhaps else ""
    return Found(
        arn,
        f"{counted(len(sure), 'principal')} allowed {action} on {arn}{more}",
        remedy,
        account=held.account,
        kind="resource",
        witness=sure[0].binding.request if sure else None,
        evidence=tuple(one.principal for one in sure[:_SHOWN]),
    )
