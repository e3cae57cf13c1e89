"""`python -m conformance.run`: the case tables asked of leastwise, one line a file, then where they differ.

Exit 0 when all agree or the difference is one that `differences.md` settles, 1 when another is left,
2 when a case file cannot be read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from conformance.calls import grant_cases, statement_cases
from conformance.cases import Case, CaseFile, MalformedCases, Readers, case_files, counted, table_rows
from conformance.checks import check_rows
from conformance.conditions import condition_cases
from conformance.decision_tables import decision_rows
from conformance.decisions import decision_cases
from conformance.equivalence import equivalence_cases, equivalence_rows
from conformance.escalation import administrator_cases, escalation_cases
from conformance.grammar import grammar_cases
from conformance.lint import lint_cases
from conformance.matching import matching_cases
from conformance.newaccess import new_access_cases, new_access_rows
from conformance.public import public_cases, public_rows

OWN = Path(__file__).parent
DIFFERENCES = OWN / "differences.md"
ANSWERED: Mapping[str, Readers] = {
    "admin": {".json": administrator_cases},
    "checks": {".md": check_rows},
    "cloudtrail": {".json": statement_cases, ".md": grant_cases},
    "conditions": {".md": condition_cases},
    "decisions": {".json": decision_cases, ".md": decision_rows},
    "equivalence": {".json": equivalence_cases, ".md": equivalence_rows},
    "grammar": {".md": grammar_cases},
    "lint": {".json": lint_cases},
    "matching": {".md": matching_cases},
    "newaccess": {".json": new_access_cases, ".md": new_access_rows},
    "privesc": {".json": escalation_cases},
    "public": {".json": public_cases, ".md": public_rows},
}
"""The areas that leastwise answers; a file of another one is skipped, never counted as agreement."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A case in which leastwise and the source disagree; `settled` says why we stand by ours, if we do."""

    id: str
    expected: object
    got: object
    settled: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case file."""

    file: str
    area: str
    cases: int = 0
    agree: int = 0
    skipped: int = 0
    differ: tuple[Difference, ...] = field(default=())
    fault: str = ""


def outcome_of(file: CaseFile, settled: Mapping[str, str]) -> Outcome:
    """The file's cases asked, or skipped where the area is not answered; a fault instead of an error."""
    try:
        reader = ANSWERED.get(file.area, {}).get(file.path.suffix)
        if reader is None:
            cases = counted(file)
            return Outcome(file.name, file.area, cases=cases, skipped=cases)
        return _asked(file, reader(file.path.read_bytes()), settled)
    except (MalformedCases, OSError) as error:
        return Outcome(file.name, file.area, fault=str(error))


def _asked(file: CaseFile, cases: Sequence[Case], settled: Mapping[str, str]) -> Outcome:
    answers = [(case, _answer(case)) for case in cases]
    differ = tuple(
        Difference(case.id, case.expected, got, settled.get(case.id)) for case, got in answers if got != case.expected
    )
    return Outcome(file.name, file.area, cases=len(cases), agree=len(cases) - len(differ), differ=differ)


def _answer(case: Case) -> object:
    """Our answer; a bug is an answer that agrees with nothing, so that it does not hide the other cases."""
    try:
        return case.ask()
    except Exception as error:  # whatever it is, it is reported with its case
        return f"bug: {type(error).__name__}: {error}"


def settled_in(path: Path) -> dict[str, str]:
    """Case id → why we stand by our answer, of every row: case, ours, theirs, why."""
    if not path.is_file():
        return {}
    return {cells[0].strip("`"): cells[-1] for _, cells in table_rows(path.read_bytes())}


def report(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """One line a file, then every difference."""
    for outcome in outcomes:
        yield f"{outcome.file}: {_told(outcome)}"
    for outcome in outcomes:
        for one in outcome.differ:
            yield ""
            yield f"{outcome.file}: {one.id}"
            yield f"  expected {json.dumps(one.expected, ensure_ascii=False)}"
            yield f"  got      {json.dumps(one.got, ensure_ascii=False)}"
            yield f"  settled: {one.settled}" if one.settled else "  not settled"


def _told(outcome: Outcome) -> str:
    if outcome.fault:
        return f"cannot be read: {outcome.fault}"
    if outcome.skipped:
        return f"skipped, {outcome.skipped} cases of an area that is not answered yet"
    return f"{outcome.agree} of {outcome.cases} agree"


def as_json(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """The outcomes for programs; a file that cannot be read has a `fault` besides."""
    return {"files": [_file_fields(outcome) for outcome in outcomes]}


def _file_fields(outcome: Outcome) -> dict[str, object]:
    differ = [{"id": d.id, "expected": d.expected, "got": d.got, "settled": d.settled} for d in outcome.differ]
    fields = {name: getattr(outcome, name) for name in ("file", "area", "cases", "agree", "skipped")}
    return {**fields, "differ": differ, **({"fault": outcome.fault} if outcome.fault else {})}


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0, 1 for a difference that is not settled, 2 for a file that cannot be read or when there is none."""
    if not outcomes or any(outcome.fault for outcome in outcomes):
        return 2
    return int(any(not one.settled for outcome in outcomes for one in outcome.differ))


@click.command()
@click.option("--cases", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=OWN)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the outcome as JSON here too.")
def main(folder: Path, out: Path | None) -> None:
    """Ask leastwise the cases of a folder, by default the project's own."""
    settled = settled_in(DIFFERENCES)
    outcomes = [outcome_of(file, settled) for file in case_files(folder)]
    for line in report(outcomes):
        click.echo(line)
    if not outcomes:
        click.echo(f"no case file in `{folder}`", err=True)
    if out is not None:
        out.write_text(json.dumps(as_json(outcomes), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(exit_code(outcomes))


if __name__ == "__main__":
    main()
