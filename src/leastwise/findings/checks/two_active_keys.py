"""Users whose two access keys are both active."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.findings.credentials import KEYS, reported
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.registry import check
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene

_CHANGEOVER: Final = 14
"""Days that a change from one key to the next may take before it is said that it was not finished."""


@check(
    "LW785",
    "two-active-keys",
    group="credentials",
    severity="low",
    source='IAM User Guide, "Update access keys"',
)
def two_active_keys(scene: Scene) -> Iterator[Found]:
    """A user with two active access keys, both older than two weeks.

    The second key is for changing over; with both active for long, the change was never finished, or two programs share
    a user. Deactivate the older; give each program a role, or a user of its own.

    What it cannot see: which program uses which key.
    """
    for one in reported(scene):
        made = [one.day(f"access_key_{number}_last_rotated") for number in KEYS]
        is_changing = any(day is not None and (scene.today - day).days <= _CHANGEOVER for day in made)
        if not one.is_root and len(one.active_keys) == len(KEYS) and not is_changing:
            yield Found(
                one.arn,
                f"both access keys of {one.name} are active",
                Remedy(
                    "Deactivate the older key, and delete it when nobody asks for it",
                    f"aws iam list-access-keys --user-name {quoted(one.name)}; aws iam update-access-key "
                    f"--user-name {quoted(one.name)} --status Inactive --access-key-id KEY",
                    f"IAM > Users > {one.name} > Security credentials > Access keys",
                    "keep one `aws_iam_access_key` for the user",
                    "keep one AWS::IAM::AccessKey for the user",
                ),
                account=one.account,
                evidence=tuple(
                    f"credential report: key {number} made on {day}, last used on "
                    f"{one.day(f'access_key_{number}_last_used_date') or 'no day that is known'}"
                    for number, day in zip(KEYS, made, strict=True)
                ),
            )
