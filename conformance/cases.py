"""Case files into cases: where they lie, what one case is, and what is wrong with a file that is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Raw

Asked = TypeVar("Asked")
Document = dict[str, object] | str
"""A policy as a case gives it: a JSON object, or a text that is to be read."""

AREAS = (
    "admin",
    "checks",
    "cloudtrail",
    "conditions",
    "decisions",
    "equivalence",
    "grammar",
    "lint",
    "matching",
    "newaccess",
    "privesc",
    "public",
)


class MalformedCases(ValueError):  # noqa: N818
    """A case file cannot be read; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question: the answer that its source gives, and how to ask leastwise; answers are JSON values."""

    id: str
    expected: object
    ask: Callable[[], object]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One file of an area, not yet read."""

    area: str
    path: Path

    @property
    def name(self) -> str:
        """As the report calls it: `cloudtrail/calls.md`."""
        return f"{self.area}/{self.path.name}"


ReadCases = Callable[[bytes], Sequence[Case]]
Readers = Mapping[str, ReadCases]
"""By the ending of the file's name."""


def case_files(folder: Path) -> Iterator[CaseFile]:
    """Every case file of the areas in the folder, in order; an area that is not there has none."""
    for area in AREAS:
        for path in sorted((folder / area).glob("*")):
            if path.suffix in (".json", ".md") and path.is_file():
                yield CaseFile(area, path)


class _File(msgspec.Struct):
    cases: list[Raw]


def json_cases(data: bytes, form: type[Asked]) -> Iterator[tuple[int, Asked]]:
    """Number, from 1, and content of each case of a JSON file, all of one form; raises MalformedCases."""
    for number, raw in enumerate(_raw_cases(data), 1):
        try:
            yield number, msgspec.json.decode(raw, type=form)
        except msgspec.MsgspecError as error:
            raise MalformedCases(f"case {number}: {_lowered(error)}") from None


def _raw_cases(data: bytes) -> list[Raw]:
    try:
        return msgspec.json.decode(data, type=_File).cases
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedCases(_lowered(error)) from None


def _lowered(error: Exception) -> str:
    return str(error)[:1].lower() + str(error)[1:]


def one_of(found: str, choices: Sequence[str], number: int) -> str:
    """What the case says, which must be one of the choices; raises MalformedCases."""
    if found not in choices:
        raise MalformedCases(f"case {number}: `{found}` is not one of {', '.join(choices)}")
    return found


def document_of(policy: Document) -> Document:
    """The policy, or the text that `{"$raw": "…"}` stands for."""
    raw = policy.get("$raw") if isinstance(policy, dict) else None
    return raw if isinstance(raw, str) else policy


def table_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row of the tables in a Markdown file, without their headers."""
    in_table = False
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if not line.startswith("|"):
            in_table = False
        elif line.startswith("|---"):
            in_table = True
        elif in_table:
            yield number, [cell.strip() for cell in line.strip().strip("|").split("|")]


def counted(file: CaseFile) -> int:
    """How many cases the file holds; raises MalformedCases."""
    data = file.path.read_bytes()
    return len(_raw_cases(data)) if file.path.suffix == ".json" else sum(1 for _ in table_rows(data))
