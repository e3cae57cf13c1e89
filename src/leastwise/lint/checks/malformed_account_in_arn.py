"""Accounts of ARNs that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.arns import WITH_RESOURCE, arns_of, is_possible_account
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW113",
    "malformed-account-in-arn",
    severity="error",
    aws=("INVALID_ARN_ACCOUNT",),
    kinds=WITH_RESOURCE,
    source='IAM User Guide, "Amazon Resource Names (ARNs)"',
)
def malformed_account_in_arn(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource ARN whose account cannot be one.

    The fifth part of an ARN is an account of twelve digits, empty, or `aws` for what AWS owns. Other text, such as a
    placeholder or a number with hyphens, names no resource. A part too few before it is a usual cause: what should be
    the resource stands where the account is. Of wildcards and policy variables, only the letters beside them are looked
    at.
    """
    for written, arn in arns_of(statement):
        if not is_possible_account(arn):
            message = f"{shown(arn.account)} in {shown(written.text)} is no account"
            yield Found(
                message,
                written,
                "write the account's twelve digits, `*` for all, or nothing where the service has none",
            )
