"""Values of date operators that are no dates."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.values.dates import instant
from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, values_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW342",
    "not-a-date",
    severity="warning",
    aws=("TYPE_MISMATCH_DATE",),
    source='IAM User Guide, "Condition operators", date operators',
)
def not_a_date(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A value under an operator for dates that names no instant.

    Nothing fits it: a positive operator fails, `DateNotEquals` always holds. A day or hour that the calendar does not
    have counts too. Write `2026-01-31`, `2026-01-31T12:00:00Z` or epoch seconds.
    """
    for condition in statement.conditions:
        for value in values_of(condition) if family_of(condition) == "dates" else ():
            if instant(value.text) is None:
                yield Found(f"{shown(value.text)} is no date", value, "write it as `2026-01-31T12:00:00Z`")
