"""ARNs without the account that they need."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.arns import WITH_RESOURCE, arns_of, lacks_account
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW114",
    "account-missing-in-arn",
    severity="warning",
    aws=("MISSING_ARN_ACCOUNT",),
    kinds=WITH_RESOURCE,
    source='IAM User Guide, "Amazon Resource Names (ARNs)"',
)
def account_missing_in_arn(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource ARN without the account that the ARNs of its service have.

    An empty part is not a wildcard: no resource of an account has such an ARN. It is found where every ARN that the
    resource part may belong to has an account, by the service data. Services that are known to have resources of AWS's
    own with an empty account, such as public documents of Systems Manager, are passed over.
    """
    for written, arn in arns_of(statement):
        if lacks_account(arn):
            message = f"{shown(written.text)} has no account"
            yield Found(message, written, "write the account's twelve digits, or `*` for all")
