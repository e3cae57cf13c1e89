"""Allow with NotPrincipal."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW203",
    "allow-with-not-principal",
    severity="security-warning",
    aws=("ALLOW_WITH_NOT_PRINCIPAL",),
    kinds=("resource", "endpoint"),
    source='IAM User Guide, "AWS JSON policy elements: NotPrincipal"',
)
def allow_with_not_principal(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow to everyone but some.

    It lets in all principals that are not listed, those of other accounts and anonymous callers among them. AWS does
    not support it. Name in `Principal` whom the statement is for, and deny the others by a statement of their own.
    """
    if statement.said.effect == "Allow" and statement.said.is_not_principal:
        at = statement.element("NotPrincipal")
        yield Found("everyone but these principals is allowed", at, "name in `Principal` who is to be allowed")
