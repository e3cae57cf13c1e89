"""Dates that AWS reads as epoch seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from leastwise.language.values.dates import instant, iso
from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, values_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_LOOKS_OTHERWISE: Final = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}|\d{6})?"  # a day by the calendar, perhaps with time
    r"|1\d{12}"  # milliseconds
)


@check_statements(
    "LW343",
    "misread-date",
    severity="warning",
    aws=("INVALID_DATE_VALUE",),
    source='IAM User Guide, "IAM policy validation check reference", invalid date value',
)
def misread_date(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """Digits that look like a calendar date or like milliseconds, and count as seconds since 1970.

    `20260131` is a day in August 1970, and a time in milliseconds lies thousands of years ahead. Write the date with
    hyphens. Epoch seconds of our time, with ten digits, are not told.
    """
    for condition in statement.conditions:
        for value in values_of(condition) if family_of(condition) == "dates" else ():
            read = instant(value.text)
            if read is not None and _LOOKS_OTHERWISE.fullmatch(value.text):
                message = f"{shown(value.text)} counts as seconds since 1970, which is {shown(iso(read))}"
                yield Found(message, value, "write it as `2026-01-31T12:00:00Z`")
