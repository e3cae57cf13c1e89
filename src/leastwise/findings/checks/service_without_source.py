"""AWS services that are let in for whomever they work."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.deputies import for_a_stranger, sends_source
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.insiders import named_by
from leastwise.findings.outside import Shown
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.trusting import found_of
from leastwise.findings.trusts import trusts
from leastwise.model.request import Request


@check(
    "LW736",
    "service-without-source",
    group="external",
    severity="medium",
    source='IAM User Guide, "The confused deputy problem"',
    actions=("sts:AssumeRole",),
)
def service_without_source(scene: Scene) -> Iterator[Found]:
    """A resource or role that lets an AWS service in, for whomever it works.

    Services work for all customers. A stranger who tells the service the name of your resource has it write there, or
    read from there: the confused deputy. The witness is a request of the service for a stranger that the engine allows
    under the RCPs of the account. Ask for `aws:SourceArn`, `aws:SourceAccount` or `aws:SourceOrgID`. For a role it is
    milder: roles cannot be passed across accounts, so that a stranger needs a service that takes any role's name.

    It is told of services that say for whom they call, by their own guides; the list is in
    `leastwise.findings.deputies`.

    What it cannot see: other ties to a customer that a service makes by itself, and services that are not on the list.
    """
    yield from _of_resources(scene)
    for one in scene.once(trusts):
        for service in one.named.services:
            if sends_source(service, to_role=True):
                witness = for_a_stranger(scene, one.policy, one.role.arn, service)
                if witness is not None:
                    yield found_of(
                        scene,
                        one,
                        f"{service} may assume {one.role.name} for whomever it works",
                        says="Ask for `aws:SourceAccount` or `aws:SourceArn` in the trust policy",
                        shown=Shown(witness),
                        condition=("StringEquals", "aws:SourceAccount", one.target.account),
                        severity="low",
                        key=service,
                    )


def _of_resources(scene: Scene) -> Iterator[Found]:
    for name, held in scene.estate.every_resource():
        if "policy" in held.policies and not held.is_of_account and held.type != "ec2:vpc-endpoint":
            policy = scene.estate.documents.of_resource(held, "policy").policy
            for service in named_by(policy.statements).services:
                if sends_source(service, to_role=False):
                    witness = for_a_stranger(scene, policy, held.arn, service)
                    if witness is not None:
                        yield _found(name, held.account, service, witness)


def _found(name: str, account: str, service: str, witness: Request) -> Found:
    asked = f'{{"StringEquals": {{"aws:SourceAccount": "{account}"}}}}'
    return Found(
        name,
        f"{name} lets {service} in for whomever it works",
        Remedy(
            "Ask for `aws:SourceAccount` or `aws:SourceArn` where the service is allowed",
            console=f'add "Condition": {asked} to the statement',
            terraform='a `condition` with `variable = "aws:SourceAccount"` in the policy document',
            cloudformation=f"Condition: {asked} in the PolicyDocument",
        ),
        key=service,
        account=account,
        kind="resource",
        witness=witness,
        risk=10.0,
        breakage=0.1,
    )
