"""What a witness tells besides who asks, so that it can be put as a principal's own request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import structs

from leastwise.model.request import ContextValue, Request, Unknown
from leastwise.synthesize.guardrails.bearing import Asker

OF_PRINCIPALS: Final = ("aws:principal", "aws:user")
"""How the keys begin that follow from who asks."""

_TLS: Final = "aws:SecureTransport"


def known_of(request: Request) -> Request:
    """The request without the facts that are not known, on which its outcome does not turn."""
    known = {key: value for key, value in request.context.items() if not isinstance(value, Unknown)}
    return structs.replace(request, context=known)


def own_context(witness: Request, asker: Asker) -> dict[str, ContextValue]:
    """What the witness tells besides who asks, in the principal's own account."""

    def told(value: ContextValue) -> ContextValue:
        return value.replace(asker.number, asker.who.account) if isinstance(value, str) else value

    return {key: told(value) for key, value in witness.context.items() if not key.lower().startswith(OF_PRINCIPALS)}


def tried(context: dict[str, ContextValue]) -> Iterator[dict[str, ContextValue]]:
    """The context as nearly all requests have it, over TLS, and as it is."""
    if not any(key.lower() == _TLS.lower() for key in context):
        yield {**context, _TLS: "true"}
    yield context
