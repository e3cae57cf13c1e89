"""`leastwise pull-request`: what a change of policies in a repository gives away, judged by what its base says."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import click

from leastwise.language.parse import parse_policy
from leastwise.lint.exceptions import Accepted, accepted_in
from leastwise.lint.sources.embedded import Embedded
from leastwise.model.errors import InputError, Place, PolicyError
from leastwise.model.finding import SEVERITIES, Severity
from leastwise.model.policy import Policy
from leastwise.prove.queries import no_new_access
from leastwise.prove.verdict import Proof, Verdict
from leastwise.surfaces.cli.lint import exceptions_of
from leastwise.surfaces.cli.lint_files import LintedFile, Told, linted_text
from leastwise.surfaces.cli.pull_request_git import Changed, Repository
from leastwise.surfaces.cli.text import answer, plural, safe, say
from leastwise.surfaces.formats.decision_page import code, plain_text
from leastwise.surfaces.formats.requests import request_fields
from leastwise.surfaces.formats.sarif import Result, Rule, log
from leastwise.usage.heap import no_collection

SCHEMA: Final = 1
_NEW_ACCESS: Final = Rule("new-access", "The new policy allows a request that the old one does not.")
_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Compared:
    """A policy document before and after: what is gained and what is lost, each with a request that shows it.

    `fault` says why it could not be compared. `turns_on_unknown` says that values are not known until apply.
    """

    file: str
    where: str
    kind: str
    change: str
    place: Place | None
    gained: Proof | None = None
    lost: Proof | None = None
    fault: str = ""
    turns_on_unknown: bool = False

    @property
    def is_gain(self) -> bool:
        """Whether a request is allowed that was not."""
        return self.gained is not None and self.gained.verdict is Verdict.FAIL

    @property
    def is_open(self) -> bool:
        """Whether it is not known."""
        return bool(self.fault) or (self.gained is not None and self.gained.verdict is Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Judged:
    """All that changed: documents compared, findings that are new, and what could not be read."""

    base: str
    files: int
    compared: tuple[Compared, ...]
    findings: tuple[Told, ...]
    excepted: int
    faults: tuple[str, ...]


@click.command("pull-request")
@click.argument("paths", nargs=-1)
@click.option("--base", required=True, metavar="REF", help="The branch or commit that it is to go into.")
@click.option("--head", default="HEAD", show_default=True, metavar="REF", help="The commit that is to go in.")
@click.option("--repository", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Its folder.")
@click.option(
    "--exceptions", metavar="FILE", help="Accepted findings, a file of the base; one of the change is not read."
)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="error",
    show_default=True,
    help="Least severity that ends with 1.",
)
@click.option("--allow-gained", is_flag=True, help="Access that is gained is told and does not end with 1.")
@click.option("--sarif", "sarif_path", type=click.Path(path_type=Path), help="Write findings and gains as SARIF.")
@click.option("--summary", "summary_path", type=click.Path(path_type=Path), help="Add a summary in Markdown to a file.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def pull_request(
    paths: tuple[str, ...],
    base: str,
    head: str,
    repository: Path,
    exceptions: str | None,
    fail_on: Severity,
    allow_gained: bool,
    sarif_path: Path | None,
    summary_path: Path | None,
    as_json: bool,
) -> int:
    """Tell what a change of policy documents gives away: access gained and lost, and findings that are new.

    Old policies, exceptions and comments that accept a finding are those of the base, never of the change itself.
    Exit status 1 for access gained or a new finding, 2 where something could not be read or is not known.
    """
    source = Repository(repository)
    tip = source.commit(head)
    start = source.common(source.commit(base), tip)
    accepted = _accepted(source, start, exceptions)
    with no_collection():
        found = _judged(source, start, tip, paths, accepted)
    if as_json:
        answer(json.dumps(_fields(found), indent=2))
    else:
        for line in _lines(found):
            answer(line)
    if sarif_path:
        sarif_path.write_text(_sarif(found), encoding="utf-8")
    if summary_path:
        with summary_path.open("a", encoding="utf-8", errors="backslashreplace") as out:
            out.write("\n".join(summary_lines(found)) + "\n")
    for fault in found.faults:
        say(safe(f"error: {fault}"))
    is_found = any(one.finding.rank <= SEVERITIES.index(fail_on) for one in found.findings)
    if is_found or (not allow_gained and any(one.is_gain for one in found.compared)):
        return 1
    return 2 if found.faults or any(one.is_open for one in found.compared) else 0


def _accepted(source: Repository, base: str, path: str | None) -> list[Accepted]:
    if path is None:
        return []
    text = source.text(base, path)
    if text is None:
        raise InputError(f"there is no `{path}` in the base", help="exceptions are agreed to before they count")
    try:
        return exceptions_of(tomllib.loads(text), path)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"cannot read `{path}` of the base: {error}") from None


def _judged(source: Repository, base: str, head: str, paths: Sequence[str], accepted: Sequence[Accepted]) -> Judged:
    compared: list[Compared] = []
    findings: list[Told] = []
    faults: list[str] = []
    excepted = files = 0
    today = datetime.now(UTC).date()
    for one in source.changed(base, head, paths):
        files += 1
        before, after = _linted(one.path, one.before), _linted(one.path, one.after)
        compared += _pairs(one, before, after)
        new = list(_new(before, after))
        kept = [told for told in new if not _is_accepted(told, one, accepted, today)]
        excepted += len(new) - len(kept)
        findings += kept
        faults += [f"{one.path}: {fault.message}" for fault in after.faults]
    return Judged(base, files, tuple(compared), tuple(findings), excepted, tuple(faults))


def _linted(path: str, text: str | None) -> LintedFile:
    if text is None:
        return LintedFile(path, "", (), (), ())
    return linted_text(text, path, is_named=False, kind=None, codes=None)


def _new(before: LintedFile, after: LintedFile) -> Iterator[Told]:
    known = {one.fingerprint for one in before.findings}
    return (one for one in after.findings if one.fingerprint not in known)


def _is_accepted(told: Told, one: Changed, accepted: Sequence[Accepted], today: date) -> bool:
    """Whether the base accepts it, in its file of exceptions or in a comment that stands in the file there too."""
    written = [each for _, each in accepted_in(one.before or "", one.path)[0]]
    return any(each.until >= today and each.covers(told.finding, one.path) for each in (*accepted, *written))


def _pairs(one: Changed, before: LintedFile, after: LintedFile) -> Iterator[Compared]:
    old, new = _named(before), _named(after)
    for key in dict.fromkeys((*new, *old)):
        was, now = old.get(key), new.get(key)
        if was is not None and now is not None and was.source == now.source:
            continue
        yield _compared(one.path, was, now)


def _named(file: LintedFile) -> dict[tuple[str, str, int], Embedded]:
    """The documents by what holds them, and by their order where that is the same for several."""
    found: dict[tuple[str, str, int], Embedded] = {}
    for one in file.documents:
        turn = sum(key[:2] == (one.where, one.kind) for key in found)
        found[one.where, one.kind, turn] = one
    return found


def _compared(path: str, was: Embedded | None, now: Embedded | None) -> Compared:
    shown = now or was
    assert shown is not None
    change = "added" if was is None else "removed" if now is None else "changed"
    place = Place(path, shown.first_line, 1)
    told = Compared(path, shown.where, shown.kind, change, place, turns_on_unknown=bool(shown.unknown))
    try:
        old, new = _policy(was, shown, path), _policy(now, shown, path)
    except PolicyError as error:
        return replace(told, fault=error.faults[0].message)
    return replace(told, gained=no_new_access(old, new), lost=no_new_access(new, old))


def _policy(one: Embedded | None, like: Embedded, path: str) -> Policy:
    """The document as a policy; one that is not there allows nothing."""
    if one is None:
        return Policy((), like.kind, name=path)
    return parse_policy(one.source, kind=one.kind, name=path)


def _lines(found: Judged) -> Iterator[str]:
    for one in found.compared:
        unknown = "  (values are not known until apply)" if one.turns_on_unknown else ""
        yield safe(f"{one.change}  {one.file}{f'  {one.where}' if one.where else ''}  {one.kind}{unknown}")
        if one.fault:
            yield safe(f"  not compared: {one.fault}")
        for name, proof in (("gained", one.gained), ("lost", one.lost)):
            if proof is not None:
                yield safe(f"  {name}: {_told(proof)}")
    for told in found.findings[:_SHOWN]:
        yield safe(
            f"{told.finding.severity}  {told.finding.code} {told.finding.name}  {told.finding.place or told.file}"
        )
        yield safe(f"  {told.finding.message}")
    gained = sum(one.is_gain for one in found.compared)
    excepted = f", {found.excepted} excepted" if found.excepted else ""
    changed = f"{plural(found.files, 'file')}, {plural(len(found.compared), 'document')} changed"
    yield f"{changed}: {gained} with access gained, {plural(len(found.findings), 'new finding')}{excepted}"


def _told(proof: Proof) -> str:
    if proof.holds:
        return f"nothing ({proof.verdict})"
    witness = proof.witness
    if proof.verdict is Verdict.UNKNOWN or witness is None:
        return f"not known: {'; '.join(proof.undecided[:2])}"
    return f"such as {witness.action} on {witness.resource}"


def summary_lines(found: Judged) -> Iterator[str]:
    """The summary of a pull request; no text of the change can be markup, a link or a mention in it."""
    yield "## What this change gives away\n"
    if found.compared:
        yield "| document | change | gained | lost |\n|---|---|---|---|"
    for one in found.compared[:_SHOWN]:
        name = code(f"{one.file} {one.where}".strip()).replace("|", "\\|")
        gained, lost = (_cell(one.fault or (_told(proof) if proof else "")) for proof in (one.gained, one.lost))
        yield f"| {name} | {one.change} {one.kind} | {gained} | {lost} |"
    yield f"\n{plural(len(found.findings), 'new finding')}, {found.excepted} excepted\n"
    for told in found.findings[:_SHOWN]:
        where = code(str(told.finding.place or told.file))
        yield f"- {told.finding.severity} {told.finding.code} {where}: {plain_text(told.finding.message)}"
    for fault in found.faults[:_SHOWN]:
        yield f"- not read: {plain_text(fault)}"


def _cell(text: str) -> str:
    return plain_text(text).replace("|", "\\|") if text else ""


def _sarif(found: Judged) -> str:
    gains = [
        Result(_NEW_ACCESS, f"access gained, {_told(one.gained)}", one.place, "error", one.file, one.where)
        for one in found.compared
        if one.is_gain and one.gained is not None
    ]
    findings = [
        Result(
            Rule(told.finding.code, told.finding.name, told.finding.help or ""),
            told.finding.message,
            told.finding.place,
            "error" if told.finding.rank < 2 else "warning",
            told.file,
            told.fingerprint,
        )
        for told in found.findings
    ]
    return log([*gains, *findings], not_done=found.faults)


def _fields(found: Judged) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "base": found.base,
        "documents": [
            {
                "file": one.file,
                "where": one.where,
                "type": one.kind,
                "change": one.change,
                "gained": _proof(one.gained),
                "lost": _proof(one.lost),
                "fault": one.fault,
                "turns_on_unknown": one.turns_on_unknown,
            }
            for one in found.compared
        ],
        "findings": [
            {
                "code": told.finding.code,
                "name": told.finding.name,
                "severity": told.finding.severity,
                "file": told.file,
                "where": told.where,
                "message": told.finding.message,
            }
            for told in found.findings
        ],
        "excepted": found.excepted,
        "unreadable": list(found.faults),
    }


def _proof(proof: Proof | None) -> dict[str, object] | None:
    if proof is None:
        return None
    return {
        "verdict": str(proof.verdict),
        "witness": None if proof.witness is None else request_fields(proof.witness),
    }
