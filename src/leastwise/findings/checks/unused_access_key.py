"""Access keys of users at work, which nobody uses."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.credentials import Reported, reported
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.idle import Idle
from leastwise.findings.registry import check
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene
from leastwise.findings.weights import DORMANT, weight


@check(
    "LW703",
    "unused-access-key",
    group="unused",
    severity="medium",
    source='IAM User Guide, "Generate credential reports", access_key_1_last_used_date',
)
def unused_access_key(scene: Scene) -> Iterator[Found]:
    """An active access key that nobody used in the window, of a user who is at work otherwise.

    It was made for a rotation that nobody finished, or for a program that is gone. It is as good as any other for
    whoever finds it. Deactivate it; delete it when nobody asks.

    The dates are those of the credential report. A key younger than the window is left out; of a user who is not used
    at all, unused-user speaks.

    What it cannot see: which key a call of the logs was made with, and use that the report does not record, such as
    within the last four hours.
    """
    for one in reported(scene):
        for number in one.active_keys if not one.is_root else ():
            used, made = (one.day(f"access_key_{number}_{what}") for what in ("last_used_date", "last_rotated"))
            is_within = used is not None and (scene.today - used).days <= scene.settings.days
            is_young = made is not None and (scene.today - made).days <= scene.settings.days
            if not is_within and not is_young and not _is_of_idle(scene, one):
                yield _found(scene, one, number)


def _is_of_idle(scene: Scene, one: Reported) -> bool:
    holder = scene.estate.holders.get(one.arn)
    return holder is not None and scene.once(Idle).is_idle(holder)


def _found(scene: Scene, one: Reported, number: str) -> Found:
    used, made = (one.day(f"access_key_{number}_{what}") for what in ("last_used_date", "last_rotated"))
    holder = scene.estate.holders.get(one.arn)
    return Found(
        one.arn,
        f"access key {number} of {one.name} was not used " + (f"since {used}" if used else "ever"),
        Remedy(
            "Deactivate the key; delete it when nobody asks for it",
            f"aws iam list-access-keys --user-name {quoted(one.name)}; aws iam update-access-key "
            f"--user-name {quoted(one.name)} --status Inactive --access-key-id KEY",
            f"IAM > Users > {one.name} > Security credentials > Access keys > Deactivate",
            'set `status = "Inactive"` in the `aws_iam_access_key`',
            "set `Status: Inactive` in the AWS::IAM::AccessKey",
        ),
        key=number,
        account=one.account,
        evidence=(
            f"window: {scene.settings.days} days up to {scene.today}",
            f"made on {made}" if made else "when it was made is not known",
            f"credential report: last used on {used}" if used else "credential report: no use",
        ),
        since=used.isoformat() if used else "",
        unknown="" if made else "when the key was made is not known: it may be new",
        risk=float(weight(scene.granted.bits(holder))) if holder else 0.0,
        breakage=DORMANT,
    )
