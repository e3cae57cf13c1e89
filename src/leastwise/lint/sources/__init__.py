"""Policy documents found in files: alone, in what AWS's command line prints, in templates, plans, code and prose.

One kind of file a module: each keeps what it finds in a `Reading`, and nothing raises past `documents_in`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from leastwise.language.nodes import MAX_LENGTH, SURROGATE
from leastwise.lint.sources.codes import SOURCE_FAULTS, SOURCE_NOTES
from leastwise.lint.sources.embedded import Embedded, Reading, Refusal, refuse
from leastwise.lint.sources.hcl_files import read_hcl
from leastwise.lint.sources.json_files import read_json_file
from leastwise.lint.sources.markdown_files import read_markdown
from leastwise.lint.sources.yaml_files import read_yaml
from leastwise.model.errors import Diagnostic
from leastwise.model.policy import Kind

__all__ = ["SOURCE_FAULTS", "SOURCE_NOTES", "Embedded", "documents_in"]

_Read = Callable[[Reading], None]

_OF_ENDING: dict[str, _Read] = {
    ".json": read_json_file,
    ".tf": read_hcl,
    ".tofu": read_hcl,
    ".hcl": read_hcl,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".yaml": read_yaml,
    ".yml": read_yaml,
}
_OF_CONTENT: tuple[tuple[re.Pattern[str], _Read], ...] = (
    (re.compile(r'\s*+(?:[\[{"]|%7B)', re.IGNORECASE), read_json_file),
    (re.compile(r"(?:\s*+(?:#[^\n]*+\n|---[^\n]*+\n))*+\s*+(?:- )?['\"]?[A-Za-z][\w.-]*+['\"]?:(?:\s|$)"), read_yaml),
)
"""What a file of any other name, or of none, begins with."""


def documents_in(text: str, name: str, *, kind: Kind | None = None) -> tuple[list[Embedded], list[Diagnostic]]:
    """The policy documents that a file holds, and what of it cannot be read; `kind` is the type of them all.

    The kind of file is told by the ending of its name, otherwise by what it begins with. Nothing raises. A file that
    holds no policy document is told of by LW-S02 alone, which those who look through whole folders may pass over.
    """
    reading = Reading(text.removeprefix("\ufeff"), name, kind)
    try:
        _check(reading.text)
        _reader(reading)(reading)
    except Refusal as refusal:
        reading.fault(refusal.code, refusal.message, refusal.start, refusal.hint)
    if not reading.documents and not reading.faults:
        reading.fault("LW-S02", "the file holds no policy document", None)
    return reading.documents, reading.faults


def _check(text: str) -> None:
    if "\0" in text or text.startswith("PK\x03\x04"):
        refuse("LW-S06", "the file is binary", hint="print a Terraform plan with `terraform show -json`")
    half = SURROGATE.search(text)
    if half is not None:
        refuse("LW-S06", f"the file holds half of a surrogate pair, U+{ord(half[0]):04X}", hint="save it as UTF-8")
    if not text.strip():
        refuse("LW-S03", "the file is empty")
    if len(text) > MAX_LENGTH:
        refuse("LW-S04", f"the file is longer than {MAX_LENGTH:,} characters")


def _reader(reading: Reading) -> _Read:
    name = reading.source.name.lower()
    read = next((read for ending, read in _OF_ENDING.items() if name.endswith(ending)), None)
    read = read or next((read for begins, read in _OF_CONTENT if begins.match(reading.text)), None)
    if read is None:
        endings = ", ".join(f"`{ending}`" for ending in _OF_ENDING)
        refuse("LW-S05", "it cannot be told what kind of file this is", hint=f"give it one of the endings {endings}")
    return read
