"""ARNs with an account that they cannot have."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.arns import WITH_RESOURCE, arns_of, has_account_too_many
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW115",
    "account-not-allowed-in-arn",
    severity="error",
    aws=("ARN_ACCOUNT_NOT_ALLOWED",),
    kinds=WITH_RESOURCE,
    source='IAM User Guide, "Amazon Resource Names (ARNs)"',
)
def account_not_allowed_in_arn(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource ARN with an account where the ARNs of its service have none.

    The ARNs of buckets, of public images and of some other resources have an empty account. With one the ARN names no
    resource: an Allow on it grants nothing and a Deny denies nothing. It is found where no ARN that the resource part
    may belong to has an account, by the service data.
    """
    for written, arn in arns_of(statement):
        if has_account_too_many(arn):
            message = f"{shown(written.text)} has an account, which its service's ARNs have not"
            yield Found(message, written, "remove the account and leave the part empty")
