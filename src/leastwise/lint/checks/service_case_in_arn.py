"""Services of ARNs in capital letters."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.arns import WITH_RESOURCE, arns_of, is_known_service, is_open
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW109",
    "service-case-in-arn",
    severity="error",
    aws=("INVALID_ARN_SERVICE_CASE",),
    kinds=WITH_RESOURCE,
    source='IAM User Guide, "Amazon Resource Names (ARNs)"',
)
def service_case_in_arn(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource ARN whose service is not in lower case.

    ARNs are compared letter by letter, and AWS writes services in lower case: an ARN of `S3` names no resource.
    """
    for written, arn in arns_of(statement):
        if arn.service != arn.service.lower() and not is_open(arn.service) and is_known_service(arn):
            message = f"the service of {shown(written.text)} is not in lower case"
            yield Found(message, written, f"write `{arn.service.lower()}`")
