"""Actions and resources of another service than the one whose resource a policy is on."""

from __future__ import annotations

from functools import lru_cache

from leastwise.catalogue.actions import is_pattern
from leastwise.catalogue.load import load_catalogue
from leastwise.lint.arns import arn_of, forms_of, is_open
from leastwise.lint.document import Document


def service_of(document: Document) -> str | None:
    """The service on whose resource a resource policy is; None where its resources do not tell, or for other types."""
    if document.kind != "resource":
        return None
    found = {_service(written.text) for statement in document.statements for written in statement.resources}
    return found.pop() if len(found) == 1 else None


def is_foreign(action: str, service: str | None) -> bool:
    """Whether the action is for resources of other services alone."""
    prefix, colon, _ = action.lower().partition(":")
    if service is None or not colon or is_pattern(prefix):
        return False
    own = arn_services(prefix)
    return bool(own) and prefix != service and service not in own


def _service(text: str) -> str | None:
    arn = arn_of(text)
    return arn.service if arn is not None and not is_open(arn.service) and forms_of(arn.service) else None


@lru_cache(maxsize=1024)
def arn_services(prefix: str) -> frozenset[str]:
    """The services that stand in the ARNs of a service prefix's resources; none where they are not known."""
    service = load_catalogue().service(prefix)
    kinds = service.resource_types.values() if service else ()
    named = {template.split(":", 3)[2] for kind in kinds for template in kind.templates}
    return frozenset() if any(is_open(one) for one in named) else frozenset(named)
