"""The AWS services that may assume a role, working for the role's own account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from leastwise.decide.evaluate import evaluate
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import binding_of
from leastwise.estate.held import Role
from leastwise.model.decision import ALLOW, DEPENDS
from leastwise.model.errors import RequestError
from leastwise.model.request import ContextValue, principal_of
from leastwise.synthesize.guardrails.possible import NONE, Found

_ASSUME: Final = "sts:AssumeRole"
_SOURCE_ARN: Final = "aws:sourcearn"


def services_of(estate: Estate, role: Role) -> Mapping[str, Found]:
    """The services that the trust policy names and may let in: the request by which each does, or why that is open."""
    statements = estate.documents.trust(role).policy.statements
    allowed = (one for one in statements if one.effect == "Allow")
    named = dict.fromkeys(text for one in allowed for text in (one.principals or {}).get("Service", ()))
    found = {text: _assumed(estate, text, role) for text in named}
    return {text: one for text, one in found.items() if one != NONE}


def _assumed(estate: Estate, service: str, role: Role) -> Found:
    open_one = Found(doubt=f"whether {service} may assume {role.arn} turns on what the snapshot does not tell")
    try:
        who = principal_of(service)
    except RequestError:
        return open_one
    may_be = False
    for context in _contexts(estate, role):
        binding = binding_of(estate, who, _ASSUME, role.arn, context=context)
        decision = evaluate(binding.request, binding.policies)
        if decision.outcome is ALLOW:
            return Found(binding.request)
        may_be |= decision.outcome is DEPENDS and (ALLOW in decision.possible or not decision.is_every_outcome_told)
    return open_one if may_be else NONE


def _contexts(estate: Estate, role: Role) -> Iterator[Mapping[str, ContextValue]]:
    """What a call of the service for the role's account carries, then with each resource that the trust policy names.

    Source: IAM User Guide, "The confused deputy problem".
    """
    account = role.arn.split(":")[4]
    context: dict[str, ContextValue] = {"aws:SourceAccount": account}
    tree = estate.tree_of(account)
    if tree is not None:
        context["aws:SourceOrgID"] = tree.organization.id
    yield context
    for statement in estate.documents.trust(role).policy.statements:
        for block in statement.conditions.values():
            for key, values in block.items():
                for text in values if key.lower() == _SOURCE_ARN else ():
                    yield {**context, "aws:SourceArn": text.replace("*", "example").replace("?", "x")}
