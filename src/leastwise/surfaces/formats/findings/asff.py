"""Findings in the AWS Security Finding Format, as `batch-import-findings` of AWS Security Hub takes them."""

from __future__ import annotations

import json
from typing import Final

from leastwise import __version__
from leastwise.findings.exceptions import Told
from leastwise.findings.finding import Severity
from leastwise.findings.run import account
from leastwise.model.arn import parse_arn
from leastwise.surfaces.formats.findings import Report

NAME = "asff"
_SCHEMA: Final = "2018-10-08"
_LABELS: Final[dict[Severity, str]] = {
    "critical": "CRITICAL",
    "high": "HIGH",
    "medium": "MEDIUM",
    "low": "LOW",
    "info": "INFORMATIONAL",
}
_TITLE, _DESCRIPTION, _NOTE, _REMEDY = 256, 1024, 512, 512
"""Most characters. AWS Security Hub User Guide, "Required top-level ASFF attributes" and the optional ones."""

_TYPES: Final = {
    "iam:user": "AwsIamUser",
    "iam:role": "AwsIamRole",
    "iam:group": "AwsIamGroup",
    "iam:policy": "AwsIamPolicy",
    "s3:": "AwsS3Bucket",
    "kms:key": "AwsKmsKey",
    "sqs:": "AwsSqsQueue",
    "sns:": "AwsSnsTopic",
    "lambda:function": "AwsLambdaFunction",
    "secretsmanager:secret": "AwsSecretsManagerSecret",
}
_HOME: Final = "us-east-1"


def written(report: Report) -> str:
    """The list of findings; those of no account are of the account `unknown` and cannot be imported."""
    return json.dumps([_finding(one, report.day) for one in report.told], indent=2)


def _finding(told: Told, day: str) -> dict[str, object]:
    one, found = told.finding, told.finding.found
    owner, moment = account(found) or "unknown", f"{day}T00:00:00Z"
    fields: dict[str, object] = {
        "SchemaVersion": _SCHEMA,
        "Id": one.id,
        "ProductArn": f"arn:aws:securityhub:{_HOME}:{owner}:product/{owner}/default",
        "ProductFields": {"leastwise/version": __version__, "leastwise/check": one.name, "leastwise/group": one.group},
        "GeneratorId": one.code,
        "AwsAccountId": owner,
        "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
        "CreatedAt": f"{found.since or day}T00:00:00Z",
        "UpdatedAt": moment,
        "Severity": {"Label": _LABELS[one.severity], "Original": one.severity},
        "Title": f"{one.code} {one.name}"[:_TITLE],
        "Description": (found.message or one.name)[:_DESCRIPTION],
        "Remediation": {"Recommendation": {"Text": (found.remedy.says or one.name)[:_REMEDY]}},
        "Resources": [_resource(found.subject)],
        "Workflow": {"Status": "SUPPRESSED" if told.accepted else "NEW"},
        "RecordState": "ACTIVE",
    }
    if told.accepted:
        text = f"{told.accepted.owner}: {told.accepted.reason}"[:_NOTE]
        fields["Note"] = {"Text": text, "UpdatedBy": told.accepted.owner or "unknown", "UpdatedAt": moment}
    return fields


def _resource(subject: str) -> dict[str, object]:
    arn = parse_arn(subject)
    if arn is None:
        return {"Type": "Other", "Id": subject}
    kind = arn.resource.partition("/")[0].partition(":")[0]
    name = _TYPES.get(f"{arn.service}:{kind}") or _TYPES.get(f"{arn.service}:") or "Other"
    if arn.resource == "root":
        return {"Type": "AwsAccount", "Id": f"AWS::::Account:{arn.account}"}
    return {"Type": name, "Id": subject, "Partition": arn.partition, "Region": arn.region or _HOME}
