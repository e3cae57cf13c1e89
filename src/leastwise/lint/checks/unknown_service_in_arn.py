"""Services of ARNs that there are not."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import did_you_mean, shown
from leastwise.lint.arns import WITH_RESOURCE, arns_of, is_known_service, services
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements


@check_statements(
    "LW108",
    "unknown-service-in-arn",
    severity="error",
    aws=("INVALID_SERVICE",),
    kinds=WITH_RESOURCE,
    source='IAM User Guide, "Amazon Resource Names (ARNs)"',
)
def unknown_service_in_arn(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A resource ARN of a service that AWS does not have.

    The third part of an ARN is the service's name, mostly its prefix in actions. An ARN with anything else there names
    no resource: an Allow on it grants nothing, a Deny denies nothing. The names are those of the service data; services
    that AWS has ended are passed over.
    """
    for written, arn in arns_of(statement):
        if not is_known_service(arn):
            message = f"unknown service {shown(arn.service)} in {shown(written.text)}"
            yield Found(
                message, written, did_you_mean(arn.service, services()) or "write the service as its ARNs have it"
            )
