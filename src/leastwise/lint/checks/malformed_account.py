"""Accounts that are not twelve digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, fixed_values
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_KEYS: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:resourceaccount",
        "aws:sourceaccount",
        "aws:vpceaccount",
        "kms:calleraccount",
        "s3:dataaccesspointaccount",
        "s3:resourceaccount",
    }
)
_FORM: Final = re.compile(r"\d{12}|anonymous")


@check_statements(
    "LW351",
    "malformed-account",
    severity="error",
    source='IAM User Guide, "AWS global condition context keys", aws:PrincipalAccount',
)
def malformed_account(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A value of a key for accounts that is not an account's twelve digits.

    No request has it. Hyphens, names and ARNs are no accounts, and a JSON number has lost the zeros that the account
    begins with. Put the digits in quotes. What is plainly to be filled in, in brackets, is not told.
    """
    for condition in statement.conditions:
        if condition.lowered not in _KEYS or family_of(condition) != "strings":
            continue
        for value in fixed_values(condition):
            if not _FORM.fullmatch(value.text):
                yield Found(f"{shown(value.text)} is no account", value, "write the account's twelve digits in quotes")
