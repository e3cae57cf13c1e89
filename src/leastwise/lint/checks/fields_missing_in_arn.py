"""ARNs with fewer than six parts."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.arns import ALL_PARTS, arns_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW117",
    "fields-missing-in-arn",
    severity="suggestion",
    aws=("MISSING_ARN_FIELD",),
    kinds=("identity", "boundary"),
    source='IAM User Guide, "Amazon Resource Names (ARNs)"',
)
def fields_missing_in_arn(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource ARN with fewer than six parts, which AWS completes.

    In identity policies and permissions boundaries the parts that an ARN lacks count as `*`. That takes in every Region
    and account, which is seldom meant, and reads as if a part had been forgotten. Write all six parts.
    """
    for written, arn in arns_of(statement):
        if arn.has < ALL_PARTS:
            message = f"{shown(written.text)} has {arn.has} of six parts: the rest counts as `*`"
            yield Found(message, written, "write `arn:partition:service:region:account:resource`")
