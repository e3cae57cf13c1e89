"""Principals that are administrators, whatever their policies are called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.estate.assemble import Holder
from leastwise.estate.held import User
from leastwise.findings.credentials import rows
from leastwise.findings.finding import Found, Remedy, Severity
from leastwise.findings.idle import Idle, is_for_emergencies, permission_set_of
from leastwise.findings.power import core_bits, whole_bits
from leastwise.findings.registry import check
from leastwise.findings.retiring import narrowed, of_principal
from leastwise.findings.scene import Scene
from leastwise.findings.shown import NOT_SHOWN, shown
from leastwise.findings.telling import Told, told_chains
from leastwise.findings.weights import DORMANT, NARROWED
from leastwise.prove.actions import action_index

_RISK: Final = 100.0
_SOURCE: Final = 'IAM User Guide, "Security best practices in IAM"; "AWS managed policies for job functions"'


@check("LW760", "administrator", group="risk", severity="medium", source=_SOURCE)
def administrator(scene: Scene) -> Iterator[Found]:
    """A principal may do anything, or may give itself and others whatever they want, on everything.

    It is judged by what is allowed, not by a policy's name: `*`, NotAction with something that does not matter, and
    `iam:*` come to the same. Boundary, Denies and SCPs are taken off first. Grave where it works unattended: a service,
    a pipeline or a program with access keys has it, of which nobody asks whether it should. A fact to know for what
    Identity Center made, and for emergencies.

    What to do: give it what it used (`leastwise propose`), and leave administration to people by Identity Center.

    An administrator under conditions that can be met, such as MFA or a Region, is told with the call that shows it.

    What it cannot see: those whose rights come from the policies of resources, and whether a condition is met in fact.
    *forgotten-administrator* tells of those that nobody uses.
    """
    idle = scene.once(Idle)
    for arn, holder in sorted(scene.power.administrators.items()):
        if not _is_forgotten(scene, idle, holder):
            yield _found(scene, arn, holder, _severity(scene, holder))
    for arn in sorted(scene.escalation.conditional):
        yield _under_conditions(scene, scene.once(told_chains)[arn], scene.estate.holders[arn])


@check("LW761", "forgotten-administrator", group="risk", severity="high", source=_SOURCE)
def forgotten_administrator(scene: Scene) -> Iterator[Found]:
    """An administrator that nobody used in the window: its credentials can be stolen and nobody would miss them.

    By the logs where they cover the account, and by what IAM tells of last use. Roles for emergencies are to lie
    unused, and Identity Center's roles belong to a permission set that is used elsewhere: neither is told here.

    What to do: shut it off so that it can be opened again, wait, then delete it.

    What it cannot see: use in Regions and accounts that the logs leave out, where IAM's own record is missing too.
    """
    idle = scene.once(Idle)
    for arn, holder in sorted(scene.power.administrators.items()):
        if _is_forgotten(scene, idle, holder):
            seen = idle.of(holder)
            witness = shown(scene, arn, core_bits())
            yield Found(
                arn,
                f"it may do anything, and was last used on {seen.day or 'no day that is known'}",
                of_principal(holder),
                witness=witness,
                evidence=(*_by(scene, holder), *seen.evidence),
                unknown="" if witness else NOT_SHOWN,
                since=seen.day.isoformat() if seen.day else "",
                risk=_RISK,
                breakage=DORMANT,
            )


def _is_forgotten(scene: Scene, idle: Idle, holder: Holder) -> bool:
    if permission_set_of(holder.arn) or is_for_emergencies(scene, holder.arn):
        return False
    return idle.is_idle(holder)


def _found(scene: Scene, arn: str, holder: Holder, severity: Severity) -> Found:
    witness = shown(scene, arn, core_bits())
    return Found(
        arn,
        "it may do anything" if _may_everything(scene, holder) else "it may give itself and others any permissions",
        _for_emergencies() if is_for_emergencies(scene, arn) else narrowed(holder),
        severity=severity,
        witness=witness,
        evidence=(*_by(scene, holder), *_used(scene, arn)),
        unknown="" if witness else NOT_SHOWN,
        risk=_RISK,
        breakage=NARROWED,
    )


def _under_conditions(scene: Scene, told: Told, holder: Holder) -> Found:
    return Found(
        holder.arn,
        "it may do anything, under conditions that can be met",
        _for_emergencies() if is_for_emergencies(scene, holder.arn) else narrowed(holder),
        severity=_severity(scene, holder),
        witness=told.rungs[0][0].request,
        ladder=told.ladder,
        evidence=tuple(_used(scene, holder.arn)),
        risk=_RISK,
        breakage=NARROWED,
    )


def _for_emergencies() -> Remedy:
    return Remedy("Keep it for emergencies alone: MFA in its trust policy, an alarm on its use, a drill once a year")


def _may_everything(scene: Scene, holder: Holder) -> bool:
    whole = scene.power.whole(holder)
    return whole.bit_count() == scene.granted.bits(holder).bit_count() and 2 * whole.bit_count() > len(
        action_index().names
    )


def _severity(scene: Scene, holder: Holder) -> Severity:
    if permission_set_of(holder.arn) or is_for_emergencies(scene, holder.arn):
        return "info"
    return "high" if _is_unattended(scene, holder) else "medium"


def _is_unattended(scene: Scene, holder: Holder) -> bool:
    """Whether a service or a program has it: by its trust policy, or by access keys that work."""
    if isinstance(holder, User):
        reported = scene.once(rows).get(holder.arn)
        return reported is not None and bool(reported.active_keys)
    allowed = (one for one in scene.estate.documents.trust(holder).policy.statements if one.effect == "Allow")
    kinds = {(kind, name) for one in allowed for kind, names in (one.principals or {}).items() for name in names}
    return any(kind == "Service" or (kind == "Federated" and ":oidc-provider/" in name) for kind, name in kinds)


def _by(scene: Scene, holder: Holder) -> Iterator[str]:
    """The policies that make it so by themselves, or all of them together."""
    policies = list(scene.estate.identity(holder))
    alone = [one.policy.name for one in policies if whole_bits(one.policy) & core_bits() == core_bits()]
    yield f"by {', '.join(str(one) for one in alone or [each.policy.name for each in policies])}"


def _used(scene: Scene, arn: str) -> Iterator[str]:
    if scene.used is not None:
        names = {one.action for one in scene.uses.get(arn, ()) if one.last >= scene.window_first}
        yield f"it used {len(names)} actions in {scene.settings.days} days"
