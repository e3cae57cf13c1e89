"""Findings as one JSON object, the answer of `scan --json`."""

from __future__ import annotations

import json

from leastwise.findings.exceptions import Told
from leastwise.findings.run import account
from leastwise.surfaces.formats.findings import Report
from leastwise.surfaces.formats.requests import request_fields

NAME = "json"
SCHEMA = 1


def written(report: Report) -> str:
    """The report, only ASCII in it, so that no control letter reaches a terminal."""
    return json.dumps(fields(report), indent=2)


def fields(report: Report) -> dict[str, object]:
    """The report as JSON values."""
    return {
        "schema": SCHEMA,
        "day": report.day,
        "window_days": report.days,
        "accounts": report.accounts,
        "principals": report.principals,
        "excepted": report.excepted,
        "findings": [finding_fields(one) for one in report.told],
        "not_asked": [
            {"code": one.check.code, "name": one.check.name, "reason": one.reason} for one in report.not_asked
        ],
        "notes": list(report.notes),
    }


def finding_fields(one: Told) -> dict[str, object]:
    """A finding as JSON values."""
    finding, found = one.finding, one.finding.found
    return {
        "id": finding.id,
        "code": finding.code,
        "name": finding.name,
        "group": finding.group,
        "severity": finding.severity,
        "place": {"subject": found.subject, "kind": found.kind, "account": account(found)},
        "message": found.message,
        "help": found.remedy.says,
        "remedy": {
            "cli": found.remedy.cli,
            "console": found.remedy.console,
            "terraform": found.remedy.terraform,
            "cloudformation": found.remedy.cloudformation,
        },
        "witness": None if found.witness is None else request_fields(found.witness),
        "ladder": list(found.ladder),
        "evidence": list(found.evidence),
        "unknown": found.unknown,
        "since": found.since,
        "benefit": round(finding.benefit, 3),
        "breakage": round(finding.breakage, 3),
        "is_new": one.is_new,
        "exception": None
        if one.accepted is None
        else {
            "owner": one.accepted.owner,
            "reason": one.accepted.reason,
            "until": one.accepted.until.isoformat(),
        },
    }
