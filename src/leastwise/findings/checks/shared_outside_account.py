"""Resources that other accounts of the organisation get at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.estate.held import Resource
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.insiders import Named, confirmed, insiders, named_by
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.lint.examples import example_of
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import ContextValue, Principal, Request
from leastwise.prove.actions import action_index, places

_REGION: Final = "us-east-1"
_TRIED: Final = 4


@check(
    "LW722",
    "shared-outside-account",
    group="external",
    severity="info",
    source='IAM User Guide, "Cross-account policy evaluation logic"',
)
def shared_outside_account(scene: Scene) -> Iterator[Found]:
    """A resource that another account of the organisation gets at by its policy.

    That is how accounts work together; it is told so that it is known. The witness is a request of such an account that
    the engine allows under its SCPs and the resource's RCPs, its own policies allowing it. A resource that outsiders
    get at as well is told by public-resource or shared-outside-organisation besides.

    What it cannot see: conditions that it finds no request for; of these it says nothing, as of ACLs, grants and
    resource shares inside the organisation.
    """
    for name, held in scene.estate.every_resource():
        if "policy" in held.policies and held.type != "ec2:vpc-endpoint":
            parsed = scene.estate.documents.of_resource(held, "policy")
            named = named_by(parsed.policy.statements)
            others = _others(scene, named, held)
            if others and not parsed.fault:
                yield from _found(scene, name, held, parsed.policy, others)


def _others(scene: Scene, named: Named, held: Resource) -> tuple[str, ...]:
    """The other accounts inside that are named; one that stands for all where everyone is."""
    inside = scene.once(insiders)
    found = [one for one in named.accounts if one != held.account and one in inside.accounts]
    if named.is_everyone and not found:
        found = sorted(inside.accounts - {held.account})[:1]
    return tuple(found)


def _found(scene: Scene, name: str, held: Resource, policy: Policy, others: tuple[str, ...]) -> Iterator[Found]:
    witness = _witness(scene, held, policy, others[0])
    if witness is not None:
        yield Found(
            name,
            f"{name} is open to other accounts of the organisation, such as {others[0]}",
            Remedy("See whether each account that is let in still needs it"),
            account=held.account,
            kind="resource",
            witness=witness,
            evidence=(f"accounts: {', '.join(others[:12])}",),
        )


def _witness(scene: Scene, held: Resource, policy: Policy, account: str) -> Request | None:
    who = Principal.of(f"arn:{held.arn.split(':')[1]}:iam::{account}:role/example")
    for one in policy.statements:
        if one.effect != "Allow" or one.is_not_action:
            continue
        for place in list(places(action_index().bits_of_statement(one)))[:_TRIED]:
            example = example_of(one, action_index().action(place), "*")
            told: dict[str, ContextValue] = {"aws:SecureTransport": True, "aws:RequestedRegion": held.region or _REGION}
            context = {**told, **(example.values if example else {})}
            for resource in _resources(one, held)[:_TRIED]:
                request = Request(who, action_index().names[place], resource, context, context_is_complete=True)
                shown, _ = confirmed(scene, request, resource)
                if shown is not None:
                    return shown
    return None


def _resources(one: Statement, held: Resource) -> list[str]:
    """Resources that the statement names, of this one or itself."""
    named = [text.replace("*", "example").replace("?", "x") for text in one.resources if text != "*"]
    return [text for text in named if text.startswith(held.arn)] or [held.arn, f"{held.arn}/example"]
