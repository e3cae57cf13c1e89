"""Resources in a policy on a resource of another service."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.catalogue.actions import is_pattern
from leastwise.language.wording import shown
from leastwise.lint.arns import arns_of, forms_of
from leastwise.lint.document import Document
from leastwise.lint.foreign import arn_services
from leastwise.lint.registry import Found, check


@check(
    "LW125",
    "resource-of-another-service",
    severity="error",
    aws=("UNSUPPORTED_RESOURCE_ARN_IN_POLICY",),
    kinds=("resource",),
    source='IAM User Guide, "IAM policy validation check reference", Unsupported resource ARN in policy',
)
def resource_of_another_service(document: Document) -> Iterator[Found]:
    """A resource in a resource policy that is of another service than the rest.

    Every action of the document is of one service, and so are other resources; this one can be none of theirs. A policy
    on a resource speaks of that resource and what is in it: the service refuses the document, or the ARN matches
    nothing.
    """
    prefixes = _prefixes(document)
    own = arn_services(next(iter(prefixes))) if len(prefixes) == 1 else frozenset()
    arns = [found for statement in document.statements for found in arns_of(statement)] if own else []
    if not any(arn.service in own for _, arn in arns):
        return
    for written, arn in arns:
        if arn.service not in own and forms_of(arn.service):
            message = f"{shown(written.text)} is of another service than the actions of this policy"
            yield Found(message, written, "remove it, or write it into the policy of its own resource")


def _prefixes(document: Document) -> set[str]:
    """The services that the document's actions are of; `*` where that is open."""
    found = set()
    for statement in document.statements:
        for written in statement.actions:
            prefix = written.text.partition(":")[0].lower()
            found.add("*" if statement.said.is_not_action or is_pattern(prefix) else prefix)
    return found
