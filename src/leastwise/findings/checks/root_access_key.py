"""Access keys of root users."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.findings.credentials import Reported, reported
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.registry import check
from leastwise.findings.scene import Scene


@check(
    "LW781",
    "root-access-key",
    group="credentials",
    severity="critical",
    source='IAM User Guide, "Root user best practices for your AWS account"',
)
def root_access_key(scene: Scene) -> Iterator[Found]:
    """The root user of an account has an access key.

    Whoever holds the key does anything in the account, for ever, without a second factor. Nothing needs one: make a
    role for the task, then delete the key.

    What it cannot see: an account whose credential report is not in the snapshot, and where the key is kept.
    """
    for one in reported(scene):
        for number in one.active_keys if one.is_root else ():
            yield _found(one, number)


def _found(one: Reported, number: str) -> Found:
    used, made = (one.day(f"access_key_{number}_{what}") for what in ("last_used_date", "last_rotated"))
    return Found(
        one.account,
        f"the root user of account {one.account} has an active access key",
        Remedy(
            "Give a role to what uses the key, then delete the key as the root user",
            "aws iam list-access-keys; aws iam delete-access-key --access-key-id KEY",
            "sign in as the root user > Security credentials > Access keys > Deactivate, then Delete",
        ),
        key=number,
        account=one.account,
        kind="account",
        evidence=(
            f"made on {made}" if made else "when it was made is not known",
            f"last used on {used}" if used else "no use is known",
        ),
        since=made.isoformat() if made else "",
        risk=100.0,
        breakage=0.0 if used is None else 0.3,
    )
