"""Requests as commands print them."""

from __future__ import annotations

from leastwise.model.request import Principal, Request, principal_of


def request_fields(request: Request) -> dict[str, object]:
    """A request as JSON values."""
    context = {key: list(value) if isinstance(value, list | tuple) else value for key, value in request.context.items()}
    return {
        "principal": asker(request).arn,
        "action": request.action,
        "resource": request.resource,
        "context": context,
        "resource_account": request.resource_account,
    }


def asker(request: Request) -> Principal:
    """Who asks."""
    return principal_of(request.principal) if isinstance(request.principal, str) else request.principal
