"""Findings as OCSF events of the class Detection Finding (2004), the schema's version named in each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from leastwise import __version__
from leastwise.findings.exceptions import Told
from leastwise.findings.finding import Severity
from leastwise.findings.run import account
from leastwise.model.arn import parse_arn
from leastwise.surfaces.formats.findings import Report

NAME = "ocsf"
VERSION: Final = "1.5.0"
_CLASS: Final = 2004
_CREATE: Final = 1
_NEW, _SUPPRESSED = 1, 3
_AWS_ACCOUNT: Final = {"type_id": 10, "type": "AWS Account"}
_SEVERITIES: Final[dict[Severity, tuple[int, str]]] = {
    "critical": (5, "Critical"),
    "high": (4, "High"),
    "medium": (3, "Medium"),
    "low": (2, "Low"),
    "info": (1, "Informational"),
}


def written(report: Report) -> str:
    """A list of events. Open Cybersecurity Schema Framework, "Detection Finding"."""
    time = int(datetime.fromisoformat(report.day).replace(tzinfo=UTC).timestamp() * 1000)
    return json.dumps([_event(one, time) for one in report.told], indent=2)


def _event(told: Told, time: int) -> dict[str, object]:
    one, found = told.finding, told.finding.found
    number, severity = _SEVERITIES[one.severity]
    event: dict[str, object] = {
        "activity_id": _CREATE,
        "activity_name": "Create",
        "category_name": "Findings",
        "category_uid": 2,
        "class_name": "Detection Finding",
        "class_uid": _CLASS,
        "type_uid": _CLASS * 100 + _CREATE,
        "type_name": "Detection Finding: Create",
        "time": time,
        "severity_id": number,
        "severity": severity,
        "status_id": _SUPPRESSED if told.accepted else _NEW,
        "status": "Suppressed" if told.accepted else "New",
        "message": found.message,
        "metadata": {
            "version": VERSION,
            "profiles": ["cloud"],
            "event_code": one.code,
            "product": {"name": "leastwise", "vendor_name": "leastwise", "version": __version__},
        },
        "finding_info": {
            "uid": one.id,
            "title": one.name,
            "desc": found.message,
            "types": [one.group],
            "analytic": {"name": one.name, "uid": one.code, "type_id": 1, "type": "Rule"},
        },
        "resources": [_resource(told)],
        "cloud": {
            "provider": "AWS",
            "account": {"uid": account(found), "name": account(found), **_AWS_ACCOUNT},
        },
        "remediation": {"desc": found.remedy.says},
        "unmapped": {"ladder": list(found.ladder), "evidence": list(found.evidence), "unknown": found.unknown},
    }
    if told.accepted:
        event["comment"] = told.accepted.reason
    return event


def _resource(told: Told) -> dict[str, object]:
    found = told.finding.found
    arn = parse_arn(found.subject)
    named = {"region": arn.region or "global", "cloud_partition": arn.partition} if arn else {}
    return {
        "uid": found.subject,
        "name": found.subject.rpartition("/")[2] or found.subject,
        "type": found.kind,
        **named,
    }
