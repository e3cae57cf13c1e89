"""The findings of `leastwise lint` in each form that it prints, and the page of one check."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from leastwise.lint.discover import checks
from leastwise.lint.grammar_faults import GRAMMAR_FAULTS
from leastwise.model.errors import Diagnostic, Place
from leastwise.model.finding import SEVERITIES, Finding, Severity
from leastwise.surfaces.cli.diagnostics import fault_lines
from leastwise.surfaces.cli.lint_files import LintedFile, Told
from leastwise.surfaces.cli.text import plural, safe
from leastwise.surfaces.formats.github import workflow_commands
from leastwise.surfaces.formats.junit import Failure, suites
from leastwise.surfaces.formats.requests import request_fields
from leastwise.surfaces.formats.sarif import Level, Result, Rule, log

SCHEMA: Final = 1
_LEVELS: Mapping[Severity, Level] = {
    "error": "error",
    "security-warning": "error",
    "warning": "warning",
    "suggestion": "note",
}


def open_ones(file: LintedFile) -> list[Told]:
    """The findings that nobody accepted."""
    return [told for told in file.findings if told.accepted is None]


def text_lines(files: Sequence[LintedFile]) -> Iterator[str]:
    """Every finding with its place and line, then how many there are of each severity."""
    counts: Counter[str] = Counter()
    for file in files:
        for told in open_ones(file):
            counts[told.finding.severity] += 1
            yield from fault_lines([_diagnostic(told)], level=told.finding.severity)
            yield ""
    accepted = sum(told.accepted is not None for file in files for told in file.findings)
    documents = sum(len(file.documents) for file in files)
    told_counts = [plural(counts[one], one) for one in SEVERITIES if counts[one]]
    found = ", ".join(told_counts) or "no finding"
    more = f"; {accepted} accepted" if accepted else ""
    yield f"{found} in {plural(documents, 'policy document')} of {plural(len(files), 'file')}{more}"
    unknown = sum(len(one.unknown) for file in files for one in file.documents)
    if unknown:
        values = plural(unknown, "value")
        yield f"{values} not known until apply: nothing is said of them, nor of what their documents do as a whole"


def _diagnostic(told: Told) -> Diagnostic:
    one = told.finding
    where = f" (in {told.where})" if told.where else ""
    unknown = "; this turns on a value that is not known until apply" if told.turns_on_unknown else ""
    message = f"{one.message}{where}{unknown} [{one.name}]"
    return Diagnostic(one.code, message, one.path, one.place, one.help, one.excerpt)


def json_lines(files: Sequence[LintedFile]) -> Iterator[str]:
    """Everything, as one JSON object."""
    fields = {
        "schema": SCHEMA,
        "files": len(files),
        "documents": [
            {"file": file.name, "where": one.where, "type": one.kind, "why": one.why, "unknown": list(one.unknown)}
            for file in files
            for one in file.documents
        ],
        "findings": [_fields(told) for file in files for told in file.findings],
        "unreadable": [
            {"file": file.name, "code": one.code, "message": one.message, "place": _place(one.place)}
            for file in files
            for one in file.faults
        ],
    }
    yield json.dumps(fields, indent=2, ensure_ascii=False)


def _fields(told: Told) -> dict[str, object]:
    one, accepted = told.finding, told.accepted
    return {
        "code": one.code,
        "name": one.name,
        "severity": one.severity,
        "file": told.file,
        "where": told.where,
        "path": one.path,
        "place": _place(one.place),
        "message": one.message,
        "help": one.help,
        "witness": None if one.witness is None else request_fields(one.witness),
        "is_fixable": bool(one.edits),
        "turns_on_unknown": told.turns_on_unknown,
        "fingerprint": told.fingerprint,
        "accepted": accepted and {"reason": accepted.reason, "until": str(accepted.until), "owner": accepted.owner},
    }


def _place(place: Place | None) -> dict[str, object] | None:
    if place is None:
        return None
    return {"source": place.source, "line": place.line, "column": place.column, "length": place.length}


def sarif_lines(files: Sequence[LintedFile]) -> Iterator[str]:
    """SARIF 2.1.0, with every check as a rule."""
    rules = [Rule(code, says, "\n".join(explained(code))) for code, says in _says().items()]
    by_code = {rule.id: rule for rule in rules}
    results = [
        Result(
            by_code[told.finding.code],
            told.finding.message,
            told.finding.place,
            level=_LEVELS[told.finding.severity],
            source=told.file,
            same=told.fingerprint,
            properties={"severity": told.finding.severity, "path": told.finding.path, "where": told.where},
        )
        for file in files
        for told in open_ones(file)
    ]
    yield log(results, rules, [fault.message for file in files for fault in file.faults])


def github_lines(files: Sequence[LintedFile]) -> Iterator[str]:
    """Workflow commands, one a finding."""
    yield from workflow_commands(
        (one.severity, f"{one.code} {one.name}", _told(one), told.file, one.place)
        for file in files
        for told in open_ones(file)
        for one in (told.finding,)
    )


def _told(finding: Finding) -> str:
    return f"{finding.message}: {finding.help}" if finding.help else finding.message


def junit_lines(files: Sequence[LintedFile]) -> Iterator[str]:
    """JUnit XML, one suite a file."""
    yield suites((file.name, [_failure(told) for told in open_ones(file)]) for file in files)


def _failure(told: Told) -> Failure:
    one = told.finding
    place = f"{one.place}\n" if one.place else ""
    return Failure(f"{one.code} {one.name}", one.severity, one.message, f"{place}{one.path}\n{one.help or ''}")


FORMS: Mapping[str, Callable[[Sequence[LintedFile]], Iterable[str]]] = {
    "text": text_lines,
    "json": json_lines,
    "sarif": sarif_lines,
    "github": github_lines,
    "junit": junit_lines,
}


def _says() -> dict[str, str]:
    grammar = {code: one.says for code, one in GRAMMAR_FAULTS.items()}
    return grammar | {code: one.says for code, one in checks().items()}


def explained(code: str) -> Iterator[str]:
    """The page of a check: its name and severity, the fault, AWS's issue codes and the page it rests on."""
    own = checks().get(code)
    if own is None:
        fault = GRAMMAR_FAULTS[code]
        yield f"{code} {fault.name} ({fault.severity})"
        yield ""
        yield f"{fault.says}."
    else:
        yield f"{code} {own.name} ({own.severity})"
        yield ""
        yield safe_page(own.page)
        yield ""
        yield f"policy types: {', '.join(kind for kind in sorted(own.kinds))}"
        yield f"source: {own.source}"
    aws = own.aws if own else GRAMMAR_FAULTS[code].aws
    if aws:
        yield f"AWS's policy validation: {', '.join(aws)}"


def safe_page(page: str) -> str:
    """The page with its lines as they are."""
    return "\n".join(safe(line) for line in page.splitlines())
