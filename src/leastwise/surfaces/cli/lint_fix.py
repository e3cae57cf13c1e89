"""Safe mends written into files, each proved first to allow nothing that the document did not allow."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from leastwise.language.parse import read_draft
from leastwise.lint.edits import mended
from leastwise.lint.sources import documents_in
from leastwise.lint.sources.embedded import Embedded
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy
from leastwise.prove.queries import verdict_of
from leastwise.prove.verdict import Verdict
from leastwise.surfaces.cli.lint_files import LintedFile, Told
from leastwise.surfaces.cli.text import plural, safe


def fixed(files: Iterable[LintedFile]) -> Iterator[str]:
    """Writes the mends into the files; says of each file how many were made and how many were not."""
    for file in files:
        wanted = [told for told in file.findings if told.finding.edits and told.accepted is None]
        if not wanted or not Path(file.name).is_file():
            continue
        text, made = _mended(file, wanted)
        if made:
            _write(Path(file.name), text)
        left = len(wanted) - made
        more = f"; {left} left, which could not be proved or touch each other" if left else ""
        yield f"{safe(file.name)}: {plural(made, 'mend')}{more}"


def _mended(file: LintedFile, wanted: Sequence[Told]) -> tuple[str, int]:
    """The text with every mend, one after the other from the end, that leaves its document with nothing new."""
    text, made, before = file.text, 0, len(file.text) + 1
    for told in sorted(wanted, key=lambda one: -one.finding.edits[0].start):
        edits = told.finding.edits
        if max(edit.end for edit in edits) > before:
            continue
        changed = mended(text, edits)
        if _is_safe(file, told, text, changed):
            text, made, before = changed, made + 1, min(edit.start for edit in edits)
    return text, made


def _is_safe(file: LintedFile, told: Told, before: str, after: str) -> bool:
    pair = [_document(text, file, told.document) for text in (before, after)]
    old, new = pair
    if old is None or new is None:
        return False
    return verdict_of(old, new) is Verdict.PASS


def _document(text: str, file: LintedFile, number: int) -> Policy | None:
    """The policy of the document with this number, None where it is not there or in doubt."""
    kinds = [one.kind for one in file.documents]
    found: Sequence[Embedded] = documents_in(text, file.name, kind=kinds[number])[0]
    if len(found) != len(kinds):
        return None
    draft = read_draft(found[number].source, kind=kinds[number], name=file.name)
    return draft.policy if draft.is_sound else None


def _write(path: Path, text: str) -> None:
    """The file has the text, wholly or not at all."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as target:
            target.write(text)
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except OSError as error:
        raise InputError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from None
