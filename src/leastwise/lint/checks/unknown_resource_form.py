"""Resource parts of ARNs that fit no resource type."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.arns import WITH_RESOURCE, arns_of, has_unknown_form, nearest_form
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW116",
    "unknown-resource-form",
    severity="warning",
    aws=("INVALID_ARN_RESOURCE",),
    kinds=WITH_RESOURCE,
    source='IAM User Guide, "Amazon Resource Names (ARNs)"',
)
def unknown_resource_form(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource ARN that fits no resource type of its service.

    What follows the account is of none of the forms that the service's resources have, such as `function:name` or
    `role/name`; a slash for a colon, or letters in another case, are the usual causes. No action is known to take such
    a resource. The service data may lack a resource type, so look at the service's page before mending.
    """
    for written, arn in arns_of(statement):
        if has_unknown_form(arn):
            message = f"{shown(written.text)} fits no resource type of `{arn.service}`"
            yield Found(message, written, nearest_form(arn))
