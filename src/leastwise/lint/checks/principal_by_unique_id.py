"""Principals that are named by the id of a user or role."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_UNIQUE_ID = re.compile(r"A(?:RO|ID)A[A-Z0-9]{12,}")


@check_statements(
    "LW201",
    "principal-by-unique-id",
    severity="warning",
    aws=("INVALID_ROLE_REFERENCE", "INVALID_USER_REFERENCE"),
    kinds=("resource", "trust", "endpoint"),
    source='IAM User Guide, "AWS JSON policy elements: Principal"',
)
def principal_by_unique_id(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A principal that is named by the id of a user or role.

    AWS keeps the id of a user or role that a policy names, and shows it once the user or role is deleted. It names
    nobody: one made anew under the same name has another id. Remove it, or write the ARN of who is meant today.
    """
    for _, written in statement.principals:
        if _UNIQUE_ID.fullmatch(written.text):
            what = "role" if written.text.startswith("AROA") else "user"
            message = f"{shown(written.text)} is the id of a {what}, most likely a deleted one"
            yield Found(message, written, f"write the ARN of the {what} that is meant, or remove it")
