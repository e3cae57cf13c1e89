"""ARNs without the Region that they need."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.arns import WITH_RESOURCE, arns_of, lacks_region
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW111",
    "region-missing-in-arn",
    severity="error",
    aws=("MISSING_ARN_REGION",),
    kinds=WITH_RESOURCE,
    source='IAM User Guide, "Amazon Resource Names (ARNs)"',
)
def region_missing_in_arn(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource ARN without the Region that the ARNs of its service have.

    An empty part is not a wildcard: the ARN names no resource, so that an Allow on it grants nothing and a Deny denies
    nothing. It is found where every ARN that the resource part may belong to has a Region, by the service data.
    """
    for written, arn in arns_of(statement):
        if lacks_region(arn):
            message = f"{shown(written.text)} has no Region"
            yield Found(message, written, "write a Region, or `*` for all, before the account")
