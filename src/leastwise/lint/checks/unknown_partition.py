"""Partitions that there are not."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import did_you_mean, shown
from leastwise.lint.arns import PARTITIONS, arn_of, is_known_partition
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW107",
    "unknown-partition",
    severity="error",
    aws=("INVALID_PARTITION",),
    source='IAM User Guide, "Amazon Resource Names (ARNs)"',
)
def unknown_partition(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An ARN in a partition that AWS does not have.

    The second part of an ARN is `aws`, `aws-cn`, `aws-us-gov` or that of another set of Regions that AWS keeps apart.
    An ARN with anything else there names no resource, and no principal. Wildcards and policy variables in the part are
    passed over.
    """
    for written in (*statement.resources, *(principal for _, principal in statement.principals)):
        arn = arn_of(written.text)
        if arn is not None and not is_known_partition(arn):
            message = f"unknown partition {shown(arn.partition)} in {shown(written.text)}"
            hint = did_you_mean(arn.partition, PARTITIONS) or "write `aws`, `aws-cn` or `aws-us-gov`"
            yield Found(message, written, hint)
