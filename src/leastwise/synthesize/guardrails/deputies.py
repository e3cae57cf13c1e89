"""RCPs that keep strangers out and let them in through an AWS service: the confused deputy, shown by a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from leastwise.decide.evaluate import evaluate
from leastwise.estate.held import Node
from leastwise.lint.examples import example_of
from leastwise.model.decision import ALLOW, EXPLICIT_DENY, Outcome
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import ContextValue, Principal, Request
from leastwise.prove.actions import action_index, places
from leastwise.synthesize.guardrails.effects import Levels, bound
from leastwise.synthesize.guardrails.layers import Layers

_STRANGERS: Final = "o-stranger00"
_STRANGER: Final = "999999999999"
_DEPUTY: Final = "cloudtrail.amazonaws.com"
_OUTSIDE: Final[Mapping[str, ContextValue]] = {
    "aws:PrincipalOrgID": _STRANGERS,
    "aws:PrincipalOrgPaths": [f"{_STRANGERS}/r-zzzz/"],
    "aws:PrincipalIsAWSService": False,
    "aws:SecureTransport": True,
    "aws:SourceAccount": None,
    "aws:SourceArn": None,
    "aws:SourceOrgID": None,
    "aws:SourceOrgPaths": None,
}
_FOR_STRANGERS: Final[Mapping[str, ContextValue]] = {
    "aws:PrincipalIsAWSService": True,
    "aws:PrincipalServiceName": _DEPUTY,
    "aws:SecureTransport": True,
    "aws:SourceAccount": _STRANGER,
    "aws:SourceArn": f"arn:aws:cloudtrail:us-east-1:{_STRANGER}:trail/strangers",
    "aws:SourceOrgID": _STRANGERS,
    "aws:SourceOrgPaths": [f"{_STRANGERS}/r-zzzz/"],
}
_SERVICES_IN_A_STATEMENT: Final = 8


@dataclass(frozen=True, slots=True)
class Hole:
    """A perimeter that AWS services pass whomever they work for: where, by which statement, in which accounts.

    `witness` is a request of a service for an account outside, which the RCPs let through, while they deny `refused`,
    the same by a principal of that account.
    """

    node: Node
    policy: str
    index: int
    accounts: tuple[Node, ...]
    witness: Request
    refused: Request


def holes(layers: Layers) -> Iterator[Hole]:
    """Every statement of an RCP that keeps principals of other organisations out, and services that work for them not.

    A hole counts where no other RCP on the way to an account closes it. Source: IAM User Guide, "The confused deputy
    problem"; AWS Organizations User Guide, "RCP examples".
    """
    nodes = layers.nodes
    for root in nodes.roots:
        for node in nodes.walk(root):
            if nodes.is_managing(node):
                continue
            own = layers.policies(node)
            for policy in own:
                yield from _of_policy(layers, node, policy)


def _of_policy(layers: Layers, node: Node, policy: Policy) -> Iterator[Hole]:
    for index, statement in enumerate(policy.statements):
        if statement.effect == "Deny":
            found = list(_open_in(layers, node, statement))
            if found:
                accounts = tuple(account for account, _, _ in found if account.type == "account")
                _, witness, refused = found[0]
                yield Hole(node, layers.title(policy), index, accounts, witness, refused)


def _open_in(layers: Layers, node: Node, statement: Statement) -> Iterator[tuple[Node, Request, Request]]:
    """The accounts under the node where a service gets in for strangers, with the request; the node if it has none."""
    bound_ones = [one for one in layers.nodes.accounts(node) if not layers.nodes.is_managing(one)]
    for account in bound_ones or [node]:
        levels = (*layers.above(account), layers.policies(account))
        pair = next(_pairs(levels, statement), None)
        if pair:
            yield (account, *pair)


def _pairs(levels: Levels, statement: Statement) -> Iterator[tuple[Request, Request]]:
    """A request of a service that the levels let through, where they deny the same of a stranger by this statement."""
    alone = ((Policy((statement,), "rcp"),),)
    for action, resource in _examples(statement):
        stranger = Request(Principal.of(f"arn:aws:iam::{_STRANGER}:role/stranger"), action, resource, _OUTSIDE)
        served = Request(Principal.of(_DEPUTY), action, resource, _FOR_STRANGERS)
        if _outcome(alone, stranger) is EXPLICIT_DENY and _outcome(levels, served) is ALLOW:
            yield served, stranger


def _outcome(levels: Levels, request: Request) -> Outcome:
    return evaluate(request, bound("rcp", levels)).outcome


def _examples(statement: Statement) -> Iterator[tuple[str, str]]:
    """An action of each service of the statement, with a resource that the statement is about."""
    index, seen = action_index(), set[str]()
    bare = replace(statement, conditions={}, principals=None)
    for place in places(index.bits_of_statement(statement)):
        action = index.action(place)
        service = action.name.partition(":")[0]
        if service in seen or len(seen) >= _SERVICES_IN_A_STATEMENT:
            continue
        found = example_of(bare, action, "*")
        if found is not None:
            seen.add(service)
            yield action.name, found.resource
