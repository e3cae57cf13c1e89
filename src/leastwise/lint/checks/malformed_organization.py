"""Organizations and their paths in another form than AWS gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, has_wildcard, values_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_KEYS: Final[Mapping[str, str]] = {
    "aws:principalorgid": "id",
    "aws:resourceorgid": "id",
    "aws:sourceorgid": "id",
    "aws:vpceorgid": "id",
    "aws:principalorgpaths": "path",
    "aws:resourceorgpaths": "path",
    "aws:sourceorgpaths": "path",
    "aws:vpceorgpaths": "path",
}
_ID: Final = r"o-[a-z0-9]{10,32}"
_PATH: Final = rf"{_ID}/r-[0-9a-z]{{4,32}}/(?:ou-[0-9a-z]{{4,32}}-[a-z0-9]{{8,32}}/)*"
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {"id": re.compile(_ID), "path": re.compile(_PATH)}
_HELP: Final[Mapping[str, str]] = {
    "id": "write the organization's ID, such as `o-a1b2c3d4e5`",
    "path": "write the path as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`, with `/` at its end",
}
_START: Final = "o-"


@check_statements(
    "LW352",
    "malformed-organization",
    severity="warning",
    source="AWS Organizations API Reference, Organization; Data types",
)
def malformed_organization(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A value of a key for organizations that is neither an organization's ID nor a path in one.

    No request has it. IDs begin with `o-`; paths name the organization, the root and each organizational unit, and end
    with a slash. Under an operator with wildcards only the beginning is looked at. What is plainly to be filled in,
    in brackets, is not told.
    """
    for condition in statement.conditions:
        kind = _KEYS.get(condition.lowered)
        for value in values_of(condition) if kind and family_of(condition) == "strings" else ():
            if kind and not _may_be(kind, value.text):
                yield Found(f"{shown(value.text)} is no organization {kind}", value, _HELP[kind])


def _may_be(kind: str, text: str) -> bool:
    if not has_wildcard(text):
        return _FORMS[kind].fullmatch(text) is not None
    fixed = re.split(r"[*?]", text, maxsplit=1)[0][: len(_START)]
    return _START.startswith(fixed)
