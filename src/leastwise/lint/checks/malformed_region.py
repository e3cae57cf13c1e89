"""Regions that have not the form of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, fixed_values
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_KEYS: Final = frozenset({"aws:requestedregion", "ec2:region"})
_FORM: Final = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}")


@check_statements(
    "LW350",
    "malformed-region",
    severity="error",
    aws=("INVALID_REGION",),
    source='IAM User Guide, "IAM policy validation check reference", invalid Region',
)
def malformed_region(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A value of a key for Regions that is no Region.

    No request has it in `aws:RequestedRegion`: an Allow of it allows nothing, and a Deny of all other Regions leaves it
    out. Availability Zones, names such as `Frankfurt` and capital letters are no Regions. Any text in the form of a
    Region is taken for one, so that Regions to come are not found; wildcards and policy variables are not looked at.
    """
    for condition in statement.conditions:
        if condition.lowered not in _KEYS or family_of(condition) != "strings":
            continue
        for value in fixed_values(condition):
            if not _FORM.fullmatch(value.text):
                yield Found(f"{shown(value.text)} is no Region", value, "write a Region such as `eu-central-1`")
