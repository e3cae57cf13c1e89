"""The files that `leastwise lint` is given: read, their policy documents found, and every finding at its place."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from leastwise.language.nodes import Source
from leastwise.lint.discover import checks
from leastwise.lint.exceptions import Accepted, accepted_in
from leastwise.lint.grammar_faults import GRAMMAR_FAULTS
from leastwise.lint.run import lint_policy
from leastwise.lint.sources import documents_in
from leastwise.lint.sources.embedded import Embedded
from leastwise.model.errors import Diagnostic, InputError, Place
from leastwise.model.finding import Edit, Finding
from leastwise.model.policy import Kind
from leastwise.surfaces.cli.policy_files import STANDARD_INPUT

ENDINGS: Final = (".json", ".tf", ".hcl", ".yaml", ".yml", ".template", ".md")
"""The files that are read of a folder; a file that is named is read whatever its ending."""

_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "venv"})
MAX_FILE: Final = 64_000_000
"""Bytes of one file that are read."""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, the file it is in, and what of the file holds the document, empty for the file itself.

    `document` is the document's number in the file. `turns_on_unknown` says that its place is a value that is not
    known until apply. `accepted` is the exception that covers it.
    """

    finding: Finding
    file: str
    where: str
    document: int
    turns_on_unknown: bool = False
    accepted: Accepted | None = None

    @property
    def fingerprint(self) -> str:
        """What stays the same of it when lines move: check, file, holder, part and message."""
        parts = (self.finding.code, self.file, self.where, self.finding.path, self.finding.message)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class LintedFile:
    """One file: its text, its documents and findings, and what of it could not be read."""

    name: str
    text: str
    documents: tuple[Embedded, ...]
    findings: tuple[Told, ...]
    faults: tuple[Diagnostic, ...]


def files_in(paths: Sequence[str]) -> dict[str, bool]:
    """The files that the paths mean, and whether each was named itself: a folder's are in order of name.

    Raises InputError for a folder without any.
    """
    found: dict[str, bool] = {}
    for path in paths:
        if path != STANDARD_INPUT and Path(path).is_dir():
            below = list(_below(path))
            if not below:
                listed = ", ".join(f"`{ending}`" for ending in ENDINGS)
                raise InputError(
                    f"no file to read in `{path}`", help=f"files that end in {listed} are read of a folder"
                )
            found |= {one: found.get(one, False) for one in below}
        else:
            found[path] = True
    return found


def _below(folder: str) -> Iterator[str]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if one not in _SKIPPED and not one.startswith("."))
        yield from (str(Path(here, name)) for name in sorted(names) if name.lower().endswith(ENDINGS))


def linted_file(path: str, *, is_named: bool, kind: Kind | None, codes: Collection[str] | None) -> LintedFile:
    """The file with the findings of all its documents; what cannot be read of it is in its faults.

    That a file holds no document is a fault where it was named itself, not where it merely lies in a folder; of such a
    file without a word of statements nothing is a fault.
    """
    name = "standard input" if path == STANDARD_INPUT else path
    try:
        text = _text(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return LintedFile(name, "", (), (), (Diagnostic("LW-S15", f"cannot read `{name}`: {reason}", ""),))
    except UnicodeDecodeError as error:
        message = f"`{name}` is no text in UTF-8: byte {error.start:,}"
        return LintedFile(name, "", (), (), (Diagnostic("LW-S15", message, "", help="save it as UTF-8"),))
    return linted_text(text, name, is_named=is_named, kind=kind, codes=codes)


def linted_text(
    text: str, name: str, *, is_named: bool, kind: Kind | None, codes: Collection[str] | None
) -> LintedFile:
    """The text of a file, as `linted_file` has it."""
    documents, faults = documents_in(text, name, kind=kind)
    source = Source(name, text)
    findings = [told for number, one in enumerate(documents) for told in _of_document(number, one, source, codes)]
    if not is_named:
        faults = [one for one in faults if one.code != _NO_DOCUMENT and "statement" in text.lower()]
    return LintedFile(name, text, tuple(documents), tuple(findings), tuple(faults))


_NO_DOCUMENT: Final = "LW-S02"


def _text(path: str) -> str:
    data = sys.stdin.buffer.read(MAX_FILE) if path == STANDARD_INPUT else Path(path).read_bytes()[:MAX_FILE]
    return data.decode("utf-8-sig")


def _of_document(number: int, one: Embedded, source: Source, codes: Collection[str] | None) -> Iterator[Told]:
    for finding in lint_policy(one.tree or one.source, kind=one.kind, name=source.name, codes=_askable(one, codes)):
        if not _is_unknown(one, finding.path):
            told = _moved(finding, one, source)
            yield Told(told, source.name, one.where, number, one.may_turn_on_unknown(finding.path))


def _askable(one: Embedded, codes: Collection[str] | None) -> Collection[str] | None:
    """The checks that can be asked: while a value is not known, none of the meaning of the whole."""
    if not one.unknown:
        return codes
    known = {*GRAMMAR_FAULTS, *(check.code for check in checks().values() if not check.needs_sound)}
    return known if codes is None else known.intersection(codes)


def _is_unknown(one: Embedded, path: str) -> bool:
    """Whether the part is not known: what stands for it says nothing of what will be there."""
    return any(path == part or path.startswith((f"{part}.", f"{part}[")) for part in one.unknown)


def _moved(finding: Finding, one: Embedded, source: Source) -> Finding:
    """The finding at its place in the file, its edits in offsets of the file."""
    if isinstance(one.source, str):
        if finding.place is None:
            return finding
        line, column = finding.place.line, finding.place.column
        place = replace(
            finding.place,
            line=line + one.first_line - 1,
            column=column + one.first_column - 1 if line == 1 else column,
        )
        start = source.offset(one.first_line, one.first_column)
        edits = tuple(Edit(edit.start + start, edit.end + start, edit.text) for edit in finding.edits)
        return replace(finding, place=place, edits=edits)
    place = _nearest(one.places, finding.path) or Place(source.name, one.first_line, one.first_column)
    excerpt = source.excerpt(source.offset(place.line, place.column))
    return replace(finding, place=place, excerpt=excerpt, edits=())


def _nearest(places: Mapping[str, Place], path: str) -> Place | None:
    """The place of the part, or of the nearest part that holds it and has one."""
    while path:
        if path in places:
            return places[path]
        path = path.rpartition("." if path.rfind(".") > path.rfind("[") else "[")[0]
    return places.get("")


def accepted_of(file: LintedFile) -> tuple[list[tuple[int, Accepted]], list[Diagnostic]]:
    """What comments in the file accept, each with the number of the document in or before which it stands."""
    found, faults = accepted_in(file.text, file.name)
    ends = [_last_line(one) for one in file.documents]
    numbered = ((next((n for n, end in enumerate(ends) if line <= end), None), one) for line, one in found)
    return [(number, one) for number, one in numbered if number is not None], faults


def _last_line(one: Embedded) -> int:
    if isinstance(one.source, str):
        return one.first_line + one.source.count("\n")
    return max((place.line for place in one.places.values()), default=one.first_line)
