"""Passwords that are as old as their users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.findings.credentials import Reported, reported
from leastwise.findings.finding import Found, Remedy
from leastwise.findings.idle import is_for_emergencies
from leastwise.findings.registry import check
from leastwise.findings.retiring import quoted
from leastwise.findings.scene import Scene

_YEAR: Final = 365


@check(
    "LW786",
    "password-never-rotated",
    group="credentials",
    severity="info",
    source='IAM User Guide, "Generate credential reports", password_last_changed',
)
def password_never_rotated(scene: Scene) -> Iterator[Found]:
    """A password that was never changed since the user was made, more than a year ago.

    It is the one that whoever made the user chose and sent: often by mail. Changing passwords by the calendar does
    little good; changing the first one does. Users for emergencies (`--break-glass`) are left out.

    What it cannot see: how good the password is, and whether the user was told to change it at the first sign-in and
    did so the same day.
    """
    for one in reported(scene):
        made, changed = one.day("user_creation_time"), one.day("password_last_changed")
        is_first = made is not None and changed is not None and changed <= made
        is_asked = not one.is_root and not is_for_emergencies(scene, one.arn)
        if is_asked and one.is_on("password_enabled") and is_first and _is_old(scene, one):
            yield Found(
                one.arn,
                f"{one.name} has the password with which the user was made",
                Remedy(
                    "Have the person change the password, or sign in by Identity Center instead",
                    f"aws iam update-login-profile --user-name {quoted(one.name)} --password-reset-required",
                    f"IAM > Users > {one.name} > Security credentials > Manage console access",
                    "`password_reset_required = true` in a new `aws_iam_user_login_profile`",
                ),
                account=one.account,
                evidence=(f"credential report: user made on {made}, password last changed on {changed}",),
                since=changed.isoformat() if changed else "",
            )


def _is_old(scene: Scene, one: Reported) -> bool:
    changed = one.day("password_last_changed")
    return changed is not None and (scene.today - changed).days > _YEAR
