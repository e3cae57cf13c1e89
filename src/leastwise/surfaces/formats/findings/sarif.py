"""Findings as SARIF 2.1.0: a finding has no line of a file, so that its subject is a logical location."""

from __future__ import annotations

import json

from leastwise.findings.discover import checks
from leastwise.findings.finding import Severity
from leastwise.surfaces.formats.findings import Report
from leastwise.surfaces.formats.sarif import Level, Result, Rule, log

NAME = "sarif"
_LEVELS: dict[Severity, Level] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "info": "note",
}
_SCORES: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "1.0"}
"""`security-severity`, by which code scanning sorts. GitHub documentation, "SARIF support for code scanning"."""


def written(report: Report) -> str:
    """The log of the scan; findings that are excepted are suppressed with the reason, not left out."""
    rules = {one.code: Rule(one.code, one.says, one.page) for one in checks().values()}
    results = [
        Result(
            rules.get(told.finding.code) or Rule(told.finding.code, told.finding.name),
            told.finding.found.message,
            level=_LEVELS[told.finding.severity],
            source="snapshot",
            same=told.finding.id,
            properties={"severity": told.finding.severity, "security-severity": _SCORES[told.finding.severity]},
        )
        for told in report.told
    ]
    document = json.loads(log(results, rules.values(), [one.reason for one in report.not_asked]))
    for result, told in zip(document["runs"][0]["results"], report.told, strict=True):
        found = told.finding.found
        result["locations"] = [
            {
                "physicalLocation": {"artifactLocation": {"uri": "leastwise-snapshot", "uriBaseId": "%SRCROOT%"}},
                "logicalLocations": [{"fullyQualifiedName": found.subject, "kind": "resource"}],
            }
        ]
        if told.accepted:
            result["suppressions"] = [{"kind": "external", "justification": told.accepted.reason}]
    return json.dumps(document, indent=2)
