"""Accounts that are trusted with nothing asked of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.trust import lets

_ACCOUNT = re.compile(r"(?:arn:[^:]+:iam::)?(\d{12})(?::root)?")


@check_statements(
    "LW213",
    "third-party-trust-without-external-id",
    severity="suggestion",
    kinds=("trust",),
    source='IAM User Guide, "Access to AWS accounts owned by third parties"',
)
def third_party_trust_without_external_id(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A trust policy that lets in a whole account without any condition.

    Everyone in the account to whom it gives `sts:AssumeRole` may assume the role. Where the account is another's, such
    as a vendor's, one customer of it may have it assume the role of another: ask for `sts:ExternalId`. Where it is of
    your organisation, ask for `aws:PrincipalArn` or `aws:PrincipalOrgID`. The document does not say whose the role is:
    for an account that trusts itself there is nothing to do.
    """
    if not lets(statement, "sts:assumerole") or statement.said.conditions:
        return
    for kind, written in statement.principals:
        account = _ACCOUNT.fullmatch(written.text) if kind == "AWS" else None
        if account:
            message = f"all of account {shown(account[1])} may assume the role, without condition"
            yield Found(message, written, "ask for `sts:ExternalId` if the account is not your own")
