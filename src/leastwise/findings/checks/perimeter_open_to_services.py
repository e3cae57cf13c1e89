"""Perimeters of RCPs that AWS services pass for strangers."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.bounds import organisations
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene
from leastwise.findings.weights import counted
from leastwise.synthesize.guardrails.deputies import Hole, holes
from leastwise.synthesize.guardrails.nodes import Nodes


@check(
    "LW793",
    "perimeter-open-to-services",
    group="guard rails",
    severity="high",
    source='IAM User Guide, "The confused deputy problem"; AWS Organizations User Guide, "RCP examples"',
)
def perimeter_open_to_services(scene: Scene) -> Iterator[Found]:
    """An RCP that keeps strangers out, and lets AWS services in that work for them.

    A stranger who has a service write to, or read from, a resource of yours passes the perimeter: the confused deputy.
    The witness is such a request, which the RCPs let through. Add a statement that denies services where
    `aws:SourceOrgID` is not yours; `leastwise rcp template` has it.

    It counts where no other RCP on the way to an account closes it. Each RCP and node has one finding, which is milder
    where no account is under the node yet.

    What it cannot see: whether any resource lets such a service in at all: service-without-source names those that do.
    """
    for one in scene.once(organisations):
        seen = set[tuple[str, str]]()
        for hole in holes(one.rcps):
            if (hole.node.id, hole.policy) not in seen:
                seen.add((hole.node.id, hole.policy))
                yield _found(one.rcps.nodes, hole)


def _found(nodes: Nodes, hole: Hole) -> Found:
    number = hole.policy.rpartition("(")[2].rstrip(")")
    return Found(
        hole.node.id,
        f"the RCP {hole.policy} at {nodes.title(hole.node)} lets AWS services in that work for strangers, "
        f"in {counted(len(hole.accounts), 'account')}",
        Remedy(
            "Deny services where `aws:SourceOrgID` is not yours and `aws:SourceAccount` is there",
            f"leastwise rcp template --explain; aws organizations update-policy --policy-id {number} "
            "--content file://rcp.json",
            f"AWS Organizations > Policies > Resource control policies > {hole.policy}",
            "change the `content` of the `aws_organizations_policy`",
            "change the `Content` of the AWS::Organizations::Policy",
        ),
        key=number,
        kind="node",
        severity=None if hole.accounts else "medium",
        witness=hole.witness,
        evidence=(
            f"statement {hole.index + 1} denies the same to principals of that account",
            *(f"open there: {nodes.title(account)}" for account in hole.accounts[:12]),
        ),
        risk=40.0,
        breakage=0.1,
    )
