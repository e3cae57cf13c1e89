"""`leastwise lint`: what is wrong with policy documents as they are written, wherever they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Final

import click

from leastwise.language.wording import did_you_mean
from leastwise.lint.discover import checks
from leastwise.lint.exceptions import Accepted
from leastwise.lint.grammar_faults import GRAMMAR_FAULTS
from leastwise.lint.sources import SOURCE_NOTES
from leastwise.model.errors import Diagnostic, InputError
from leastwise.model.finding import SEVERITIES, Severity
from leastwise.model.policy import KINDS
from leastwise.surfaces.cli import baselines
from leastwise.surfaces.cli.diagnostics import fault_lines
from leastwise.surfaces.cli.exception_tables import exception_rows, tables_in
from leastwise.surfaces.cli.lint_files import LintedFile, Told, accepted_of, files_in, linted_file
from leastwise.surfaces.cli.lint_forms import FORMS, explained
from leastwise.surfaces.cli.text import answer, plural, safe, say
from leastwise.usage.heap import no_collection

_BASELINE: Final = "fingerprints"


@click.command("lint")
@click.argument("files", nargs=-1)
@click.option("--type", "kind", type=click.Choice(KINDS), help="The policy type; guessed where it is plain.")
@click.option(
    "--select", multiple=True, metavar="CHECK", help="Only these: a name, a code or its beginning, a severity."
)
@click.option("--ignore", multiple=True, metavar="CHECK", help="All but these.")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="warning",
    show_default=True,
    help="The least severity of a finding that ends with 1.",
)
@click.option("--fix", is_flag=True, help="Write the safe mends into the files, each proved to allow nothing new.")
@click.option("--pass-over", is_flag=True, help="Say nothing of named files that hold no policy document.")
@click.option(
    "--exceptions", metavar="FILE", help="Accepted findings, in TOML: check, file, path, until, reason, owner."
)
@click.option("--baseline", metavar="FILE", help="Findings that are known already, as `--write-baseline` writes them.")
@click.option("--write-baseline", metavar="FILE", help="Write all findings of this run to FILE, and end with 0.")
@click.option("--explain", metavar="CHECK", help="Print the page of a check.")
@click.option(
    "-f", "--format", "form", type=click.Choice(list(FORMS)), default="text", show_default=True, help="How to print it."
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON: `-f json`.")
def lint(
    files: tuple[str, ...],
    kind: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: Severity,
    fix: bool,
    pass_over: bool,
    exceptions: str | None,
    baseline: str | None,
    write_baseline: str | None,
    explain: str | None,
    form: str,
    as_json: bool,
) -> int:
    """Look for faults in the policy documents of FILES: files, folders, `-` for standard input.

    Documents are found in JSON, in Terraform plans and source, CloudFormation templates, AWS CLI answers and Markdown.
    Exit 0 when no finding reaches `--fail-on`, 1 when one does, 2 when a file could not be read.
    """
    if explain is not None:
        answer("\n".join(explained(_check_named(explain))))
        return 0
    if not files:
        raise InputError("no file is given", help="name files or folders, or `-` for standard input")
    codes = _codes(select, ignore)
    known = next((one for one in KINDS if one == kind), None)
    listed = _exceptions(exceptions)
    paths = {path: is_named and not pass_over for path, is_named in files_in(files).items()}
    read = partial(linted_file, kind=known, codes=codes)
    with no_collection():
        found = [read(path, is_named=is_named) for path, is_named in paths.items()]
    if fix:
        from leastwise.surfaces.cli.lint_fix import fixed  # it needs the prover

        for line in fixed(found):
            say(line)
        found = [read(path, is_named=is_named) for path, is_named in paths.items()]
    settled = [_settled(file, listed, _today()) for file in found]
    seen = baselines.baseline_in(baseline, _BASELINE) if baseline is not None else frozenset()
    for file in settled:
        for line in _fault_lines(file.faults):
            say(line)
    shown = [
        replace(file, findings=tuple(one for one in file.findings if one.fingerprint not in seen)) for file in settled
    ]
    if write_baseline is not None:
        names = (one.fingerprint for file in settled for one in file.findings)
        count = baselines.write_baseline(write_baseline, _BASELINE, names)
        say(f"{plural(count, 'finding')} written to `{write_baseline}`")
        return 0
    for line in FORMS["json" if as_json else form](shown):
        answer(line)
    return _code(shown, fail_on)


def _fault_lines(faults: Sequence[Diagnostic]) -> Iterator[str]:
    yield from fault_lines(one for one in faults if _is_fault(one))
    yield from fault_lines((one for one in faults if not _is_fault(one)), level="note")


def _is_fault(told: Diagnostic) -> bool:
    """Whether work was not done: what is no fault is that a policy is not in the file at all."""
    return told.code not in SOURCE_NOTES or told.code == "LW-S02"


def _today() -> date:
    return datetime.now(UTC).date()


def _code(files: Sequence[LintedFile], fail_on: Severity) -> int:
    if any(map(_is_fault, (one for file in files for one in file.faults))):
        return 2
    least = SEVERITIES.index(fail_on)
    found = (one for file in files for one in file.findings if one.accepted is None)
    return int(any(one.finding.rank <= least for one in found))


def _names() -> Mapping[str, tuple[str, Severity]]:
    """Every code with its name and severity."""
    own = {one.code: (one.name, one.severity) for one in checks().values()}
    return {code: (one.name, one.severity) for code, one in GRAMMAR_FAULTS.items()} | own


def _codes(select: Sequence[str], ignore: Sequence[str]) -> Collection[str] | None:
    if not select and not ignore:
        return None
    chosen = set(_matching(select)) if select else set(_names())
    return chosen - set(_matching(ignore))


def _matching(wanted: Iterable[str]) -> Iterator[str]:
    names = _names()
    for one in wanted:
        found = [
            code for code, (name, severity) in names.items() if one in (name, severity) or code.startswith(one.upper())
        ]
        if not found:
            raise _no_such_check(one)
        yield from found


def _no_such_check(text: str) -> InputError:
    names = _names()
    choices = [*(name for name, _ in names.values()), *names, *SEVERITIES]
    return InputError(f"there is no check `{safe(text)}`", help=did_you_mean(text, choices) or "see the page of checks")


def _check_named(text: str) -> str:
    for code, (name, _) in _names().items():
        if text.lower() in (code.lower(), name):
            return code
    raise _no_such_check(text)


def _settled(file: LintedFile, listed: Sequence[Accepted], today: date) -> LintedFile:
    """The file with its findings marked where an exception covers them; one that has ended is told of."""
    written, faults = accepted_of(file)
    ended = [one for one in (*(one for _, one in written), *listed) if one.until < today]
    for one in dict.fromkeys(ended):
        if any(one.covers(told.finding, file.name) for told in file.findings):
            say(f"note: the exception of `{safe(one.check)}` in `{safe(file.name)}` ended on {one.until}")
    findings = tuple(replace(told, accepted=_cover(told, written, listed, today)) for told in file.findings)
    return replace(file, findings=findings, faults=(*file.faults, *faults))


def _cover(
    told: Told, written: Sequence[tuple[int, Accepted]], listed: Sequence[Accepted], today: date
) -> Accepted | None:
    own = [one for number, one in written if number == told.document]
    live = (one for one in (*own, *listed) if one.until >= today)
    return next((one for one in live if one.covers(told.finding, told.file)), None)


def _exceptions(path: str | None) -> list[Accepted]:
    if path is None:
        return []
    return exceptions_of(tables_in(path), path)


def exceptions_of(found: Mapping[str, object], path: str) -> list[Accepted]:
    """The exceptions that a file's tables hold; raises InputError."""
    rows = exception_rows(found, path, _EXCEPTION)
    return [_exception(row, number, path) for number, row in enumerate(rows, 1)]


_EXCEPTION: Final = "each needs `check`, `until` (a date), `reason`; `file`, `path` and `owner` may be added"
_KEYS: Final = ("check", "reason", "until", "file", "path", "owner")


def _exception(row: object, number: int, path: str) -> Accepted:
    if isinstance(row, dict) and set(row) <= set(_KEYS):
        until = row.get("until")
        texts = {key: row[key] for key in row if key != "until"}
        is_whole = {"check", "reason"} <= set(texts) and all(isinstance(one, str) and one for one in texts.values())
        if is_whole and isinstance(until, date) and not isinstance(until, datetime):
            _check_named(texts["check"])
            return Accepted(until=until, **texts)
    raise InputError(f"exception {number} of `{path}` cannot be read", help=_EXCEPTION)
