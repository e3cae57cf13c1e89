"""SCPs that take nothing away where they are attached."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_

from leastwise.findings.bounds import organisations
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.power import is_asked
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene, account_of
from leastwise.prove.actions import action_index
from leastwise.synthesize.guardrails.effects import Part
from leastwise.synthesize.guardrails.layers import Layers, Stage

_EMPTY = frozenset({"without effect", "denied above", "denied beside"})


@check(
    "LW710",
    "scp-that-never-binds",
    group="unused",
    severity="info",
    source='AWS Organizations User Guide, "SCP evaluation"',
)
def scp_that_never_binds(scene: Scene) -> Iterator[Found]:
    """An SCP that takes nothing away from anybody under the node that it is attached to.

    The levels above, or other policies of the node, deny the same already; or no user and no role under the node is
    granted any action that it denies. There are few places for SCPs, and each that does nothing hides one that does.
    Detach it, or attach it where it counts.

    What it denies counts by the prover, for all requests; what is granted, by the known actions that identity policies
    may allow. An SCP is left out where users and roles of some account under the node are not in the snapshot, or where
    it is not known what they are granted.

    What it cannot see: what it is there to prevent, and the root users of the accounts, who are granted everything.
    """
    for one in scene.once(organisations):
        for stage in one.scps.stages():
            if not stage.is_exempt:
                yield from _of_stage(scene, one.scps, stage)


def _of_stage(scene: Scene, layers: Layers, stage: Stage) -> Iterator[Found]:
    by_policy: dict[str, list[Part]] = {}
    for part in stage.parts:
        by_policy.setdefault(part.policy, []).append(part)
    granted = _granted_under(scene, layers, stage)
    for policy, parts in sorted(by_policy.items()):
        denies = [part for part in parts if part.statement.effect == "Deny"]
        is_of_denies = bool(denies) and all(_is_for_all(part) for part in parts if part.statement.effect == "Allow")
        if not is_of_denies or any(part.effect == "not known" for part in denies):
            continue
        if all(part.effect in _EMPTY for part in denies):
            why = ", ".join(dict.fromkeys(part.effect for part in denies))
            yield _found(layers, stage, policy, f"what it denies is {why}")
        elif granted is not None and not granted & _denied(denies):
            yield _found(layers, stage, policy, "no user or role under it is granted any action that it denies")


def _is_for_all(part: Part) -> bool:
    return "*" in part.statement.actions and "*" in part.statement.resources and not part.statement.conditions


def _denied(parts: list[Part]) -> int:
    return reduce(or_, (action_index().bits_of_statement(part.statement) for part in parts), 0)


def _granted_under(scene: Scene, layers: Layers, stage: Stage) -> int | None:
    """What users and roles of the accounts under the node are granted; None where some are not known or there are none.

    Service-linked roles are not counted, whom no SCP binds.
    """
    by_account = scene.once(_granted_in_accounts)
    accounts = [node.id for node in layers.nodes.accounts(stage.node) if not layers.nodes.is_managing(node)]
    if not accounts or any(scene.estate.snapshot.iam.get(account) is None for account in accounts):
        return None
    found = reduce(or_, (by_account.get(account, 0) for account in accounts), 0)
    return found or None


def _granted_in_accounts(scene: Scene) -> dict[str, int]:
    found: dict[str, int] = {}
    for arn, holder in scene.estate.holders.items():
        if is_asked(arn):
            account = account_of(arn)
            found[account] = found.get(account, 0) | scene.granted.joined(scene.estate.identity(holder))[0]
    return found


def _found(layers: Layers, stage: Stage, policy: str, why: str) -> Found:
    number = policy.rpartition("(")[2].rstrip(")")
    title = layers.nodes.title(stage.node)
    return Found(
        stage.node.id,
        f"the SCP {policy} takes nothing away at {title}: {why}",
        Remedy(
            f"Detach it from {title}, or attach it where it counts",
            f"leastwise scp tree; aws organizations detach-policy --policy-id {number} --target-id {stage.node.id}",
            f"AWS Organizations > AWS accounts > {stage.node.name or stage.node.id} > Policies > Detach",
            "remove the `aws_organizations_policy_attachment`",
            "take the id out of `TargetIds` of the AWS::Organizations::Policy",
        ),
        key=number,
        account=stage.node.id if stage.node.type == "account" else "",
        kind="account" if stage.node.type == "account" else "node",
    )
