"""Policy variables in the parts of an ARN that take none."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.arns import WITH_RESOURCE, arns_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW120",
    "variable-before-fifth-colon",
    severity="warning",
    kinds=WITH_RESOURCE,
    source='IAM User Guide, "IAM policy elements: Variables and tags"',
)
def variable_before_fifth_colon(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A policy variable in a resource ARN before its fifth colon.

    AWS documents variables for the resource part alone, which follows the fifth colon. Before it, in the account for
    one, AWS does not say that they are replaced: the ARN may match nothing. Write `*` for the part, and put the test
    into `Condition`, such as `aws:ResourceAccount` for the account.
    """
    if not document.policy.has_variables:
        return
    for written, arn in arns_of(statement):
        if any("${" in part for part in (arn.partition, arn.service, arn.region, arn.account)):
            message = f"a policy variable stands before the fifth colon of {shown(written.text)}"
            hint = "write `*` for the part, and test `aws:ResourceAccount` or `aws:RequestedRegion` in `Condition`"
            yield Found(message, written, hint)
