"""Nodes of an organisation that lack an SCP which most of their siblings have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from leastwise.findings.bounds import ByType, organisations
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.scene import Scene
from leastwise.synthesize.guardrails.layers import Escape
from leastwise.synthesize.guardrails.nodes import Nodes


def left_out(scene: Scene, kind: Literal["account", "ou"]) -> Iterator[Found]:
    """The nodes of this kind, each with the SCP that it lacks."""
    for one in scene.once(_all_left_out):
        for nodes, escape in one:
            if escape.node.type == kind:
                yield _found(nodes, escape)


def _all_left_out(scene: Scene) -> tuple[tuple[tuple[Nodes, Escape], ...], ...]:
    return tuple(_of(one) for one in scene.once(organisations))


def _of(one: ByType) -> tuple[tuple[Nodes, Escape], ...]:
    return tuple((one.scps.nodes, escape) for escape in one.scps.escapes())


def _found(nodes: Nodes, escape: Escape) -> Found:
    title, policy = nodes.title(escape.node), escape.policy
    number = policy.rpartition("(")[2].rstrip(")")
    return Found(
        escape.node.id,
        f"{title} lacks the SCP {policy}, which {len(escape.siblings)} beside it have",
        Remedy(
            f"Attach {policy} to {title}, or once to {nodes.title(escape.parent)} above all of them",
            f"aws organizations attach-policy --policy-id {number} --target-id {escape.node.id}",
            f"AWS Organizations > AWS accounts > {escape.node.name or escape.node.id} > Policies > Attach",
            f'an `aws_organizations_policy_attachment` with `target_id = "{escape.node.id}"`',
            "add the id to `TargetIds` of the AWS::Organizations::Policy",
        ),
        key=number,
        account=escape.node.id if escape.node.type == "account" else "",
        kind="account" if escape.node.type == "account" else "node",
        witness=escape.witness,
        evidence=(f"beside it, with the SCP: {', '.join(map(nodes.title, escape.siblings))}",),
        unknown="" if escape.witness else "whether the SCP would change something could not be settled",
        risk=100.0,
        breakage=0.1,
    )
