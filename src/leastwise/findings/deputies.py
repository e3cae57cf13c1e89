"""AWS services that say for whom they call, and what they are let do whoever that is: the confused deputy.

IAM User Guide, "The confused deputy problem". That a service sends `aws:SourceArn` or `aws:SourceAccount` is said in
its own guide, "Cross-service confused deputy prevention", or in its examples of resource policies; a service that is
not listed here is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.decide.evaluate import evaluate
from leastwise.estate.binding import binding_of
from leastwise.findings.insiders import STRANGER
from leastwise.findings.scene import Scene
from leastwise.model.decision import ALLOW
from leastwise.model.errors import RequestError
from leastwise.model.policy import Policy
from leastwise.model.request import ContextValue, Request, principal_of
from leastwise.prove.actions import action_index

_ON_RESOURCES: Final = frozenset(
    {
        "apigateway",
        "appstream",
        "budgets",
        "cloudfront",
        "cloudtrail",
        "cloudwatch",
        "codestar-notifications",
        "cognito-idp",
        "config",
        "cloudwatch.alarms",
        "delivery.logs",
        "events",
        "iot",
        "logging.s3",
        "logs",
        "s3",
        "scheduler",
        "ses",
        "sns",
    }
)
"""Services that send their source when they call another service's resource by themselves."""

_ON_ROLES: Final = frozenset(
    {
        "appstream",
        "bedrock",
        "frauddetector",
        "iot",
        "personalize",
        "pipes",
        "scheduler",
        "states",
    }
)
"""Services that send their source when they assume a role."""

_ENDS: Final = (".amazonaws.com.cn", ".amazonaws.com")
_ORGANISATION: Final = "o-stranger00"
_TRIED: Final = 4


def name_of(service: str) -> str:
    """The service principal without its end and Region."""
    return next((service.removesuffix(end) for end in _ENDS if service.endswith(end)), service)


def sends_source(service: str, *, to_role: bool) -> bool:
    """Whether the service says for whom it calls."""
    return name_of(service) in (_ON_ROLES if to_role else _ON_RESOURCES)


def for_a_stranger(scene: Scene, policy: Policy, resource: str, service: str) -> Request | None:
    """The request of the service, working for a stranger, that the engine allows on the resource."""
    try:
        who = principal_of(service)
    except RequestError:
        return None
    for action in _actions(policy, service):
        context: dict[str, ContextValue] = {
            "aws:PrincipalIsAWSService": True,
            "aws:PrincipalServiceName": service,
            "aws:SecureTransport": True,
            "aws:SourceAccount": STRANGER,
            "aws:SourceArn": f"arn:aws:{name_of(service)}:us-east-1:{STRANGER}:stranger/stranger",
            "aws:SourceOrgID": _ORGANISATION,
            "aws:SourceOrgPaths": [f"{_ORGANISATION}/r-zzzz/"],
        }
        for on in (resource, f"{resource}/example") if resource.startswith("arn:aws:s3:") else (resource,):
            binding = binding_of(scene.estate, who, action, on, context=context)
            if evaluate(binding.request, binding.policies).outcome is ALLOW:
                return binding.request
    return None


def _actions(policy: Policy, service: str) -> Iterator[str]:
    """Some of the actions that the service is allowed."""
    for one in policy.statements:
        if one.effect == "Allow" and service in (one.principals or {}).get("Service", ()):
            if policy.kind == "trust":
                yield "sts:AssumeRole"
                continue
            yield from action_index().told(action_index().bits_of_statement(one))[:_TRIED]
