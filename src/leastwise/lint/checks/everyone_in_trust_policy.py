"""Trust policies that let everyone in."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.document import Document
from leastwise.lint.registry import Found, check
from leastwise.lint.trust import SOURCE_KEYS, is_denied_by, is_granting, lets_assume, needs

_OF_WHO_ASKS = SOURCE_KEYS | {
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalservicename",
    "aws:userid",
    "aws:federatedprovider",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
}


@check(
    "LW217",
    "everyone-in-trust-policy",
    severity="security-warning",
    aws=("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",),
    kinds=("trust",),
    source='IAM User Guide, "AWS JSON policy elements: Principal"',
)
def everyone_in_trust_policy(document: Document) -> Iterator[Found]:
    """A trust policy that lets everyone assume the role.

    `*` is every principal of every account. Without a condition on who asks or from where, anybody with an AWS account
    may assume the role; a condition on tags or on `sts:ExternalId` is one that a stranger can meet. Name the
    principals, or ask for `aws:PrincipalOrgID`, `aws:PrincipalArn` or `aws:PrincipalAccount`.
    """
    if is_denied_by(document, _tells_who):
        return
    for statement in document.statements:
        is_open = is_granting(statement) and lets_assume(statement) and not needs(statement, _tells_who)
        for kind, written in statement.principals if is_open else ():
            if kind == "AWS" and written.text == "*":
                yield Found("everyone may assume the role", written, "name who may, or ask for `aws:PrincipalOrgID`")


def _tells_who(key: str) -> bool:
    """Whether the key says who asks or from where; keys of identity providers do."""
    prefix = key.partition(":")[0]
    return key in _OF_WHO_ASKS or prefix == "saml" or "." in prefix
