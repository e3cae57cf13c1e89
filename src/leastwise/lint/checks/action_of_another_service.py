"""Actions that the resource of a policy does not have."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document
from leastwise.lint.foreign import is_foreign, service_of
from leastwise.lint.registry import Found, check


@check(
    "LW124",
    "action-of-another-service",
    severity="error",
    aws=("UNSUPPORTED_ACTION_IN_POLICY",),
    kinds=("resource",),
    source='IAM User Guide, "IAM policy validation check reference", Unsupported action in policy',
)
def action_of_another_service(document: Document) -> Iterator[Found]:
    """An action in a resource policy that is for resources of other services alone.

    All resources of the document are of one service, and the action is for none of that service: the service refuses
    the document, or the action is never asked there. It is found only where the service data tell the resources of both
    services. A key of AWS KMS that encrypts a bucket, for one, has a policy of its own.
    """
    service = service_of(document)
    for statement in document.statements:
        for written in () if statement.said.is_not_action else statement.actions:
            if is_foreign(written.text, service):
                message = f"{shown(written.text)} is no action on a resource of `{service}`"
                yield Found(message, written, "remove it, or write it into the policy of its own resource")
