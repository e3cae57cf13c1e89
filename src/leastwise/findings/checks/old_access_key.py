"""Access keys that were made long ago."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.credentials import Reported, reported
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.registry import check
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene
from leastwise.findings.weights import weight


@check(
    "LW784",
    "old-access-key",
    group="credentials",
    severity="medium",
    source='IAM User Guide, "Update access keys"',
)
def old_access_key(scene: Scene) -> Iterator[Found]:
    """An active access key of a user that is older than 90 days.

    Keys leak slowly: into images, histories, laptops that are sold. The longer one is valid, the more copies there are.
    Better than a new key is none: a role for what runs in AWS, IAM Roles Anywhere or web identity for what does not.

    What it cannot see: where the copies are, and keys of users whose account's credential report is not in the
    snapshot. The root user's key is root-access-key's.
    """
    for one in reported(scene):
        for number in one.active_keys if not one.is_root else ():
            made = one.day(f"access_key_{number}_last_rotated")
            if made is not None and (scene.today - made).days > scene.settings.key_days:
                yield _found(scene, one, number, (scene.today - made).days)


def _found(scene: Scene, one: Reported, number: str, age: int) -> Found:
    holder = scene.estate.holders.get(one.arn)
    made, used = (one.day(f"access_key_{number}_{what}") for what in ("last_rotated", "last_used_date"))
    return Found(
        one.arn,
        f"access key {number} of {one.name} is {age} days old",
        Remedy(
            "Put a role in the place of the key; or make a second key, change over, deactivate the first, delete it",
            f"aws iam create-access-key --user-name {quoted(one.name)}; aws iam update-access-key "
            f"--user-name {quoted(one.name)} --status Inactive --access-key-id KEY",
            f"IAM > Users > {one.name} > Security credentials > Access keys > Create access key",
            "replace the `aws_iam_access_key`",
            "raise `Serial` of the AWS::IAM::AccessKey",
        ),
        key=number,
        account=one.account,
        evidence=(
            f"credential report: made on {made}",
            f"credential report: last used on {used}" if used else "credential report: no use",
        ),
        since=made.isoformat() if made else "",
        risk=float(weight(scene.granted.bits(holder))) if holder else 0.0,
        breakage=0.3 if used else 0.0,
    )
