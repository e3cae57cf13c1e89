"""Values of date operators with which IAM refuses to save the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, values_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_FORM: Final = re.compile(
    r"(?P<year>[+-]?\d{1,9})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?|-\d{3}|-W\d{1,2}(?:-\d)?)?"
    r"(?:T(?:(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2}))?)?(?:[.,]\d+)?)?"
    r"(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_EPOCH: Final = re.compile(r"-?\d{10,}")
_LIMITS: Final = {"month": 12, "day": 31, "hour": 24, "minute": 59, "second": 60}
_YEARS: Final = range(-292_275_054, 292_278_994)
_SECONDS: Final = range(-(2**63), 2**63)


@check_statements(
    "LW340",
    "date-that-iam-refuses",
    severity="error",
    aws=("TYPE_MISMATCH_DATE",),
    source='IAM User Guide, "Condition operators", date operators',
)
def date_that_iam_refuses(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A value under an operator for dates with which the document is not saved.

    It is neither a date in one of the forms of ISO 8601, of which IAM takes more than mean something to a request, nor
    seconds since 1970. A policy variable is not looked at.
    """
    for condition in statement.conditions:
        for value in values_of(condition) if family_of(condition) == "dates" else ():
            if "${" not in value.text and not _is_taken(value.text):
                yield Found(
                    f"{shown(value.text)} is no date that IAM takes", value, "write it as `2026-01-31T12:00:00Z`"
                )


def _is_taken(text: str) -> bool:
    if _EPOCH.fullmatch(text):
        return int(text) in _SECONDS
    found = _FORM.fullmatch(text)
    if found is None or int(found["year"]) not in _YEARS:
        return False
    return all(found[part] is None or int(found[part]) <= most for part, most in _LIMITS.items())
